"""The earliest common starts of linked legs over whole routes.

Starts only ever move later until every link holds, so the first fixed point is the
earliest timetable there is for these sequences.
"""

from __future__ import annotations

from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.problem import Link, LinkKind
from dispatch.engine.schedule import Scheduler


def settled(day: Day, scheduler: Scheduler, routes: list[list[int]]) -> Draft | None:
    """A draft of these routes with all linked starts as early as possible, None when no times fit."""
    timings = [scheduler.time(carer, route, {}) for carer, route in enumerate(routes)]
    starts: dict[int, int] = {}
    carer_of: dict[int, int] = {}
    for carer, (route, timing) in enumerate(zip(routes, timings, strict=True)):
        if timing is None:
            return None
        starts.update(zip(route, timing.starts, strict=True))
        carer_of.update((leg, carer) for leg in route)
    groups = [
        (link, legs)
        for visit, legs in zip(day.visits, day.legs_of, strict=True)
        if (link := visit.link) and link.kind is not LinkKind.INDEPENDENT
        if len(legs) > 1 and all(leg in starts for leg in legs) and any(leg not in day.facts for leg in legs)
    ]
    floors: dict[int, int] = {}
    while True:
        late: set[int] = set()
        for link, legs in groups:
            for leg, floor in _floors(link, legs, starts).items():
                if floor > starts[leg]:
                    if leg in day.facts:
                        return None
                    floors[leg] = floor
                    late.add(carer_of[leg])
        if not late:
            break
        for carer in late:
            timing = scheduler.time(carer, routes[carer], {}, floors)
            if timing is None:
                return None
            starts.update(zip(routes[carer], timing.starts, strict=True))
    fixed = {leg: starts[leg] for _, legs in groups for leg in legs if leg not in day.facts}
    return Draft.of_routes(day, scheduler, routes, fixed)


def _floors(link: Link, legs: list[int], starts: dict[int, int]) -> dict[int, int]:
    """The earliest start the link leaves to each leg, the others being where they are."""
    if link.kind is LinkKind.SIMULTANEOUS:
        return dict.fromkeys(legs, max(starts[leg] for leg in legs))
    floors: dict[int, int] = {}
    for number, leg in enumerate(legs):
        before = starts[legs[number - 1]] + link.min_gap if number else starts[leg]
        after = starts[legs[number + 1]] - link.max_gap if number + 1 < len(legs) else starts[leg]
        floors[leg] = max(before, after)
    return floors
