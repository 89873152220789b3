"""The judge on minutes: windows, shifts, the present, ways between visits, lunch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dispatch.engine.judge import Case, Violation
from dispatch.engine.plan import Route, Stop
from dispatch.engine.problem import Carer, Window
from dispatch.engine.rules import Rule


def times(case: Case, route: Route) -> Iterator[Violation]:
    carer = case.carers[route.carer]
    if not route.stops:
        return
    for stop in route.stops:
        yield from _moment(case, carer, stop)
    first, last = route.stops[0], route.stops[-1]
    if first.leg not in case.facts:
        if route.depart < carer.shifts[0].start:
            yield Violation(Rule.SHIFT, first.visit, carer.id, f"leaves at {route.depart}")
        if route.depart < case.problem.earliest:
            yield Violation(Rule.EARLIEST, first.visit, carer.id, f"leaves at {route.depart}")
    if route.depart + case.hop(carer, None, first) > first.start:
        yield Violation(Rule.SEQUENCE, first.visit, carer.id, f"leaves at {route.depart} for {first.start}")
    for before, after in pairwise(route.stops):
        both_facts = before.leg in case.facts and after.leg in case.facts
        ready = before.end + case.hop(carer, before, after) + case.problem.buffer
        if not both_facts and ready > after.start:
            yield Violation(Rule.SEQUENCE, after.visit, carer.id, f"ready at {ready} for {after.start}")
    if route.back < last.end + case.hop(carer, last, None):
        yield Violation(Rule.SEQUENCE, last.visit, carer.id, f"cannot be back at {route.back}")
    if last.leg not in case.facts and route.back > carer.shifts[-1].end + carer.max_overtime:
        yield Violation(Rule.OVERTIME_LIMIT, last.visit, carer.id, f"back at {route.back}")


def _moment(case: Case, carer: Carer, stop: Stop) -> Iterator[Violation]:
    """One stop against duration, window, shift, the present and what people were told."""
    visit = case.visits[stop.visit]
    if stop.end - stop.start != case.leg[stop.leg].minutes:
        yield Violation(Rule.DURATION, visit.id, carer.id, f"{stop.end - stop.start} minutes")
    if stop.leg in case.facts:
        return
    if not _is_in_window(case, stop.leg, stop.start):
        yield Violation(Rule.WINDOW, visit.id, carer.id, f"starts at {stop.start}")
    *others, final = carer.shifts
    prolonged = [*others, Window(final.start, final.end + carer.max_overtime)]
    if not any(shift.start <= stop.start and stop.end <= shift.end for shift in prolonged):
        yield Violation(Rule.SHIFT, visit.id, carer.id, f"{stop.start}-{stop.end}")
    if stop.start < case.problem.earliest:
        yield Violation(Rule.EARLIEST, visit.id, carer.id, f"starts at {stop.start}")
    told = case.told[stop.leg].start if stop.leg in case.told else None
    if (
        told is not None
        and case.plan.params.changed_start
        and _is_in_window(case, stop.leg, told)
        and stop.start < told
    ):
        yield Violation(Rule.NOT_EARLIER, visit.id, carer.id, f"starts at {stop.start}, told {told}")


def _is_in_window(case: Case, leg: str, start: int) -> bool:
    visit = case.owner[leg]
    return visit.windows[0].start <= start and case.lateness(leg, start) <= visit.max_lateness


def lunch(case: Case, route: Route) -> Iterator[Violation]:
    carer = case.carers[route.carer]
    if route.lunch is None:
        if carer.lunch is not None and carer.lunch.required and _facts_leave_room(case, carer):
            yield Violation(Rule.LUNCH, carer=carer.id, detail="no break")
        return
    begin, end = route.lunch
    if carer.lunch is None:
        yield Violation(Rule.LUNCH, carer=carer.id, detail="a break nobody asked for")
        return
    window = carer.lunch.window
    if begin < window.start or end > window.end or end - begin != carer.lunch.minutes:
        yield Violation(Rule.LUNCH, carer=carer.id, detail=f"{begin}-{end} is not in its window")
    elif not _is_free(case, route, begin, end):
        yield Violation(Rule.LUNCH, carer=carer.id, detail=f"{begin}-{end} meets travel or a visit")


def _is_free(case: Case, route: Route, begin: int, end: int) -> bool:
    """True when the break leaves room for every visit and, before or after it, each way."""
    if not route.stops:
        return True
    carer = case.carers[route.carer]
    first, last = route.stops[0], route.stops[-1]
    gaps = [(route.depart, case.hop(carer, None, first), first.start)]
    for before, after in pairwise(route.stops):
        gaps.append((before.end, case.hop(carer, before, after) + case.problem.buffer, after.start))
    gaps.append((last.end, case.hop(carer, last, None), route.back))
    if end <= route.depart or begin >= route.back:
        return True
    return any(
        opens <= begin and end <= closes and (end + hop <= closes or opens + hop <= begin)
        for opens, hop, closes in gaps
    )


def _facts_leave_room(case: Case, carer: Carer) -> bool:
    """True when a carer's facts alone allow his break; otherwise he is excused."""
    mine = sorted(
        (pin.start, case.leg[pin.leg].minutes, case.owner[pin.leg].place)
        for pin in case.problem.pins
        if pin.carer == carer.id and pin.start is not None
    )
    if carer.lunch is None or not mine:
        return True
    matrix = case.problem.travel[carer.mode]
    opens, closes, minutes = carer.lunch.window.start, carer.lunch.window.end, carer.lunch.minutes
    start, _, place = mine[0]
    if min(closes, start - matrix[carer.start_place][place]) - opens >= minutes:
        return True  # before leaving
    leaves = min(carer.shifts[0].start, start - matrix[carer.start_place][place])
    gaps = [(leaves, matrix[carer.start_place][place], start)]
    for (begun, lasts, here), (then, _, there) in pairwise(mine):
        gaps.append((begun + lasts, matrix[here][there] + case.problem.buffer, then))
    for ready, hop, until in gaps:
        before_way = min(closes, until - hop) - max(opens, ready)
        after_way = min(closes, until) - max(opens, ready + hop)
        if max(before_way, after_way) >= minutes:
            return True
    return closes - max(opens, mine[-1][0] + mine[-1][1]) >= minutes  # after the last one
