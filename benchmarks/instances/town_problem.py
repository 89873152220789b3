"""A town day as the engine's problem, and the engine's plan as neutral routes."""

from __future__ import annotations

from benchmarks.instances.town import TownCarer, TownDay, TownVisit
from benchmarks.neutral import Row
from dispatch.engine.plan import Plan
from dispatch.engine.problem import Carer, Leg, Link, LinkKind, Problem, Visit, Window

MODE = "ebike"


def problem_of(day: TownDay) -> Problem:
    """Every visit optional and of one tier, so that absent visits count alike."""
    return Problem(
        visits=tuple(visit_of(visit) for visit in day.visits),
        carers=tuple(_carer(carer) for carer in day.carers),
        places=len(day.travel),
        travel={MODE: day.travel},
        label=day.name,
    )


def visit_of(visit: TownVisit) -> Visit:
    """The visit as the engine knows it; its legs are `<visit>.<number>`."""
    skills = frozenset({visit.service})
    return Visit(
        id=visit.id,
        place=visit.place,
        windows=(Window(visit.opens, visit.closes),),
        legs=tuple(Leg(f"{visit.id}.{number}", visit.minutes, skills) for number in range(1, visit.carers + 1)),
        link=Link(LinkKind.SIMULTANEOUS) if visit.carers > 1 else None,
    )


def routes_of(day: TownDay, plan: Plan) -> dict[str, list[Row]]:
    """The plan's sequences and starts."""
    service = {visit.id: visit.service for visit in day.visits}
    return {
        route.carer: [[stop.visit, service[stop.visit], stop.start] for stop in route.stops] for route in plan.routes
    }


def _carer(carer: TownCarer) -> Carer:
    return Carer(
        id=carer.id,
        start_place=carer.home,
        end_place=carer.home,
        shifts=(Window(carer.start, carer.end),),
        mode=MODE,
        skills=carer.services,
    )
