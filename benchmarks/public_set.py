"""What both public sets share: solve each file for each seed, check, write the best, compare.

Clock: starts when the parsed instance is handed over, stops when neutral routes are back;
reading the file, compiling (`warm_up`) and checking are outside. The seconds limit holds
for all that lies between.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any, Generic, TypeVar

from benchmarks.best_known import DEFAULT, EQUAL, METHODS, Published, read_best_known
from benchmarks.checkers.verdict import Verdict
from benchmarks.neutral import Row, write_solution
from benchmarks.table import percent, render, write_report
from dispatch.engine.warm import warm_up

AnInstance = TypeVar("AnInstance")
SolvedRoutes = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class PublicSet(Generic[AnInstance]):
    """A set by its three verbs; `solve` takes seconds left and a seed, and returns neutral routes."""

    name: str  # in best_known.csv
    read: Callable[[Path], tuple[str, AnInstance]]
    solve: Callable[[AnInstance, float, int], SolvedRoutes]
    check: Callable[[AnInstance, Mapping[str, list[Row]]], Verdict]
    families: bool  # an instance's first letter names its family, of which the table shows means


@dataclass(frozen=True, slots=True)
class Run:
    instance: str
    seed: int
    seconds: float
    objective: float
    terms: dict[str, float]
    broken: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=10.0, help="wall time of each whole solve")
    parser.add_argument(
        "--at-most-published", action="store_true", help="never more seconds than the published method took (the CSV's)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed on; the best is written")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write DIR/<instance>.json in the neutral form")
    parser.add_argument("--best-known", type=Path, default=DEFAULT, metavar="CSV")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every run, not only the best")


def measure(public: PublicSet[AnInstance], args: argparse.Namespace) -> int:
    """Runs all; answers 1 when an instance has no valid solution."""
    published = read_best_known(args.best_known, public.name)
    print(f"warm-up: {warm_up():.1f} s")
    runs: list[Run] = []
    for path in args.files:
        name, instance = public.read(path)
        limit = _limit(args, published.get(name))
        best: tuple[Run, SolvedRoutes] | None = None
        for seed in range(args.seed, args.seed + args.seeds):
            run, routes = _one(public, name, instance, limit, seed)
            runs.append(run)
            print(_line(run, published.get(name)), flush=True)
            if not run.broken and (best is None or run.objective < best[0].objective):
                best = run, routes
        if best and args.out:
            _write(args.out, *best)
    print("\n" + _table(public, runs, published))
    write_report(args.json, public.name, vars(args), [asdict(run) for run in runs])
    return 0 if {run.instance for run in runs if not run.broken} == {run.instance for run in runs} else 1


def _limit(args: argparse.Namespace, published: Published | None) -> float:
    seconds = float(args.seconds)
    if args.at_most_published and published and published.seconds:
        return min(seconds, published.seconds)
    return seconds


def _one(
    public: PublicSet[AnInstance], name: str, instance: AnInstance, seconds: float, seed: int
) -> tuple[Run, SolvedRoutes]:
    began = perf_counter()
    try:
        routes = public.solve(instance, seconds, seed)
    except ValueError as failure:  # No times exist for the plan's sequences: a broken plan, not a broken run.
        return Run(name, seed, round(perf_counter() - began, 3), 0.0, {}, (str(failure),)), {}
    took = perf_counter() - began
    verdict = public.check(instance, routes)
    return Run(name, seed, round(took, 3), verdict.objective, verdict.terms, verdict.broken), routes


def _write(folder: Path, run: Run, routes: SolvedRoutes) -> None:
    objective = int(run.objective) if run.objective.is_integer() else round(run.objective, 6)
    write_solution(folder, instance=run.instance, objective=objective, seconds=run.seconds, routes=routes)


def _line(run: Run, published: Published | None) -> str:
    text = f"{run.instance} seed {run.seed}: {run.objective:.3f} in {run.seconds:.1f} s"
    if published and not run.broken:
        text += f", {percent(run.objective, published.best)} to best known"
    if not run.broken:
        text += " (" + ", ".join(f"{name} {value:g}" for name, value in run.terms.items() if value) + ")"
    return "\n".join([text, *(f"  BROKEN: {rule}" for rule in run.broken[:5])])


def _table(public: PublicSet[Any], runs: list[Run], published: Mapping[str, Published]) -> str:
    """One row an instance: best and mean of the seeds, their gaps to best known and to the published methods."""
    methods = [name for name in METHODS[public.name].values() if any(name in p.methods for p in published.values())]
    headers = ["instance", "best", "mean", "seconds"]
    if published:
        headers += [
            "best known",
            "best gap",
            "mean gap",
            *(f"mean to {name}" for name in methods),
            "their seconds",
            "new",
        ]
    rows: list[list[str]] = []
    groups: dict[str, list[_Gaps]] = {}
    for name in dict.fromkeys(run.instance for run in runs):
        valid = [run for run in runs if run.instance == name and not run.broken]
        if not valid:
            rows.append([name, "broken", *[""] * (len(headers) - 2)])
            continue
        best, mean = min(run.objective for run in valid), fmean(run.objective for run in valid)
        known = published.get(name)
        rows.append([name, f"{best:.3f}", f"{mean:.3f}", f"{fmean(run.seconds for run in valid):.1f}"])
        if published:
            rows[-1] += _comparison(best, mean, known, methods)
        if known:
            groups.setdefault(name[0] if public.families else "all", []).append(_Gaps(best, mean, known))
    return "\n".join([render(headers, rows), "", *(_summary(group, gaps) for group, gaps in groups.items())])


@dataclass(frozen=True, slots=True)
class _Gaps:
    best: float
    mean: float
    known: Published


def _summary(group: str, gaps: list[_Gaps]) -> str:
    """Means over a group of instances; a method counts on the instances it has a value for."""
    new = sum(each.best < each.known.best - EQUAL for each in gaps)
    reached = sum(each.best < each.known.best + EQUAL for each in gaps)
    text = (
        f"{group}: {len(gaps)} instances, mean gap {_average([each.mean / each.known.best for each in gaps])} "
        f"(best seeds {_average([each.best / each.known.best for each in gaps])}), "
        f"worst {percent(max(each.mean / each.known.best for each in gaps), 1)}, best known reached on {reached}, "
        f"beaten on {new}"
    )
    for method in dict.fromkeys(name for each in gaps for name in each.known.methods):
        ratios = [each.mean / each.known.methods[method] for each in gaps if method in each.known.methods]
        text += f"; to {method} {_average(ratios)}"
    return text


def _average(ratios: list[float]) -> str:
    return percent(fmean(ratios), 1)


def _comparison(best: float, mean: float, known: Published | None, methods: list[str]) -> list[str]:
    if known is None:
        return [""] * (5 + len(methods))
    return [
        f"{known.best:.3f}",
        percent(best, known.best),
        percent(mean, known.best),
        *(percent(mean, known.methods.get(name, 0.0)) for name in methods),
        "" if known.seconds is None else f"{known.seconds:.1f}",
        "NEW" if best < known.best - EQUAL else "",
    ]
