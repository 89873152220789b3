"""Exact times of one carer's route: earliest starts, lunch, overtime, soft costs.

Starts of linked legs come in as fixed minutes, so each route stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch.engine.day import Day
from dispatch.engine.problem import Lunch

Break = tuple[int, int]

ANY_TIME = -(10**9)
NO_FLOORS: Mapping[int, int] = {}


@dataclass(frozen=True, slots=True)
class Timing:
    """A feasible timetable of one route; cost = travel, lateness, overtime, missed lunch."""

    starts: tuple[int, ...]
    depart: int
    back: int
    lunch: Break | None
    travel: int
    overtime: int
    cost: int


@dataclass(slots=True)
class _Track:
    """Progress along the route: either still without lunch or with it."""

    ready: int  # end of the stop before
    starts: tuple[int, ...]
    late: int
    lunch: Break | None


class Scheduler:
    """Times routes of one day."""

    def __init__(self, day: Day) -> None:
        self._day = day
        # Facts that leave no room for a required break excuse the carer from it.
        self._lunch_due = [carer.lunch is not None and carer.lunch.required for carer in day.carers]
        for carer, due in enumerate(self._lunch_due):
            facts = sorted((fact.start, leg) for leg, fact in day.facts.items() if fact.carer == carer)
            if due and facts:
                self._lunch_due[carer] = self.time(carer, [leg for _, leg in facts], {}) is not None

    def time(
        self, carer: int, legs: Sequence[int], fixed: Mapping[int, int], floors: Mapping[int, int] = NO_FLOORS
    ) -> Timing | None:
        """The timetable with the earliest starts, None when a rule of time cannot be kept.

        Facts (pins with a minute) stay as they are: between two of them, before a
        first and after a last one nothing is asked. `floors` are starts that may be
        passed but not undercut.
        """
        day, who = self._day, self._day.carers[carer]
        if not legs:
            return self._idle(carer)
        matrix, facts, place_of = day.travel[carer], day.facts, day.place
        place, lunch = who.start_place, who.lunch
        first_hop = matrix[place][place_of[legs[0]]]
        leaves = who.shifts[0].start
        if legs[0] in facts:
            leaves = min(leaves, facts[legs[0]].start - first_hop)
        else:
            leaves = max(leaves, day.problem.earliest)
        before: _Track | None = _Track(leaves, (), 0, None)
        after: _Track | None = None
        travel, was_fact = 0, True
        for position, leg in enumerate(legs):
            hop = matrix[place][place_of[leg]]
            travel += hop
            if position:
                hop += day.problem.buffer
            is_fact = leg in facts
            free = is_fact and was_fact
            floor = floors.get(leg, ANY_TIME)
            next_after = self._serve(carer, leg, after, max(after.ready + hop, floor), fixed, free) if after else None
            if lunch and before:
                meal, moment = _eat(lunch, before.ready, hop, at_home=not position)
                if meal:
                    track = _Track(before.ready, before.starts, before.late, meal)
                    lunched = self._serve(carer, leg, track, max(moment, floor), fixed, False)
                    if lunched and (next_after is None or lunched.ready < next_after.ready):
                        next_after = lunched
            before = self._serve(carer, leg, before, max(before.ready + hop, floor), fixed, free) if before else None
            after = next_after
            if before is None and after is None:
                return None
            place, was_fact = place_of[leg], is_fact
        home = matrix[place][who.end_place]
        ends = self._ends(carer, before, after, home)
        return self._best_end(carer, ends, first_hop, travel + home, limited=not was_fact)

    def _idle(self, carer: int) -> Timing:
        who = self._day.carers[carer]
        opening = who.shifts[0].start
        meal = None
        if who.lunch:
            meal = (who.lunch.window.start, who.lunch.window.start + who.lunch.minutes)
        return Timing((), opening, opening, meal, 0, 0, 0)

    def _serve(
        self,
        carer: int,
        leg: int,
        track: _Track,
        arrival: int,
        fixed: Mapping[int, int],
        free: bool,
    ) -> _Track | None:
        """The track after serving the leg, None when it cannot begin any more."""
        day = self._day
        fact = day.facts.get(leg)
        if fact is not None:
            start = fact.start
            if arrival > start and not free:
                return None
        else:
            wanted = fixed.get(leg)
            for low, high in day.starts(leg, carer):
                if wanted is None and arrival <= high:
                    start = max(arrival, low)
                    break
                if wanted is not None and low <= wanted <= high and arrival <= wanted:
                    start = wanted
                    break
            else:
                return None
        late = track.late + day.lateness(leg, start)
        return _Track(start + day.minutes[leg], (*track.starts, start), late, track.lunch)

    def _ends(
        self, carer: int, before: _Track | None, after: _Track | None, home: int
    ) -> list[tuple[_Track, int, Break | None]]:
        """The ways to come home: track, arrival there and the break."""
        lunch = self._day.carers[carer].lunch
        ends: list[tuple[_Track, int, Break | None]] = []
        if after:
            ends.append((after, after.ready + home, after.lunch))
        if before:
            back = before.ready + home
            if lunch:
                begin = max(back, lunch.window.start)
                if begin + lunch.minutes <= lunch.window.end:
                    ends.append((before, back, (begin, begin + lunch.minutes)))
                begin = max(before.ready, lunch.window.start)
                if begin + lunch.minutes <= lunch.window.end:
                    ends.append((before, begin + lunch.minutes + home, (begin, begin + lunch.minutes)))
            if not self._lunch_due[carer]:
                ends.append((before, back, None))
        return ends

    def _best_end(
        self,
        carer: int,
        ends: list[tuple[_Track, int, Break | None]],
        first_hop: int,
        travel: int,
        *,
        limited: bool,
    ) -> Timing | None:
        who, params = self._day.carers[carer], self._day.params
        best: Timing | None = None
        for track, back, meal in ends:
            overtime = max(0, back - who.shifts[-1].end)
            if limited and overtime > who.max_overtime:
                continue
            cost = params.travel * travel + params.lateness * track.late + params.overtime * overtime
            if who.lunch and meal is None:
                cost += params.missed_lunch
            if best is None or cost < best.cost:
                depart = _departure(track.starts[0], first_hop, meal)
                best = Timing(track.starts, depart, back, meal, travel, overtime, cost)
        return best


def _eat(lunch: Lunch, ready: int, hop: int, *, at_home: bool) -> tuple[Break | None, int]:
    """The break in the gap before a stop that lets him begin there first, and that moment."""
    opens, closes, minutes = lunch.window.start, lunch.window.end, lunch.minutes
    best: Break | None = None
    moment = 0
    begin = opens if at_home else max(ready, opens)
    if begin + minutes <= closes:  # before the way
        best, moment = (begin, begin + minutes), max(ready, begin + minutes) + hop
    begin = max(ready + hop, opens)
    if begin + minutes <= closes and (best is None or begin + minutes < moment):  # after it
        best, moment = (begin, begin + minutes), begin + minutes
    return best, moment


def _departure(start: int, hop: int, meal: Break | None) -> int:
    """Just in time for the first stop, or for the break taken at its door."""
    if meal and meal[0] < start < meal[1] + hop:
        return meal[0] - hop
    return start - hop
