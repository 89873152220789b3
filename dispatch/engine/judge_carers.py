"""The judge on carers: who may do the work, and how much of it."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.engine.judge import Case, Violation
from dispatch.engine.plan import Route
from dispatch.engine.problem import Carer, CarerKind, Visit
from dispatch.engine.rules import Rule


def people(case: Case, route: Route) -> Iterator[Violation]:
    """Who may do it; the choice of a pinned carer is not asked again."""
    carer = case.carers[route.carer]
    for stop in route.stops:
        if stop.leg in case.pins:
            continue
        visit = case.visits[stop.visit]
        missing = case.leg[stop.leg].skills - carer.skills
        broken = {
            Rule.SKILLS: bool(missing),
            Rule.GENDER: visit.gender is not None and visit.gender != carer.gender,
            Rule.BARRED: carer.id in visit.barred,
            Rule.OWN_PERSON: visit.person is not None and visit.person == carer.person,
            Rule.WORKERS_ONLY: visit.workers_only and carer.kind is CarerKind.VOLUNTEER,
            Rule.FORBIDDEN: (visit.id, carer.id) in case.problem.forbidden,
            Rule.RADIUS: _is_too_far(case, carer, visit),
        }
        for rule, is_broken in broken.items():
            if is_broken:
                yield Violation(rule, visit.id, carer.id, ", ".join(sorted(missing)) if rule is Rule.SKILLS else "")


def _is_too_far(case: Case, carer: Carer, visit: Visit) -> bool:
    metres = case.problem.metres
    if carer.radius_metres is None or metres is None:
        return False
    return metres[carer.start_place][visit.place] > carer.radius_metres


def maxima(case: Case, route: Route) -> Iterator[Violation]:
    """Daily maxima; facts may exceed them, then nothing else may be added."""
    carer = case.carers[route.carer]
    if all(stop.leg in case.facts for stop in route.stops):
        return
    minutes = case.minutes(route)
    if carer.max_visits is not None and len(route.stops) > carer.max_visits:
        yield Violation(Rule.MAX_VISITS, carer=carer.id, detail=f"{len(route.stops)} of {carer.max_visits}")
    if carer.max_minutes is not None and minutes > carer.max_minutes:
        yield Violation(Rule.MAX_MINUTES, carer=carer.id, detail=f"{minutes} of {carer.max_minutes}")


def organisations(case: Case) -> Iterator[Violation]:
    """The minutes of all carers of an organisation together; facts may exceed them, as daily maxima."""
    for name, limit in case.problem.organisation_minutes.items():
        routes = [route for route in case.plan.routes if case.carers[route.carer].organisation == name]
        minutes = sum(case.minutes(route) for route in routes)
        if minutes > limit and any(stop.leg not in case.facts for route in routes for stop in route.stops):
            yield Violation(Rule.ORGANISATION_LIMIT, detail=f"{name}: {minutes} of {limit}")
