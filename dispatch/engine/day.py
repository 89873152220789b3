"""The problem made ready for search: legs and carers by number, who may do what and when.

The solver and the explainer share it; `verify` does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dispatch.engine.params import Params
from dispatch.engine.problem import (
    Carer,
    CarerKind,
    Leg,
    Problem,
    ProblemError,
    Visit,
    Window,
    WindowRule,
)
from dispatch.engine.rules import Rule

MOST_PLACES = 1000  # for the search for short cuts, which takes their cube
MOST_POINTS = 1 << 34  # of one leg by one price

Intervals = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A leg that is fixed to a carer and a minute."""

    carer: int
    start: int


@dataclass(frozen=True, slots=True)
class Told:
    """What people were told of a leg; the carer may have left since."""

    carer: str
    start: int


class Day:
    """Numbers for ids, and the answers that do not depend on any route."""

    def __init__(self, problem: Problem, params: Params) -> None:
        _require_countable(problem, params)
        self.problem = problem
        self.params = params
        self.carers: tuple[Carer, ...] = problem.carers
        self.visits: tuple[Visit, ...] = problem.visits
        self.legs: list[Leg] = [leg for visit in problem.visits for leg in visit.legs]
        self.visit_of: list[int] = [v for v, visit in enumerate(problem.visits) for _ in visit.legs]
        self.legs_of: list[list[int]] = [[] for _ in problem.visits]
        for leg, visit in enumerate(self.visit_of):
            self.legs_of[visit].append(leg)
        self.place: list[int] = [self.visits[v].place for v in self.visit_of]
        self.minutes: list[int] = [leg.minutes for leg in self.legs]
        self.travel = [problem.travel[carer.mode] for carer in problem.carers]
        self.carer_number = {carer.id: number for number, carer in enumerate(problem.carers)}
        self.leg_number = {leg.id: number for number, leg in enumerate(self.legs)}
        self.visit_number = {visit.id: number for number, visit in enumerate(problem.visits)}
        prices = params.price_of_absence(problem)
        self.price: list[int] = [prices[visit.id] for visit in problem.visits]
        self.duty = [sum(shift.end - shift.start for shift in carer.shifts) for carer in problem.carers]
        self.has_popular = any(visit.popular for visit in problem.visits)
        self.pinned: dict[int, int] = {}
        self.facts: dict[int, Fact] = {}
        for pin in problem.pins:
            leg, carer = self.leg_number[pin.leg], self.carer_number[pin.carer]
            self.pinned[leg] = carer
            if pin.start is not None:
                self.facts[leg] = Fact(carer, pin.start)
        # Per carer the legs that are facts, in the order of their starts
        self.fact_route: list[list[int]] = [[] for _ in problem.carers]
        for leg in sorted(self.facts, key=lambda leg: (self.facts[leg].start, leg)):
            self.fact_route[self.facts[leg].carer].append(leg)
        self.told = {
            self.leg_number[told.leg]: Told(told.carer, told.start)
            for told in problem.published
            if told.start is not None
        }
        self._starts: dict[tuple[int, int], Intervals] = {}
        self._eligible: dict[int, list[int]] = {}

    def eligible(self, leg: int) -> list[int]:
        """The carers no rule of person keeps from the leg and whose shifts meet its windows."""
        if leg not in self._eligible:  # of one leg only, mostly: a caller waits
            self._eligible[leg] = [
                carer
                for carer in range(len(self.carers))
                if self.barrier(leg, carer) is None and self.starts(leg, carer)
            ]
        return self._eligible[leg]

    @cached_property
    def has_no_short_cuts(self) -> bool:
        """True when no stop of the least length on the way makes the way between two places shorter.

        Not looked at, and so false, for more than MOST_PLACES places.
        """
        if self.problem.places > MOST_PLACES:
            return False
        least = min(self.minutes, default=0) + self.problem.buffer
        for matrix in self.problem.travel.values():
            ways = np.asarray(matrix, np.int64)
            if any((ways[:, [via]] + least + ways[[via], :] < ways).any() for via in range(len(ways))):
                return False
        return True

    @cached_property
    def same_person(self) -> list[list[int]]:
        """Per visit the other visits to the same person."""
        of_person: dict[str | None, list[int]] = {None: []}
        for number, visit in enumerate(self.visits):
            if visit.person is not None:
                of_person.setdefault(visit.person, []).append(number)
        return [
            [other for other in of_person[visit.person] if other != number] for number, visit in enumerate(self.visits)
        ]

    @cached_property
    def siblings(self) -> list[list[int]]:
        """Per visit those to the same person that could overlap it in time."""
        return [
            [other for other in others if self._may_meet(number, other)]
            for number, others in enumerate(self.same_person)
        ]

    @cached_property
    def colleagues(self) -> list[list[int]]:
        """Per carer all carers whose work counts against the same limit, himself included; none without a limit."""
        limited = self.problem.organisation_minutes
        of_name: dict[str, list[int]] = {name: [] for name in limited}
        for number, carer in enumerate(self.carers):
            if carer.organisation in of_name:
                of_name[carer.organisation].append(number)
        return [of_name[name] if (name := carer.organisation) in of_name else [] for carer in self.carers]

    def organisation_excess(self, held: Callable[[int], Iterable[int]], added: Sequence[tuple[int, int]]) -> int:
        """The most minutes by which (carer, leg) pairs, beside the legs a carer has `held`, pass an organisation's limit.

        Not above 0 when there is room.
        """
        limits, excess = self.problem.organisation_minutes, 0
        for carer, _ in added if limits else ():
            colleagues = self.colleagues[carer]
            if colleagues:
                minutes = sum(self.minutes[leg] for each in colleagues for leg in held(each))
                more = sum(self.minutes[leg] for each, leg in added if each in colleagues)
                excess = max(excess, minutes + more - limits[self.carers[carer].organisation or ""])
        return excess

    def barrier(self, leg: int, carer: int) -> Rule | None:
        """The first rule of person that keeps the carer from the leg, whatever the routes."""
        return next(self.barriers(leg, carer), None)

    def barriers(self, leg: int, carer: int) -> Iterator[Rule]:
        """All rules of person that keep the carer from the leg."""
        if leg in self.pinned:
            if self.pinned[leg] != carer:
                yield Rule.PINNED
            return
        visit, who = self.visits[self.visit_of[leg]], self.carers[carer]
        if not self.legs[leg].skills <= who.skills:
            yield Rule.SKILLS
        if visit.gender is not None and who.gender != visit.gender:
            yield Rule.GENDER
        if who.id in visit.barred:
            yield Rule.BARRED
        if visit.person is not None and visit.person == who.person:
            yield Rule.OWN_PERSON
        if visit.workers_only and who.kind is CarerKind.VOLUNTEER:
            yield Rule.WORKERS_ONLY
        if (visit.id, who.id) in self.problem.forbidden:
            yield Rule.FORBIDDEN
        if self.metres_too_far(leg, carer) > 0:
            yield Rule.RADIUS

    def metres_too_far(self, leg: int, carer: int) -> int:
        """Metres from the carer's radius to the leg, not above 0 inside it."""
        who, metres = self.carers[carer], self.problem.metres
        if metres is None or who.radius_metres is None:
            return 0
        return metres[who.start_place][self.place[leg]] - who.radius_metres

    def starts(self, leg: int, carer: int) -> Intervals:
        """Minutes at which the carer may begin the leg by its windows and his shifts, sorted."""
        key = (leg, carer)
        if key not in self._starts:
            self._starts[key] = self._intersect(leg, carer)
        return self._starts[key]

    def window_starts(self, leg: int) -> Intervals:
        """Minutes at which the leg may begin by its windows, the present moment and what people were told."""
        visit = self.visits[self.visit_of[leg]]
        floor = self._floor(leg)
        slack = visit.max_lateness
        if visit.window_rule is WindowRule.END:
            slack -= self.minutes[leg]
        found: list[tuple[int, int]] = []
        for number, window in enumerate(visit.windows):
            last = window.end + slack
            if number + 1 < len(visit.windows):
                # Between two windows: late for the first while that is nearer, else wait for the next.
                following = visit.windows[number + 1].start
                last = min(last, max(window.end + slack - visit.max_lateness, (window.end + following) // 2))
                last = min(last, following - 1)
            first = max(window.start, floor)
            if first <= last:
                found.append((first, last))
        return tuple(found)

    def last_start(self, leg: int) -> int:
        """The last start that its windows and its lateness limit allow, be it past or not."""
        visit = self.visits[self.visit_of[leg]]
        end = visit.windows[-1].end + visit.max_lateness
        return end - self.minutes[leg] if visit.window_rule is WindowRule.END else end

    def shifts_with_overtime(self, carer: int) -> list[Window]:
        """The shifts, the last one prolonged by the overtime the carer may do."""
        who = self.carers[carer]
        *others, last = who.shifts
        return [*others, Window(last.start, last.end + who.max_overtime)]

    def _floor(self, leg: int) -> int:
        """Not in the past, and not before the minute people were told while that minute is still allowed."""
        told, now = self.told.get(leg), self.problem.earliest
        if told is None or not self.params.changed_start:
            return now
        visit = self.visits[self.visit_of[leg]]
        allowed = visit.windows[0].start <= told.start and self.lateness(leg, told.start) <= visit.max_lateness
        return max(now, told.start) if allowed else now

    def _may_meet(self, one: int, other: int) -> bool:
        spans = [self._span(visit) for visit in (one, other)]
        return max(opens for opens, _ in spans) < min(closes for _, closes in spans)

    def _span(self, visit: int) -> tuple[int, int]:
        """All minutes in which some leg of the visit may be under way."""
        opens, closes = [], []
        for leg in self.legs_of[visit]:
            fact = self.facts.get(leg)
            for first, last in ((fact.start, fact.start),) if fact else self.window_starts(leg):
                opens.append(first)
                closes.append(last + self.minutes[leg])
        return min(opens, default=0), max(closes, default=0)

    def _intersect(self, leg: int, carer: int) -> Intervals:
        if leg in self.facts:
            return ((self.facts[leg].start, self.facts[leg].start),)
        return within_shifts(self.window_starts(leg), self.shifts_with_overtime(carer), self.minutes[leg])

    def lateness(self, leg: int, start: int) -> int:
        """Minutes past the window end; the window is the latest that is open at the start."""
        visit = self.visits[self.visit_of[leg]]
        moment = start + (self.minutes[leg] if visit.window_rule is WindowRule.END else 0)
        opened = visit.windows[0]
        for window in visit.windows:
            if window.start <= start:
                opened = window
        return max(0, moment - opened.end)

    def leg_price(self, leg: int, carer: int) -> int:
        """Points that depend on nothing but who serves the leg: wishes, wages, what people were told."""
        params, told = self.params, self.told.get(leg)
        wage = params.worker_minute if self.carers[carer].kind is CarerKind.WORKER else params.volunteer_minute
        price = self.liking(leg, carer) + wage * self.minutes[leg]
        if told is not None and told.carer != self.carers[carer].id:
            price += params.changed_carer
        return price

    def liking(self, leg: int, carer: int) -> int:
        """Points lost because the elder wishes for, or is used to, somebody else."""
        visit, who = self.visits[self.visit_of[leg]], self.carers[carer].id
        cost = self.params.not_preferred if visit.preferred and who not in visit.preferred else 0
        if visit.usual:
            cost += self.params.continuity * (max(visit.usual.values()) - visit.usual.get(who, 0))
        return cost


def _require_countable(problem: Problem, params: Params) -> None:
    """Refuse prices and weights with which the points of one route would pass what the searches call forbidden."""
    wage = max(params.worker_minute, params.volunteer_minute)
    by_minute = max(params.lateness, params.waiting, params.overtime, params.changed_start, wage, params.travel)
    usual = max((weight for visit in problem.visits for weight in visit.usual.values()), default=0)
    before = max((carer.popular_before for carer in problem.carers), default=0)
    most = max(by_minute * problem.horizon, params.continuity * usual, params.fairness * before)
    if most > MOST_POINTS:
        raise ProblemError(f"a price times its weights or minutes comes to {most} points, more than {MOST_POINTS}")


def within_shifts(starts: Intervals, shifts: Iterable[Window], minutes: int) -> Intervals:
    """The starts at which so many minutes of work lie inside one of the shifts, sorted."""
    cut = [(max(first, shift.start), min(last, shift.end - minutes)) for first, last in starts for shift in shifts]
    return tuple(sorted((low, high) for low, high in cut if low <= high))
