"""The earliest common starts of linked legs over whole routes.

Starts only ever move later until every link holds, so the first fixed point is the
earliest timetable there is for these sequences. Of two visits to one person that overlap,
the one that starts later waits for the other; that order is not questioned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.problem import Link, LinkKind
from dispatch.engine.schedule import Scheduler


def settled(day: Day, scheduler: Scheduler, routes: list[list[int]]) -> Draft | None:
    """A draft of these routes with all linked starts as early as possible, None when no times fit."""
    timings = [scheduler.earliest(carer, route, {}) for carer, route in enumerate(routes)]
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
    pairs = _sibling_pairs(day, starts)
    floors: dict[int, int] = {}
    while True:
        late: set[int] = set()
        for leg, floor in [*_link_floors(groups, starts), *_sibling_floors(day, pairs, starts)]:
            if floor > starts[leg]:
                if leg in day.facts:
                    return None
                floors[leg] = max(floor, floors.get(leg, floor))
                late.add(carer_of[leg])
        if not late:
            break
        for carer in late:
            timing = scheduler.earliest(carer, routes[carer], {}, floors)
            if timing is None:
                return None
            starts.update(zip(routes[carer], timing.starts, strict=True))
    held = {leg for _, legs in groups for leg in legs} | {leg for pair in pairs for leg in pair}
    fixed = {leg: starts[leg] for leg in held if leg not in day.facts}
    return Draft.of_routes(day, scheduler, routes, fixed)


def _sibling_pairs(day: Day, starts: Mapping[int, int]) -> list[tuple[int, int]]:
    """Planned legs of two visits to one person that must not overlap."""
    return [
        (leg, other)
        for leg in starts
        for visit in day.siblings[day.visit_of[leg]]
        for other in day.legs_of[visit]
        if leg < other and other in starts and not (leg in day.facts and other in day.facts)
    ]


def _sibling_floors(day: Day, pairs: list[tuple[int, int]], starts: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """For each pair that overlaps: the leg that has to wait, and until when."""
    for pair in pairs:
        first, second = sorted(pair, key=lambda leg: (starts[leg], leg not in day.facts))
        end = starts[first] + day.minutes[first]
        if end > starts[second]:
            if second in day.facts:
                first, second, end = second, first, starts[second] + day.minutes[second]
            yield second, end


def _link_floors(groups: list[tuple[Link, list[int]]], starts: dict[int, int]) -> Iterator[tuple[int, int]]:
    for link, legs in groups:
        yield from _floors(link, legs, starts).items()


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
