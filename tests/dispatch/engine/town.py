"""Small towns on a line: place n lies n minutes (and n hundred metres) from place 0."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dispatch.engine.plan import Plan
from dispatch.engine.problem import Carer, Leg, Link, Problem, Visit, Window
from dispatch.engine.rules import Rule
from dispatch.engine.verify import verify

PLACES = 61
LINE = tuple(tuple(abs(a - b) for b in range(PLACES)) for a in range(PLACES))
METRES = tuple(tuple(100 * abs(a - b) for b in range(PLACES)) for a in range(PLACES))

NINE, TEN, NOON, FIVE = 540, 600, 720, 1020


def carer(id_: str = "ann", **changes: Any) -> Carer:
    """Lives at place 0, works 9-17, may do "care"."""
    given: dict[str, Any] = {"shifts": (Window(NINE, FIVE),), "skills": frozenset({"care"})}
    return Carer(id=id_, start_place=0, end_place=0, **(given | changes))


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
