"""`replan`: something goes wrong at ten o'clock; how fast is the new plan, and how much does it change?

Clock: starts when the changed problem and the running plan are handed to the engine, stops
when the new plan is back. Every new plan is verified outside the clock.
"""

from __future__ import annotations

import argparse
import random
from time import perf_counter
from typing import Any

from benchmarks import latency
from benchmarks.changes import changes
from benchmarks.instances.running_day import MISHAPS, Mishap
from benchmarks.table import median, render, write_report
from dispatch.engine.params import Params
from dispatch.engine.plan import Plan
from dispatch.engine.problem import Problem
from dispatch.engine.repair import repair
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSeconds
from dispatch.engine.verify import verify

COUNTS = ("must", "changed", "needless", "other carer", "other start", "lost")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    latency.add_arguments(parser)
    parser.add_argument("--seconds", type=float, default=1.0, help="that a repair may take")
    parser.add_argument("--by", choices=("repair", "solve"), default="repair", help="solve = plan the rest anew")


def run(args: argparse.Namespace) -> int:
    replan = _anew if args.by == "solve" else _repaired
    day = latency.prepare(args, spare=0)
    rows: list[dict[str, Any]] = []
    for kind, mishap_of in MISHAPS.items():
        luck = random.Random(f"{kind} {args.seed}")
        for trial in range(args.trials):
            mishap = mishap_of(day, luck)
            began = perf_counter()
            plan = replan(mishap.problem, day.plan, args.seconds, trial)
            took = perf_counter() - began
            rows.append({"kind": kind, "seconds": took, **_counts(mishap, day.plan, plan)})
    by_kind = {kind: [row for row in rows if row["kind"] == kind] for kind in MISHAPS}
    print(latency.distribution({kind: [row["seconds"] for row in each] for kind, each in by_kind.items()}))
    print("\nvisits, median / most:\n")
    print(render(["mishap", *COUNTS], [[kind, *_cells(each)] for kind, each in by_kind.items() if each]))
    broken = [rule for row in rows for rule in row["broken"]]
    print("\n".join(f"BROKEN: {rule}" for rule in broken[:5]) or "every plan keeps every rule")
    write_report(args.json, "replan", vars(args), rows)
    return 1 if broken else 0


def _repaired(problem: Problem, plan: Plan, seconds: float, seed: int) -> Plan:
    return repair(problem, plan, stop=MaxSeconds(seconds), params=Params(), seed=seed)


def _anew(problem: Problem, plan: Plan, seconds: float, seed: int) -> Plan:
    return solve(problem, stop=MaxSeconds(seconds), params=Params(), seed=seed)


def _counts(mishap: Mishap, before: Plan, after: Plan) -> dict[str, Any]:
    made = changes(mishap.problem, before, after)
    return {
        "must": len(mishap.must_change),
        "changed": len(made.carer | made.start | made.lost),
        "needless": made.needless(mishap.must_change),
        "other carer": len(made.carer),
        "other start": len(made.start),
        "lost": len(made.lost),
        "broken": [f"{v.rule} {v.visit} {v.carer} {v.detail}" for v in verify(mishap.problem, after).violations],
    }


def _cells(rows: list[dict[str, Any]]) -> list[str]:
    return [f"{median([row[name] for row in rows]):g} / {max(row[name] for row in rows)}" for name in COUNTS]
