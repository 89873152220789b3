"""Latencies of many trials: the day they run on, the arguments they share, and their distribution."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.instances.running_day import RunningDay, running_day
from benchmarks.table import quantile, render
from dispatch.engine.warm import warm_up

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--visits", type=int, default=300, help="in the running plan")
    parser.add_argument("--carers", type=int, default=45)
    parser.add_argument("--double-ups", type=int, default=10, help="of the visits")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--now", type=int, default=600, help="minutes from midnight at which it happens")
    parser.add_argument("--plan-seconds", type=float, default=5.0, help="for the plan that is running")
    parser.add_argument("--json", type=Path, metavar="FILE")


def prepare(args: argparse.Namespace, *, spare: int) -> RunningDay:
    """The warmed-up engine's plan, halfway through the day."""
    print(f"warm-up: {warm_up():.1f} s")
    day = running_day(
        args.seed,
        visits=args.visits,
        carers=args.carers,
        double_ups=args.double_ups,
        spare=spare,
        seconds=args.plan_seconds,
        now=args.now,
    )
    print(
        f"running plan: {day.plan.figures.served} of {args.visits} visits, {args.carers} carers, "
        f"{len(day.problem.pins)} legs begun or left for at {args.now // 60}:{args.now % 60:02}\n"
    )
    return day


def distribution(seconds: Mapping[str, Sequence[float]]) -> str:
    """A table of milliseconds, one row for each kind of trial."""
    return render(
        ["milliseconds", "trials", *SHARES],
        [
            [kind, str(len(each)), *(f"{1000 * quantile(each, share):.0f}" for share in SHARES.values())]
            for kind, each in seconds.items()
            if each
        ],
    )
