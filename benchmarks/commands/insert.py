"""`insert`: an elder calls while the day is running; which slots are best for one new visit?

Clock: starts when the operator's question is handed to the engine, stops when the slots
are back. The plan is running and the engine warm.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from time import perf_counter
from typing import Any

from benchmarks import latency
from benchmarks.table import write_report
from dispatch.engine.insert import Question

SLOTS = 3
SPARE = 200  # visits of the same day to draw callers from

add_arguments = latency.add_arguments


def run(args: argparse.Namespace) -> int:
    day = latency.prepare(args, spare=SPARE)
    luck = random.Random(args.seed)
    rows: list[dict[str, Any]] = []
    for _ in range(args.trials):
        visit = luck.choice(day.spare)
        asked = replace(day.problem, visits=(*day.problem.visits, visit))
        began = perf_counter()
        slots = Question(asked, day.plan, visit.id).best_slots(SLOTS)
        rows.append({"visit": visit.id, "seconds": perf_counter() - began, "slots": len(slots)})
    print(latency.distribution({"best slots for one visit": [row["seconds"] for row in rows]}))
    print(f"a slot was found for {sum(row['slots'] > 0 for row in rows)} of {len(rows)} callers")
    write_report(args.json, "insert", vars(args), rows)
    return 0
