"""What a new plan changes against the plan that people already know, visit by visit."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.engine.plan import Plan
from dispatch.engine.problem import Problem


@dataclass(frozen=True, slots=True)
class Changes:
    """Visit ids; `carer` and `start` do not overlap, and `needless` counts those nobody forced."""

    carer: frozenset[str]  # served by somebody else
    start: frozenset[str]  # same carers, another minute
    lost: frozenset[str]  # served before, not any more
    won: frozenset[str]  # not served before, now served

    def needless(self, must_change: frozenset[str]) -> int:
        return len((self.carer | self.start | self.lost) - must_change)


def changes(problem: Problem, before: Plan, after: Plan) -> Changes:
    """Compares the visits that the problem still asks for."""
    old, new = _placed(before), _placed(after)
    asked = {visit.id for visit in problem.visits}
    both = [visit for visit in asked if visit in old and visit in new]
    carer = {visit for visit in both if {leg[0] for leg in old[visit]} != {leg[0] for leg in new[visit]}}
    return Changes(
        carer=frozenset(carer),
        start=frozenset(visit for visit in both if visit not in carer and old[visit] != new[visit]),
        lost=frozenset(visit for visit in asked if visit in old and visit not in new),
        won=frozenset(visit for visit in asked if visit not in old and visit in new),
    )


def _placed(plan: Plan) -> dict[str, set[tuple[str, int]]]:
    placed: dict[str, set[tuple[str, int]]] = {}
    for route in plan.routes:
        for stop in route.stops:
            placed.setdefault(stop.visit, set()).add((route.carer, stop.start))
    return placed
