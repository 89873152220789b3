"""An earlier plan as the start of a search on a day that has changed since."""

from __future__ import annotations

from dispatch.engine.answer import figures_of, routes_of
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.plan import Plan, Unserved
from dispatch.engine.ruin_setup import Found
from dispatch.engine.schedule import Scheduler
from dispatch.engine.verify import Violation, verify


def known_routes(day: Day, scheduler: Scheduler, plan: Plan) -> Found:
    """What the plan's routes and starts are still good for.

    Legs and carers that the day does not have are left out, its facts are put where they belong, and visits that the
    judge would refuse as they stand now become absent.
    """
    routes, starts = _merged(day, plan)
    if not plan.routes:  # nothing but facts, which no judge takes away
        return Found(routes, {})
    bare = Draft(day, scheduler)
    held = {leg: at for leg, at in starts.items() if leg not in day.facts and bare.holds_starts(day.visit_of[leg])}
    while True:
        draft = Draft.of_routes(day, scheduler, routes, held)
        halves = {visit for visit in draft.absent() for leg in day.legs_of[visit] if leg in draft.carer_of}
        dropped = halves | _refused(day, draft)
        kept = [
            [leg for leg in route if leg in day.facts or day.visit_of[leg] not in dropped] for route in draft.routes
        ]
        if kept == draft.routes:
            return Found(kept, draft.fixed)
        routes = kept


def _merged(day: Day, plan: Plan) -> tuple[list[list[int]], dict[int, int]]:
    """For each carer the plan's legs that may still be his, and all his facts, in the order of their starts."""
    moments: list[list[tuple[int, int]]] = [[] for _ in day.carers]
    for leg, fact in day.facts.items():
        moments[fact.carer].append((fact.start, leg))
    for route in plan.routes:
        carer = day.carer_number.get(route.carer)
        for stop in route.stops:
            known = day.leg_number.get(stop.leg)
            if carer is not None and known is not None and known not in day.facts and not day.barrier(known, carer):
                moments[carer].append((stop.start, known))
    starts = {leg: start for row in moments for start, leg in row}
    return [[leg for _, leg in sorted(row)] for row in moments], starts


def _refused(day: Day, draft: Draft) -> set[int]:
    """The visits that a verdict of the judge is about; all of a carer's when it is about none in particular."""
    routes = routes_of(draft)
    absent = tuple(Unserved(day.visits[visit].id, ()) for visit in draft.absent())
    report = verify(day.problem, Plan(routes, absent, figures_of(draft, routes), day.params))
    return {visit for violation in report.violations for visit in _meant(day, draft, violation)}


def _meant(day: Day, draft: Draft, violation: Violation) -> set[int]:
    if violation.visit:
        return {day.visit_number[violation.visit]}
    carers = [day.carer_number[violation.carer]] if violation.carer else range(len(day.carers))
    return {day.visit_of[leg] for carer in carers for leg in draft.routes[carer]}
