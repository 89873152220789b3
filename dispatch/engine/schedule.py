"""Exact times of one carer's route: earliest starts, lunch, overtime, waiting, soft costs.

Starts of linked legs come in as fixed minutes, so each route stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from dispatch.engine.day import Day, Intervals
from dispatch.engine.problem import Lunch

Break = tuple[int, int]

ANY_TIME = -(10**9)
NO_FLOORS: Mapping[int, int] = {}


@dataclass(frozen=True, slots=True)
class Leeway:
    """What one trial allows otherwise than the day does."""

    starts: Mapping[int, Intervals] = field(default_factory=dict)  # leg -> its allowed starts instead
    early: int = 0  # minutes before the first shift that the carer may leave
    overtime: int = 0  # minutes past his own limit that he may come back


NO_LEEWAY = Leeway()


@dataclass(frozen=True, slots=True)
class Timing:
    """A feasible timetable of one route.

    cost = travel, lateness, overtime, missed lunch, waiting, changed starts and fairness.
    """

    starts: tuple[int, ...]
    depart: int
    back: int
    lunch: Break | None
    travel: int
    overtime: int
    waiting: int
    latest: int  # the largest lateness
    idle: int  # of shifts and overtime: without travel, service and break
    cost: int


@dataclass(slots=True)
class _Track:
    """Progress along the route: either still without lunch or with it."""

    ready: int  # end of the stop before
    starts: tuple[int, ...]
    late: int
    latest: int
    lunch: Break | None


class Scheduler:
    """Times routes of one day."""

    def __init__(self, day: Day) -> None:
        self._day = day
        # Facts that leave no room for a required break excuse the carer from it.
        self.lunch_due = [carer.lunch is not None and carer.lunch.required for carer in day.carers]
        for carer, due in enumerate(self.lunch_due):
            if due and day.fact_route[carer]:
                self.lunch_due[carer] = self.earliest(carer, day.fact_route[carer], {}) is not None

    def time(
        self,
        carer: int,
        legs: Sequence[int],
        fixed: Mapping[int, int],
        floors: Mapping[int, int] = NO_FLOORS,
        leeway: Leeway = NO_LEEWAY,
    ) -> Timing | None:
        """The earliest timetable; where waiting has a price, begun as late as costs nothing else.

        Then the first stop moves later as long as the last one keeps its minute and no other price rises; the stops
        between follow as early as they can. For a sequence whose last stop keeps its minute no timetable waits less
        without being late, later than told or in overtime for it. None as `earliest`.
        """
        first = self.earliest(carer, legs, fixed, floors, leeway)
        price = self._day.params.waiting
        if first is None or not price or not first.waiting or legs[0] in fixed or legs[0] in self._day.facts:
            return first
        best, low, high = first, first.starts[0], first.starts[0] + first.waiting
        while low < high:
            middle = (low + high + 1) // 2
            trial = self.earliest(carer, legs, fixed, {**floors, legs[0]: middle}, leeway)
            if (
                trial is not None
                and trial.starts[-1] == first.starts[-1]
                and trial.waiting <= best.waiting
                and trial.cost - price * trial.waiting <= first.cost - price * first.waiting
            ):
                best, low = trial, max(middle, trial.starts[0])
            else:
                high = middle - 1
        return best

    def earliest(
        self,
        carer: int,
        legs: Sequence[int],
        fixed: Mapping[int, int],
        floors: Mapping[int, int] = NO_FLOORS,
        leeway: Leeway = NO_LEEWAY,
    ) -> Timing | None:
        """The timetable with the earliest starts, None when a rule of time cannot be kept.

        Facts (pins with a minute) stay as they are: between two of them, before a
        first and after a last one nothing is asked. `floors` are starts that may be
        passed but not undercut. Of the ways to have lunch the one is taken that costs least.
        """
        day, who = self._day, self._day.carers[carer]
        if not legs:
            return self._idle(carer)
        matrix, facts, place_of = day.travel[carer], day.facts, day.place
        place, lunch = who.start_place, who.lunch
        first_hop = matrix[place][place_of[legs[0]]]
        leaves = who.shifts[0].start - leeway.early
        if legs[0] in facts:
            leaves = min(leaves, facts[legs[0]].start - first_hop)
        else:
            leaves = max(leaves, day.problem.earliest)
        before: _Track | None = _Track(leaves, (), 0, 0, None)
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
            allowed = leeway.starts.get(leg) or day.starts(leg, carer)
            next_after = self._serve(leg, after, max(after.ready + hop, floor), fixed, allowed, free) if after else None
            if lunch and before:
                meal, moment = _eat(lunch, before.ready, hop, at_home=not position)
                if meal:
                    track = _Track(before.ready, before.starts, before.late, before.latest, meal)
                    lunched = self._serve(leg, track, max(moment, floor), fixed, allowed, False)
                    if lunched and (next_after is None or lunched.ready < next_after.ready):
                        next_after = lunched
            if before:
                before = self._serve(leg, before, max(before.ready + hop, floor), fixed, allowed, free)
            after = next_after
            if before is None and after is None:
                return None
            place, was_fact = place_of[leg], is_fact
        home = matrix[place][who.end_place]
        ends = self._ends(carer, before, after, home)
        limit = None if was_fact else who.max_overtime + leeway.overtime
        return self._best_end(carer, legs, ends, first_hop, travel + home, limit)

    def _idle(self, carer: int) -> Timing:
        who = self._day.carers[carer]
        opening = who.shifts[0].start
        meal = None
        if who.lunch:
            meal = (who.lunch.window.start, who.lunch.window.start + who.lunch.minutes)
        idle = self._day.duty[carer] - (who.lunch.minutes if who.lunch else 0)
        return Timing((), opening, opening, meal, 0, 0, 0, 0, idle, 0)

    def _serve(
        self,
        leg: int,
        track: _Track,
        arrival: int,
        fixed: Mapping[int, int],
        allowed: Intervals,
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
            for low, high in allowed:
                if wanted is None and arrival <= high:
                    start = max(arrival, low)
                    break
                if wanted is not None and low <= wanted <= high and arrival <= wanted:
                    start = wanted
                    break
            else:
                return None
        late = day.lateness(leg, start)
        ready = start + day.minutes[leg]
        return _Track(ready, (*track.starts, start), track.late + late, max(track.latest, late), track.lunch)

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
            if not self.lunch_due[carer]:
                ends.append((before, back, None))
        return ends

    def _best_end(
        self,
        carer: int,
        legs: Sequence[int],
        ends: list[tuple[_Track, int, Break | None]],
        first_hop: int,
        travel: int,
        limit: int | None,
    ) -> Timing | None:
        who, params = self._day.carers[carer], self._day.params
        best: Timing | None = None
        unfair = params.fairness * self.unfairness(carer, legs)
        served = sum(self._day.minutes[leg] for leg in legs)
        for track, back, meal in ends:
            overtime = max(0, back - who.shifts[-1].end)
            if limit is not None and overtime > limit:
                continue
            waiting = self._waiting(carer, legs, track.starts, meal)
            cost = params.travel * travel + params.lateness * track.late + params.overtime * overtime
            cost += params.waiting * waiting + unfair + params.changed_start * self._changed(legs, track.starts)
            if who.lunch and meal is None:
                cost += params.missed_lunch
            if best is None or cost < best.cost:
                depart = _departure(track.starts[0], first_hop, meal)
                idle = self._day.duty[carer] + overtime - travel - served - (meal[1] - meal[0] if meal else 0)
                best = Timing(track.starts, depart, back, meal, travel, overtime, waiting, track.latest, idle, cost)
        return best

    def _waiting(self, carer: int, legs: Sequence[int], starts: Sequence[int], meal: Break | None) -> int:
        """Minutes between two stops without travel or break; the buffer is waiting too."""
        day, matrix, idle = self._day, self._day.travel[carer], 0
        for (one, begun), (other, start) in pairwise(zip(legs, starts, strict=True)):
            end = begun + day.minutes[one]
            idle += max(0, start - end - matrix[day.place[one]][day.place[other]])
            if meal and end <= meal[0] < start:
                idle -= meal[1] - meal[0]
        return idle

    def _changed(self, legs: Sequence[int], starts: Sequence[int]) -> int:
        """Minutes by which the legs start otherwise than people were told."""
        told = self._day.told
        if not told:
            return 0
        return sum(abs(start - told[leg].start) for leg, start in zip(legs, starts, strict=True) if leg in told)

    def unfairness(self, carer: int, legs: Sequence[int]) -> int:
        """Each popular leg counts the popular legs its carer had before it."""
        day = self._day
        count = sum(day.visits[day.visit_of[leg]].popular for leg in legs) if day.has_popular else 0
        return count * day.carers[carer].popular_before + count * (count - 1) // 2


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
