"""The day as numpy arrays for the compiled searches: the same rules as `Day`, by column.

Times are the problem's minutes, prices its points. A leg and a carer that no rule of person, shift or window
lets meet have the price FORBIDDEN. Legs that are facts stand on their route and never move; the legs of one visit
that may move are its job.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.engine.day import Day
from dispatch.engine.problem import Carer, CarerKind, LinkKind, Problem, WindowRule
from dispatch.engine.schedule import Scheduler

Ints = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

FORBIDDEN = 1 << 40  # price of a leg with a carer who must not do it
NEVER = 1 << 40  # a minute that does not come
NONE = -1  # no leg, carer, place
NO_MINUTE = -(1 << 30)  # minutes may lie before midnight, so that -1 is one

# Columns of `leg`
VISIT, PLACE, MINUTES, FACT, POPULAR, TOLD, LEG_COLUMNS = range(7)
# Columns of the last axis of `windows`: starts in first..last are allowed, those after `due` are late
FIRST, LAST, DUE = range(3)
# Columns of `carer`
(
    HOME,
    END,
    MODE,
    LEAVES,  # the earliest minute of departure
    CLOSES,  # the end of the last shift
    OVERTIME,  # minutes past it that are allowed
    MOST_VISITS,
    MOST_MINUTES,
    LUNCH_OPENS,
    LUNCH_CLOSES,
    LUNCH_MINUTES,  # 0: no break
    LUNCH_DUE,  # 1: a day without the break is not allowed
    ORGANISATION,
    POPULAR_BEFORE,
    SHIFT_MINUTES,  # of all shifts together
    CARER_COLUMNS,
) = range(16)
# Columns of `visit`
FIRST_LEG, LEGS, LINK, MIN_GAP, MAX_GAP, MANDATORY, VISIT_COLUMNS = range(7)
# Values of the column LINK
ALONE, SIMULTANEOUS, SEQUENTIAL, INDEPENDENT = range(4)
# Entries of `prices`
(
    TRAVEL_PRICE,
    LATENESS_PRICE,
    HIGHEST_LATENESS_PRICE,
    WAITING_PRICE,
    HIGHEST_IDLE_PRICE,
    OVERTIME_PRICE,
    MISSED_LUNCH_PRICE,
    FAIRNESS_PRICE,
    CHANGED_START_PRICE,
    BUFFER,  # minutes between two visits on top of the travel: not a price, but as global
    PRICES,
) = range(11)

_LINKS = {
    LinkKind.SIMULTANEOUS: SIMULTANEOUS,
    LinkKind.SEQUENTIAL: SEQUENTIAL,
    LinkKind.INDEPENDENT: INDEPENDENT,
}
_MOST = 1 << 30


class Arrays(NamedTuple):
    """One day; L legs, V visits, C carers, M modes, P places, K windows, S shifts, J legs of a job at most."""

    leg: Ints  # [L, LEG_COLUMNS]
    windows: Ints  # [L, K, 3]; unused ones end before they start
    carer: Ints  # [C, CARER_COLUMNS]
    shifts: Ints  # [C, S, 2]; the last with the overtime; unused ones end before they start
    visit: Ints  # [V, VISIT_COLUMNS]
    jobs: Ints  # [V, J] legs that may move, padded with NONE
    siblings: Ints  # [V, B] other visits to the same person, padded with NONE
    absence: Ints  # [V] points of leaving the visit out
    travel: Narrow  # [M, P, P] minutes
    price: Ints  # [L, C] points of the leg with the carer, or FORBIDDEN
    prices: Ints  # [PRICES]
    organisation: Ints  # [O] service minutes a day, at most


def pack(day: Day, scheduler: Scheduler) -> Arrays:
    """The arrays of a day. What `Day` says of a leg, a carer or a price is said here for all at once."""
    problem, params = day.problem, day.params
    modes = list(problem.travel)
    organisations = sorted(problem.organisation_minutes)
    windows = _windows(day)
    shifts = _shifts(day)
    return Arrays(
        leg=_legs(day),
        windows=windows,
        carer=_carers(day, scheduler, modes, organisations),
        shifts=shifts,
        visit=_visits(day),
        jobs=_padded([[leg for leg in legs if leg not in day.facts] for legs in day.legs_of]),
        siblings=_padded(day.siblings),
        absence=_absence(day),
        travel=_travel(problem, modes),
        price=_prices(day, windows, shifts),
        prices=np.array(
            [
                params.travel,
                params.lateness,
                params.highest_lateness,
                params.waiting,
                params.highest_idle,
                params.overtime,
                params.missed_lunch,
                params.fairness,
                params.changed_start,
                problem.buffer,
            ],
            np.int64,
        ),
        organisation=np.array([problem.organisation_minutes[name] for name in organisations], np.int64),
    )


def _travel(problem: Problem, modes: list[str]) -> Narrow:
    table = np.empty((len(modes), problem.places, problem.places), np.int32)
    for number, mode in enumerate(modes):
        table[number] = problem.travel[mode]
    return table


def _legs(day: Day) -> Ints:
    table = np.full((len(day.legs), LEG_COLUMNS), NONE, np.int64)
    table[:, [FACT, TOLD]] = NO_MINUTE
    table[:, VISIT], table[:, PLACE], table[:, MINUTES] = day.visit_of, day.place, day.minutes
    table[:, POPULAR] = [day.visits[visit].popular for visit in day.visit_of]
    for leg, fact in day.facts.items():
        table[leg, FACT] = fact.start
    for leg, told in day.told.items():
        table[leg, TOLD] = told.start
    return table


def _windows(day: Day) -> Ints:
    """Allowed starts of each leg; a leg whose partner is a fact may only start where the link allows it."""
    found = [
        [_of_fact(day, leg)] if leg in day.facts else _within(_dated(day, leg), *_link_limits(day, leg))
        for leg in range(len(day.legs))
    ]
    table = np.empty((len(found), max(map(len, found), default=0) or 1, 3), np.int64)
    table[:, :, FIRST], table[:, :, LAST], table[:, :, DUE] = 1, 0, 0
    for leg, rows in enumerate(found):
        for k, row in enumerate(rows):
            table[leg, k] = row
    return table


def _of_fact(day: Day, leg: int) -> tuple[int, int, int]:
    start = day.facts[leg].start
    return start, start, start - day.lateness(leg, start)


def _dated(day: Day, leg: int) -> list[tuple[int, int, int]]:
    """First and last allowed start and the last one in time, for each window."""
    visit = day.visits[day.visit_of[leg]]
    until = day.minutes[leg] if visit.window_rule is WindowRule.END else 0
    found = []
    for first, last in day.window_starts(leg):
        due = next(window.end for window in reversed(visit.windows) if window.start <= first) - until
        found.append((first, last, due))
    return found


def _link_limits(day: Day, leg: int) -> tuple[int, int]:
    """The starts that the facts among its partners leave to a leg."""
    visit = day.visit_of[leg]
    link, low, high = day.visits[visit].link, -NEVER, NEVER
    if link is None or link.kind is LinkKind.INDEPENDENT:
        return low, high
    together = link.kind is LinkKind.SIMULTANEOUS
    for other in day.legs_of[visit]:
        if other in day.facts:
            start, steps = day.facts[other].start, leg - other
            near, far = (0, 0) if together else (link.min_gap * abs(steps), link.max_gap * abs(steps))
            low, high = (
                max(low, start + (near if steps > 0 else -far)),
                min(high, start + (far if steps > 0 else -near)),
            )
    return low, high


def _within(rows: list[tuple[int, int, int]], low: int, high: int) -> list[tuple[int, int, int]]:
    cut = [(max(first, low), min(last, high), due) for first, last, due in rows]
    return [row for row in cut if row[0] <= row[1]]


def _shifts(day: Day) -> Ints:
    found = [day.shifts_with_overtime(carer) for carer in range(len(day.carers))]
    table = np.empty((len(found), max(map(len, found), default=1), 2), np.int64)
    table[:, :, 0], table[:, :, 1] = 1, 0
    for carer, rows in enumerate(found):
        for k, shift in enumerate(rows):
            table[carer, k] = shift.start, shift.end
    return table


def _carers(day: Day, scheduler: Scheduler, modes: list[str], organisations: list[str]) -> Ints:
    rows = [
        _carer(day, scheduler.lunch_due[number], who, modes, organisations) for number, who in enumerate(day.carers)
    ]
    return np.array(rows, np.int64).reshape(len(rows), CARER_COLUMNS)


def _carer(day: Day, lunch_due: bool, who: Carer, modes: list[str], organisations: list[str]) -> list[int]:
    lunch = who.lunch
    limited = who.organisation in organisations if who.organisation else False
    return [
        who.start_place,
        who.end_place,
        modes.index(who.mode),
        max(who.shifts[0].start, day.problem.earliest),
        who.shifts[-1].end,
        who.max_overtime,
        _MOST if who.max_visits is None else who.max_visits,
        _MOST if who.max_minutes is None else who.max_minutes,
        lunch.window.start if lunch else 0,
        lunch.window.end if lunch else 0,
        lunch.minutes if lunch else 0,
        int(lunch_due),
        organisations.index(who.organisation) if limited and who.organisation else NONE,
        who.popular_before,
        sum(shift.end - shift.start for shift in who.shifts),
    ]


def _visits(day: Day) -> Ints:
    table = np.zeros((len(day.visits), VISIT_COLUMNS), np.int64)
    for number, visit in enumerate(day.visits):
        if visit.link is not None and len(day.legs_of[number]) > 1:
            table[number, [LINK, MIN_GAP, MAX_GAP]] = _LINKS[visit.link.kind], visit.link.min_gap, visit.link.max_gap
        table[number, MANDATORY] = visit.mandatory
        table[number, [FIRST_LEG, LEGS]] = day.legs_of[number][0], len(day.legs_of[number])
    return table


def _padded(rows: list[list[int]]) -> Ints:
    table = np.full((len(rows), max(map(len, rows), default=0) or 1), NONE, np.int64)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table


def _absence(day: Day) -> Ints:
    """The prices of absence; where strict tiers pass what 64 bits hold, the highest are cut."""
    most = (1 << 61) // max(1, len(day.price))
    return np.array([min(price, most) for price in day.price], np.int64)


def _prices(day: Day, windows: Ints, shifts: Ints) -> Ints:
    """[L, C] points of each leg with each carer, or FORBIDDEN."""
    table = np.zeros((len(day.legs), len(day.carers)), np.int64)
    if table.size:
        wages = [
            day.params.worker_minute if who.kind is CarerKind.WORKER else day.params.volunteer_minute
            for who in day.carers
        ]
        table += np.outer(np.array(day.minutes, np.int64), np.array(wages, np.int64))
        for leg, row in enumerate(table):
            _add_wishes(day, leg, row)
        fits = _who_fits(day)
        table[~fits] = FORBIDDEN
        _forbid_empty_starts(table, day, windows, shifts)
    return table


def _add_wishes(day: Day, leg: int, row: Ints) -> None:
    """What it costs that the elder wished for, knows better, or was told of somebody else."""
    visit, params = day.visits[day.visit_of[leg]], day.params
    if visit.preferred:
        row += params.not_preferred
        row[_numbers(day, visit.preferred)] -= params.not_preferred
    if visit.usual:
        row += params.continuity * max(visit.usual.values())
        for who in visit.usual.keys() & day.carer_number.keys():
            row[day.carer_number[who]] -= params.continuity * visit.usual[who]
    told = day.told.get(leg)
    if told is not None:
        row += params.changed_carer
        row[_numbers(day, {told.carer})] -= params.changed_carer


def _numbers(day: Day, ids: Iterable[str]) -> list[int]:
    return [day.carer_number[each] for each in ids if each in day.carer_number]


def _who_fits(day: Day) -> Bools:
    """[L, C] whom no rule of person keeps away; legs that ask the same are looked at once."""
    reach = np.array([-1 if who.radius_metres is None else who.radius_metres for who in day.carers], np.int64)
    homes = np.array([who.start_place for who in day.carers], np.int64)
    metres = None if day.problem.metres is None else np.asarray(day.problem.metres, np.int64)
    declined: dict[str, list[str]] = {}
    for visit_id, carer_id in day.problem.forbidden:
        declined.setdefault(visit_id, []).append(carer_id)
    same_person: dict[str | None, list[int]] = {}
    for number, who in enumerate(day.carers):
        if who.person is not None:
            same_person.setdefault(who.person, []).append(number)
    able: dict[tuple[frozenset[str], str | None, bool], Bools] = {}
    table = np.zeros((len(day.legs), len(day.carers)), np.bool_)
    for leg, visit_number in enumerate(day.visit_of):
        visit, row = day.visits[visit_number], table[leg]
        if leg in day.pinned:
            row[day.pinned[leg]] = True
            continue
        asks = (day.legs[leg].skills, visit.gender, visit.workers_only)
        if asks not in able:
            able[asks] = np.array([_is_able(who, *asks) for who in day.carers], np.bool_)
        row[:] = able[asks]
        if metres is not None:
            row &= (reach < 0) | (metres[homes, visit.place] <= reach)
        row[_numbers(day, visit.barred)] = False
        row[_numbers(day, declined.get(visit.id, ()))] = False
        row[same_person.get(visit.person, [])] = False
        # The parts of a visit go to different carers: not to one who holds a fact of it.
        row[[day.facts[other].carer for other in day.legs_of[visit_number] if other in day.facts]] = False
    return table


def _is_able(who: Carer, skills: frozenset[str], gender: str | None, workers_only: bool) -> bool:
    if workers_only and who.kind is CarerKind.VOLUNTEER:
        return False
    return skills <= who.skills and (gender is None or who.gender == gender)


def _forbid_empty_starts(table: Ints, day: Day, windows: Ints, shifts: Ints) -> None:
    """No carer whose shifts never meet a window of the leg."""
    minutes = np.array(day.minutes, np.int64)
    meets = np.zeros(table.shape, np.bool_)
    for k in range(windows.shape[1]):
        first, last = windows[:, k, FIRST, None], windows[:, k, LAST, None]
        for s in range(shifts.shape[1]):
            opens, closes = shifts[None, :, s, 0], shifts[None, :, s, 1]
            low, high = np.maximum(first, opens), np.minimum(last, closes - minutes[:, None])
            meets |= (low <= high) & (first <= last) & (opens <= closes)
    for leg, fact in day.facts.items():
        meets[leg, fact.carer] = True  # what is a fact is not asked again
    table[~meets] = FORBIDDEN
