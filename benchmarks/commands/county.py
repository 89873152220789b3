"""`county`: a county's day, planned town by town on two processes.

Clock: starts when the first town is handed out, stops when the last plan is back; making
the days, starting and warming up the processes (shown apart) and checking are outside.
Memory is the peak of the whole process tree from the start of the processes on.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.alone import SolverFailed, solve_alone
from benchmarks.checkers.town import check_town
from benchmarks.instances.town import TownDay, town_day
from benchmarks.memory import PeakMemory
from benchmarks.neutral import Row
from benchmarks.ours import solve_town
from benchmarks.table import render, write_report
from dispatch.engine.warm import warm_up

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

PEER = "pyvrp"  # the best peer on town days
GROWTH = (1, 4, 16, 64)  # towns of the same size
LONGEST_START = 120.0  # seconds until all processes must be warm


@dataclass(frozen=True, slots=True)
class CountyDay:
    """Minutes of travel; seconds of wall time; megabytes of the process tree at its peak."""

    towns: int
    visits: int
    carers: int
    warm_up: float
    seconds: float
    megabytes: float
    served: int
    travel: int
    broken: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--visits", type=int, default=5250, help="of the whole county")
    parser.add_argument("--carers", type=int, default=1000, help="of the whole county")
    parser.add_argument("--towns", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3.0, help="of search for each town, on one core")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--grow", action="store_true", help="also 1, 4, 16 and 64 towns of the same size")
    parser.add_argument("--peers", action="store_true", help=f"also {PEER} on a sample of the towns")
    parser.add_argument("--peer-seconds", type=float, default=15.0, help="of search for each town of the sample")
    parser.add_argument("--sample", type=int, default=3, metavar="N", help="towns that the peer plans")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    sizes = sorted({args.towns, *GROWTH}) if args.grow else [args.towns]
    days = [_town(args, number) for number in range(max(sizes))]
    counties, plans = [], {}
    for towns in sizes:
        county, routes = plan_county(days[:towns], args.seconds, args.processes)
        counties.append(county)
        if towns == args.towns:
            plans = routes
        print(_line(county), flush=True)
    print("\n" + _growth_table(counties))
    rows: list[object] = [asdict(county) for county in counties]
    if args.peers:
        rows += _compare(days[: min(args.sample, args.towns)], plans, args)
    write_report(args.json, "county", vars(args), rows)
    return 1 if any(county.broken for county in counties) else 0


def _town(args: argparse.Namespace, number: int) -> TownDay:
    return town_day(args.seed * 1000 + number, visits=args.visits // args.towns, carers=args.carers // args.towns)


def plan_county(
    days: Sequence[TownDay], seconds: float, processes: int
) -> tuple[CountyDay, dict[int, dict[str, list[Row]]]]:
    """Plans every town for so many seconds; the figures, and each town's routes by its number."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(processes + 1)
    asked = [(number, day, seconds) for number, day in enumerate(days)]
    with PeakMemory() as peak:
        starting = perf_counter()
        with context.Pool(processes, initializer=_start, initargs=(ready,)) as pool:
            ready.wait(LONGEST_START)
            began = perf_counter()
            routes = dict(pool.imap_unordered(_plan, asked))
            took = perf_counter() - began
    verdicts = [check_town(day, routes[number]) for number, day in enumerate(days)]
    county = CountyDay(
        towns=len(days),
        visits=sum(len(day.visits) for day in days),
        carers=sum(len(day.carers) for day in days),
        warm_up=round(began - starting, 3),
        seconds=round(took, 3),
        megabytes=round(peak.megabytes, 1),
        served=sum(int(verdict.terms.get("served", 0)) for verdict in verdicts),
        travel=sum(int(verdict.terms.get("travel", 0)) for verdict in verdicts),
        broken=tuple(rule for verdict in verdicts for rule in verdict.broken),
    )
    return county, routes


def _start(ready: Barrier) -> None:
    warm_up()
    ready.wait(LONGEST_START)


def _plan(asked: tuple[int, TownDay, float]) -> tuple[int, dict[str, list[Row]]]:
    number, day, seconds = asked
    return number, solve_town(day, seconds, seed=day.seed)


def _line(county: CountyDay) -> str:
    text = f"{county.towns} towns: {county.served} of {county.visits} served in {county.seconds:.1f} s"
    return "\n".join([text, *(f"  BROKEN: {rule}" for rule in county.broken[:5])])


def _growth_table(counties: Sequence[CountyDay]) -> str:
    headers = ["towns", "visits", "carers", "served", "unserved", "travel min", "seconds", "s/town", "MB", "warm-up s"]
    return render(
        headers,
        [
            [
                str(county.towns),
                str(county.visits),
                str(county.carers),
                str(county.served),
                str(county.visits - county.served),
                str(county.travel),
                f"{county.seconds:.1f}",
                f"{county.seconds / county.towns:.2f}",
                f"{county.megabytes:.0f}",
                f"{county.warm_up:.1f}",
            ]
            for county in counties
        ],
    )


def _compare(days: Sequence[TownDay], plans: dict[int, dict[str, list[Row]]], args: argparse.Namespace) -> list[object]:
    """The same towns by the best peer, one after the other, alone on a core and with more time."""
    rows, table = [], []
    for number, day in enumerate(days):
        ours = check_town(day, plans[number]).terms
        try:
            answer = solve_alone(PEER, day, seconds=args.peer_seconds, seed=day.seed)
        except SolverFailed as failure:
            print(failure)
            continue
        theirs = check_town(day, answer.routes).terms
        rows.append({"town": day.name, "ours": ours, PEER: theirs})
        table.append([day.name, *(f"{terms['served']:.0f}/{terms['travel']:.0f}" for terms in (ours, theirs))])
    print(f"\nvisits served / minutes of travel, {len(days)} of {args.towns} towns\n")
    print(render(["town", f"ours {args.seconds:g} s", f"{PEER} {args.peer_seconds:g} s"], table))
    return list(rows)
