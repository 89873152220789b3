"""`town`: seeded town days, ours beside the peers at equal time on one core.

Clock: starts when a solver is handed the day, stops when it hands back its routes (`alone`).
Everybody gets the full seconds for the search; building the model comes on top.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.alone import OURS, PEERS, SOLVERS, SolverFailed, solve_alone
from benchmarks.checkers.town import check_town
from benchmarks.equal_served import travel_at
from benchmarks.instances.town import TownDay, town_day
from benchmarks.neutral import Row
from benchmarks.table import median, render, write_report

BUSY = 0.9  # a run that had less of its core than this is marked


@dataclass(slots=True)
class Result:
    """One solver on one day; minutes of travel, seconds of wall time."""

    carers: int
    seed: int
    solver: str
    limit: float
    seconds: float = 0.0
    cpu_share: float = 0.0
    served: int = 0
    travel: int = 0
    equal_served: int = 0  # what every plan of this day serves at least
    travel_at_equal: int = 0
    broken: tuple[str, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--visits", type=int, default=250)
    parser.add_argument("--carers", type=int, nargs="+", default=[20, 40], help="20 is scarce, 40 is slack")
    parser.add_argument("--seconds", type=float, nargs="+", default=[1.0, 15.0], help="of search, each a row")
    parser.add_argument("--seeds", type=int, default=4, help="days 0, 1, ...: how many")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="which peers (none named: all); without: ours alone")
    parser.add_argument("--double-ups", type=int, default=0, help="visits by two carers; peers know none: skipped")
    parser.add_argument("--patience", type=float, default=0.0, help="seconds to wait before each run for a quiet core")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    solvers = [OURS, *_peers(args)]
    results: list[Result] = []
    for carers in args.carers:
        rows = _measure(args, carers, solvers)
        _print(rows, carers, args)
        results += rows
    write_report(args.json, "town", vars(args), [asdict(result) for result in results])
    return 1 if any(result.broken for result in results if result.solver == OURS) else 0


def _peers(args: argparse.Namespace) -> list[str]:
    if args.peers is None:
        return []
    if args.double_ups:
        print("No peer knows visits by two carers who start together: peers are skipped.")
        return []
    return args.peers or list(PEERS)


def _measure(args: argparse.Namespace, carers: int, solvers: list[str]) -> list[Result]:
    """Seed by seed, all solvers one after the other, so that a busy hour hits all alike."""
    results: list[Result] = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        day = town_day(seed, visits=args.visits, carers=carers, double_ups=args.double_ups)
        found: list[tuple[Result, dict[str, list[Row]]]] = []
        for limit in args.seconds:
            for solver in solvers:
                result, routes = _one(day, solver, limit, args.patience)
                found.append((result, routes))
                print(_line(result), flush=True)
        _level(day, found)
        results += [result for result, _ in found]
    return results


def _one(day: TownDay, solver: str, limit: float, patience: float) -> tuple[Result, dict[str, list[Row]]]:
    result = Result(len(day.carers), day.seed, solver, limit)
    try:
        answer = solve_alone(solver, day, seconds=limit, seed=day.seed, patience=patience)
    except SolverFailed as failure:
        result.broken = (str(failure),)
        return result, {}
    verdict = check_town(day, answer.routes)
    result.seconds, result.cpu_share = round(answer.seconds, 3), round(answer.cpu_share, 3)
    result.broken = verdict.broken
    result.served, result.travel = int(verdict.terms.get("served", 0)), int(verdict.terms.get("travel", 0))
    return result, answer.routes


def _level(day: TownDay, found: list[tuple[Result, dict[str, list[Row]]]]) -> None:
    valid = [(result, routes) for result, routes in found if not result.broken]
    fewest = min((result.served for result, _ in valid), default=0)
    for result, routes in valid:
        result.equal_served = fewest
        result.travel_at_equal = travel_at(day, routes, fewest)


def _line(result: Result) -> str:
    text = (
        f"{result.carers} carers, seed {result.seed}, {result.solver} {result.limit:g} s: "
        f"{result.served} served, {result.travel} min travel, {result.seconds:.1f} s"
    )
    if result.cpu_share < BUSY and not result.broken:
        text += f" (had only {result.cpu_share:.0%} of its core)"
    return "\n".join([text, *(f"  BROKEN: {rule}" for rule in result.broken[:5])])


def _print(results: list[Result], carers: int, args: argparse.Namespace) -> None:
    """Served / travel per seed with their medians, then the travel at equal served."""
    seeds = sorted({result.seed for result in results})
    served_rows, equal_rows = [], []
    for limit in args.seconds:
        for solver in SOLVERS:
            rows = {r.seed: r for r in results if (r.solver, r.limit) == (solver, limit)}
            if not rows:
                continue
            name = f"{solver} {limit:g} s"
            cells = ["broken" if rows[s].broken else f"{rows[s].served}/{rows[s].travel}" for s in seeds]
            valid = [rows[s] for s in seeds if not rows[s].broken]
            if len(valid) < len(seeds):
                served_rows.append([name, *cells, "", ""])
                continue
            served = median([r.served for r in valid])
            travel = median([r.travel for r in valid])
            served_rows.append([name, *cells, f"{served:g}/{travel:g}", f"{median([r.seconds for r in valid]):.1f}"])
            equal = [r.travel_at_equal for r in valid]
            equal_rows.append([name, *(str(minutes) for minutes in equal), f"{median(equal):g}"])
    title = f"{args.visits} visits, {carers} carers"
    print(f"\n{title}: visits served / minutes of travel\n")
    print(render(["solver", *(f"seed {s}" for s in seeds), "median", "seconds"], served_rows))
    fewest = {r.seed: r.equal_served for r in results if not r.broken}
    print(f"\n{title}: minutes of travel at equal served\n")
    print(render(["solver", *(f"at {fewest.get(s, 0)}" for s in seeds), "median"], equal_rows), flush=True)
