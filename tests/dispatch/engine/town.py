"""Small towns on a line: place n lies n minutes (and n hundred metres) from place 0."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dispatch.engine.answer import figures_of, routes_of
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.params import Params
from dispatch.engine.plan import Plan, Unserved
from dispatch.engine.problem import Carer, Leg, Link, Problem, Visit, Window
from dispatch.engine.rules import Rule
from dispatch.engine.schedule import Scheduler
from dispatch.engine.verify import verify

PLACES = 61
LINE = tuple(tuple(abs(a - b) for b in range(PLACES)) for a in range(PLACES))
METRES = tuple(tuple(100 * abs(a - b) for b in range(PLACES)) for a in range(PLACES))

NINE, TEN, NOON, FIVE = 540, 600, 720, 1020


def carer(id_: str = "ann", **changes: Any) -> Carer:
    """Lives at place 0, works 9-17, may do "care"."""
    given: dict[str, Any] = {"start_place": 0, "end_place": 0, "shifts": (Window(NINE, FIVE),)}
    return Carer(id=id_, **(given | {"skills": frozenset({"care"})} | changes))


def visit(id_: str = "v1", place: int = 10, minutes: int = 30, legs: int = 1, **changes: Any) -> Visit:
    """Half an hour of "care" at place 10, any time between 10 and 12."""
    given: dict[str, Any] = {"windows": (Window(TEN, NOON),)}
    parts = tuple(Leg(f"{id_}.{number}", minutes, frozenset({"care"})) for number in range(1, legs + 1))
    return Visit(id=id_, place=place, legs=parts, **(given | changes))


def pair(id_: str, link: Link, **changes: Any) -> Visit:
    return visit(id_, legs=2, link=link, **changes)


def problem(visits: list[Visit], carers: list[Carer], **changes: Any) -> Problem:
    given: dict[str, Any] = {"travel": {"ebike": LINE}, "places": PLACES, "metres": METRES}
    return Problem(visits=tuple(visits), carers=tuple(carers), **(given | changes))


def day_of(asked: Problem, **prices: Any) -> Day:
    return Day(asked, Params(**prices))


def filled(day: Day) -> Draft:
    """A draft with every visit that still fits, the dear ones first; no search."""
    draft = Draft(day, Scheduler(day))
    for visit in sorted(draft.absent(), key=lambda visit: -day.price[visit]):
        draft.insert(visit)
    return draft


def plan_of(draft: Draft) -> Plan:
    """The draft as a plan; nobody explains what is absent."""
    routes = routes_of(draft)
    absent = tuple(Unserved(draft.day.visits[visit].id, ()) for visit in draft.absent())
    return Plan(routes, absent, figures_of(draft, routes), draft.day.params)


def simply_planned(asked: Problem, **prices: Any) -> Plan:
    """The plan that insertion alone finds: enough for rules, with a handful of visits."""
    return plan_of(filled(day_of(asked, **prices)))


def broken_rules(asked: Problem, plan: Plan) -> set[Rule]:
    return {violation.rule for violation in verify(asked, plan).violations}


def changed_stop(plan: Plan, which: str, /, **changes: Any) -> Plan:
    """The plan with one stop altered; its route is otherwise as it was."""
    routes = tuple(
        replace(route, stops=tuple(replace(stop, **changes) if stop.leg == which else stop for stop in route.stops))
        for route in plan.routes
    )
    return replace(plan, routes=routes)


def placed(plan: Plan) -> dict[str, tuple[str, int]]:
    """Leg -> (carer, start)."""
    return {stop.leg: (route.carer, stop.start) for route in plan.routes for stop in route.stops}


def route_of(plan: Plan, carer_id: str) -> Any:
    return next(route for route in plan.routes if route.carer == carer_id)
