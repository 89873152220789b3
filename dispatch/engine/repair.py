"""Repairs a running day: somebody fell ill, cancelled, or takes longer. Only what must change is planned anew."""

from __future__ import annotations

from dataclasses import replace

from dispatch.engine.plan import Plan
from dispatch.engine.problem import Problem
from dispatch.engine.solve import solve
from dispatch.engine.stop import Stop

CHANGED_CARER = 300  # points: no saved travel is worth it, an unserved visit is
CHANGED_START = 5  # points a minute


def repair(problem: Problem, plan: Plan, *, stop: Stop, seed: int = 0) -> Plan:
    """The plan of a changed day that keeps what people were told wherever it can.

    `problem` is the day as it stands now: without the carers who dropped out and the visits that were cancelled, with
    what is under way or accepted pinned, and with `published` saying what people were told. `plan` is the running
    one, from which the search starts.
    """
    dear = replace(
        plan.params,
        changed_carer=max(plan.params.changed_carer, CHANGED_CARER),
        changed_start=max(plan.params.changed_start, CHANGED_START),
    )
    return solve(problem, stop=stop, params=dear, seed=seed, warm=plan)
