"""A plan in the making: routes as leg numbers, the fixed starts of linked legs, insertion.

A visit goes in with all its legs or not at all. The starts of linked legs, and of visits
to one person that could overlap (siblings), are chosen at insertion and stay fixed until
the visit is taken out; everything else floats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from dispatch.engine.day import Day, Intervals
from dispatch.engine.problem import LinkKind
from dispatch.engine.rules import Rule
from dispatch.engine.schedule import NO_LEEWAY, Leeway, Scheduler, Timing

MOST_START_CHOICES = 12  # common starts tried for a linked visit
MOST_PARTNERS = 4  # carers per leg considered when legs need different ones


@dataclass(frozen=True, slots=True)
class Place:
    """A feasible place for one leg: where, when, and what it adds to the cost but for its absence."""

    cost: int
    carer: int
    position: int
    start: int
    timing: Timing


class Draft:
    """Routes of one day that keep every hard rule; mandatory visits may still be absent."""

    def __init__(self, day: Day, scheduler: Scheduler) -> None:
        self.day = day
        self.scheduler = scheduler
        self.routes: list[list[int]] = [[] for _ in day.carers]
        self.timings: list[Timing] = []
        self.fixed: dict[int, int] = {}
        self.carer_of: dict[int, int] = {}
        for carer in range(len(day.carers)):
            self.routes[carer] = list(day.fact_route[carer])
            self.carer_of.update((leg, carer) for leg in day.fact_route[carer])
            timing = scheduler.time(carer, self.routes[carer], self.fixed)
            assert timing is not None, "facts alone always have a timetable"
            self.timings.append(timing)

    @classmethod
    def of_routes(cls, day: Day, scheduler: Scheduler, routes: list[list[int]], fixed: dict[int, int]) -> Draft:
        """A draft with these routes and fixed starts; visits on a route that cannot be timed are left out."""
        draft = cls(day, scheduler)
        timings = [
            draft.timings[carer] if route == draft.routes[carer] else scheduler.time(carer, route, fixed)
            for carer, route in enumerate(routes)
        ]
        broken = {
            day.visit_of[leg] for route, timing in zip(routes, timings, strict=True) if not timing for leg in route
        }
        for carer, (route, timing) in enumerate(zip(routes, timings, strict=True)):
            kept = [leg for leg in route if day.visit_of[leg] not in broken or leg in day.facts]
            if kept != route:
                timing = scheduler.time(carer, kept, fixed)
            if timing is not None:
                draft.routes[carer], draft.timings[carer] = kept, timing
                draft.carer_of.update((leg, carer) for leg in kept)
        draft.fixed = {leg: start for leg, start in fixed.items() if leg in draft.carer_of}
        return draft

    def copy(self) -> Draft:
        twin = object.__new__(Draft)
        twin.day, twin.scheduler = self.day, self.scheduler
        twin.routes = [list(route) for route in self.routes]
        twin.timings = list(self.timings)
        twin.fixed = dict(self.fixed)
        twin.carer_of = dict(self.carer_of)
        return twin

    def cost(self) -> int:
        """Points of the whole plan, absent visits included."""
        legs = sum(self.day.leg_price(leg, carer) for leg, carer in self.carer_of.items())
        routes = sum(timing.cost for timing in self.timings)
        return legs + routes + self._peaks(self.timings) + sum(self.day.price[visit] for visit in self.absent())

    def is_served(self, visit: int) -> bool:
        return all(leg in self.carer_of for leg in self.day.legs_of[visit])

    def absent(self) -> list[int]:
        """Visits without all their legs, in the problem's order."""
        return [visit for visit in range(len(self.day.visits)) if not self.is_served(visit)]

    def start_of(self, leg: int) -> int:
        carer = self.carer_of[leg]
        return self.timings[carer].starts[self.routes[carer].index(leg)]

    def insert(self, visit: int) -> bool:
        """Put the visit at its cheapest place; False and unchanged when none fits, or costs less than its absence."""
        found = self.best_places(visit)
        if found is None or sum(place.cost for place in found.values()) >= self.day.price[visit]:
            return False
        holds = self.holds_starts(visit)
        for leg, place in found.items():
            if holds:
                self.fixed[leg] = place.start
            self.routes[place.carer].insert(place.position, leg)
            self.timings[place.carer] = place.timing
            self.carer_of[leg] = place.carer
        return True

    def remove(self, visit: int) -> bool:
        """Take the visit out of all its routes, facts excepted; False as `remove_legs`."""
        return self.remove_legs({leg for leg in self.day.legs_of[visit] if leg in self.carer_of})

    def remove_legs(self, legs: set[int]) -> bool:
        """Take these planned legs out, facts excepted.

        False and unchanged when a detour was quicker than the straight way, so that
        the rest would come too late.
        """
        gone = legs - self.day.facts.keys()
        timings = {}
        for carer in {self.carer_of[leg] for leg in gone}:
            rest = [leg for leg in self.routes[carer] if leg not in gone]
            timing = self.scheduler.time(carer, rest, self.fixed)
            if timing is None:
                return False
            timings[carer] = (rest, timing)
        for carer, (rest, timing) in timings.items():
            self.routes[carer], self.timings[carer] = rest, timing
        for leg in gone:
            del self.carer_of[leg]
            self.fixed.pop(leg, None)
        return True

    def best_places(self, visit: int) -> dict[int, Place] | None:
        """The cheapest feasible places for the legs still missing, None when there are none."""
        missing = [leg for leg in self.day.legs_of[visit] if leg not in self.carer_of]
        if len(self.day.legs_of[visit]) == 1:
            return min(
                ({missing[0]: place} for place in self.places(missing[0])),
                key=lambda found: _rank(found[missing[0]]),
                default=None,
            )
        best: tuple[int, dict[int, Place]] | None = None
        for starts in self._start_choices(visit):
            found = self._distinct_places(visit, missing, starts)
            if found is not None:
                cost = sum(place.cost for place in found.values())
                if best is None or cost < best[0]:
                    best = (cost, found)
        return best[1] if best else None

    def places(self, leg: int, start: int | None = None, carers: list[int] | None = None) -> Iterator[Place]:
        """Each eligible carer's cheapest feasible place for the leg, at `start` when given."""
        for carer in self.day.eligible(leg) if carers is None else carers:
            place = self.place_with(leg, carer, start)
            if place is not None:
                yield place

    def place_with(self, leg: int, carer: int, start: int | None = None) -> Place | None:
        """The cheapest feasible place on this carer's route; the rules of person are not asked."""
        if leg not in self.day.facts and self.full_by(carer, leg):
            return None
        allowed = self.starts(leg, carer)
        if start is not None:
            allowed = ((start, start),) if any(low <= start <= high for low, high in allowed) else ()
        return self.place_within(leg, carer, allowed) if allowed else None

    def place_within(self, leg: int, carer: int, allowed: Intervals, leeway: Leeway = NO_LEEWAY) -> Place | None:
        """The cheapest place on this carer's route that starts within the intervals; only rules of time are asked."""
        day, route, old = self.day, self.routes[carer], self.timings[carer]
        best: Place | None = None
        # Starts that were moved later, to save waiting or for the break, could move back.
        are_earliest = not day.params.waiting and day.carers[carer].lunch is None
        for position in range(len(route) + 1):
            if position and are_earliest and _end(day, route, old, position - 1) > allowed[-1][1]:
                break
            if position < len(route) and self._comes_too_late(leg, carer, allowed[0][0], route[position]):
                continue
            place = self.place_at(leg, carer, position, allowed, leeway)
            if place is not None and (best is None or _rank(place) < _rank(best)):
                best = place
        return best

    def place_at(
        self, leg: int, carer: int, position: int, allowed: Intervals, leeway: Leeway = NO_LEEWAY
    ) -> Place | None:
        """The place at this position of his route, None when the times do not allow it."""
        route = self.routes[carer]
        legs = [*route[:position], leg, *route[position:]]
        own = Leeway({leg: allowed}, leeway.early, leeway.overtime)
        timing = self.scheduler.time(carer, legs, self.fixed, leeway=own)
        if timing is None:
            return None
        cost = timing.cost - self.timings[carer].cost + self.day.leg_price(leg, carer)
        return Place(cost + self._higher_peaks(carer, timing), carer, position, timing.starts[position], timing)

    def _comes_too_late(self, leg: int, carer: int, start: int, following: int) -> bool:
        """True when even from its first start the leg leaves no time for the one after it."""
        day = self.day
        ready = start + day.minutes[leg] + day.travel[carer][day.place[leg]][day.place[following]] + day.problem.buffer
        held = self.fixed.get(following)
        return leg not in day.facts and ready > (day.starts(following, carer)[-1][1] if held is None else held)

    def starts(self, leg: int, carer: int) -> Intervals:
        """Minutes at which the carer may begin the leg, those cut out at which its person is served otherwise."""
        allowed = self.day.starts(leg, carer)
        return allowed if leg in self.day.facts else self.apart(leg, allowed)

    def apart(self, leg: int, allowed: Intervals) -> Intervals:
        """The intervals without the starts at which the leg would overlap another visit to its person."""
        minutes = self.day.minutes[leg]
        for visit in self.day.same_person[self.day.visit_of[leg]]:
            for other in self.day.legs_of[visit]:
                if other in self.carer_of:
                    start = self.start_of(other)
                    allowed = _without(allowed, start - minutes + 1, start + self.day.minutes[other] - 1)
        return allowed

    def full_by(self, carer: int, leg: int) -> Rule | None:
        """The first maximum that one more leg would pass, None when there is room."""
        return next((rule for rule, _ in self.excess(carer, leg)), None)

    def excess(self, carer: int, leg: int) -> Iterator[tuple[Rule, int]]:
        """The maxima of his day and his organisation's that one more leg would pass, and by how much."""
        who, route = self.day.carers[carer], self.routes[carer]
        if who.max_visits is not None and len(route) + 1 > who.max_visits:
            yield Rule.MAX_VISITS, len(route) + 1 - who.max_visits
        if who.max_minutes is not None:
            over = self._minutes(route) + self.day.minutes[leg] - who.max_minutes
            if over > 0:
                yield Rule.MAX_MINUTES, over
        over = self.organisation_excess([(carer, leg)])
        if over > 0:
            yield Rule.ORGANISATION_LIMIT, over

    def _minutes(self, legs: Iterable[int]) -> int:
        return sum(self.day.minutes[leg] for leg in legs)

    def organisation_excess(self, added: Sequence[tuple[int, int]]) -> int:
        """The most minutes by which these legs pass the limit of an organisation, not above 0 when there is room."""
        return self.day.organisation_excess(self.routes.__getitem__, added)

    def _peaks(self, timings: Sequence[Timing]) -> int:
        """Points of what only the whole plan has: its largest lateness and its longest idle time."""
        params, points = self.day.params, 0
        if params.highest_lateness:
            points += params.highest_lateness * max((timing.latest for timing in timings), default=0)
        if params.highest_idle:
            points += params.highest_idle * max([0, *(timing.idle for timing in timings)])
        return points

    def _higher_peaks(self, carer: int, timing: Timing) -> int:
        """Points by which the peaks rise when the carer's route is timed like this."""
        if not self.day.params.highest_lateness and not self.day.params.highest_idle:
            return 0
        changed = [timing if number == carer else old for number, old in enumerate(self.timings)]
        return self._peaks(changed) - self._peaks(self.timings)

    def moments_beside(self, leg: int, others: list[int]) -> list[int]:
        """Starts of the leg that keep the link with legs that stay where they are."""
        link = self.day.visits[self.day.visit_of[leg]].link
        if link is None:
            return []
        if link.kind is LinkKind.SIMULTANEOUS:
            return sorted({self.start_of(other) for other in others})
        low, high = -(10**9), 10**9
        for other in others:
            start = self.start_of(other)
            if other == leg - 1:
                low, high = max(low, start + link.min_gap), min(high, start + link.max_gap)
            if other == leg + 1:
                low, high = max(low, start - link.max_gap), min(high, start - link.min_gap)
        choices = {moment for moment in self._moments(leg) if low <= moment <= high}
        return _spread(sorted(choices | {low, high}))

    def is_time_linked(self, visit: int) -> bool:
        """True when the starts of the legs depend on each other."""
        link = self.day.visits[visit].link
        return link is not None and len(self.day.legs_of[visit]) > 1 and link.kind is not LinkKind.INDEPENDENT

    def holds_starts(self, visit: int) -> bool:
        """True when the starts of the visit stay as chosen: linked parts, or other visits to the same person."""
        return self.is_time_linked(visit) or bool(self.day.siblings[visit])

    def _start_choices(self, visit: int) -> list[tuple[int | None, ...]]:
        """Tuples of starts that keep the link, spread over the day; None = any start."""
        legs, link = self.day.legs_of[visit], self.day.visits[visit].link
        if link is None or link.kind is LinkKind.INDEPENDENT:
            return [(None,) * len(legs)]
        moments = [self._moments(leg) for leg in legs]
        if not all(moments):
            return []
        if link.kind is LinkKind.SIMULTANEOUS:
            known = [moments[k][0] for k, leg in enumerate(legs) if leg in self.carer_of]
            common = sorted(set(known)) or _spread(sorted(set().union(*moments)))
            return [(moment,) * len(legs) for moment in common]
        chains: list[tuple[int, ...]] = [(moment,) for moment in _spread(moments[0])]
        for k in range(1, len(legs)):
            longer = []
            for chain in chains:
                low, high = chain[-1] + link.min_gap, chain[-1] + link.max_gap
                choices = {moment for moment in moments[k] if low <= moment <= high}
                if legs[k] not in self.carer_of:
                    choices |= {low, high}
                longer += [(*chain, moment) for moment in _spread(sorted(choices))]
            chains = longer
        return list(chains)

    def _moments(self, leg: int) -> list[int]:
        """Starts worth trying for a leg: each carer's earliest at each position, window edges."""
        if leg in self.carer_of:
            return [self.start_of(leg)]
        found: set[int] = set()
        for carer in self.day.eligible(leg):
            intervals = self.starts(leg, carer)
            found.update(edge for interval in intervals for edge in interval)
            alone = self.place_with(leg, carer)
            if alone is not None:
                found.add(alone.start)
            matrix, place = self.day.travel[carer], self.day.place[leg]
            for before, start in zip(self.routes[carer], self.timings[carer].starts, strict=True):
                moment = start + self.day.minutes[before] + self.day.problem.buffer
                moment += matrix[self.day.place[before]][place]
                if any(low <= moment <= high for low, high in intervals):
                    found.add(moment)
        return sorted(found)

    def _distinct_places(
        self, visit: int, missing: list[int], starts: tuple[int | None, ...]
    ) -> dict[int, Place] | None:
        """The cheapest places at these starts with a different carer for each leg."""
        taken = {self.carer_of[leg] for leg in self.day.legs_of[visit] if leg in self.carer_of}
        choices: list[list[Place]] = []
        for leg, start in zip(self.day.legs_of[visit], starts, strict=True):
            if leg in missing:
                found = sorted((p for p in self.places(leg, start) if p.carer not in taken), key=_rank)
                if not found:
                    return None
                choices.append(self._partners(found, max(MOST_PARTNERS, len(missing))))
        best: tuple[Place, ...] | None = None
        for together in product(*choices):
            if len({place.carer for place in together}) < len(together):
                continue
            if self.organisation_excess([(p.carer, leg) for p, leg in zip(together, missing, strict=True)]) > 0:
                continue
            if best is None or sum(p.cost for p in together) < sum(p.cost for p in best):
                best = together
        return dict(zip(missing, best, strict=True)) if best else None

    def _partners(self, places: list[Place], most: int) -> list[Place]:
        """The cheapest places, and the cheapest of each organisation whose limit may be another."""
        kept = places[:most]
        known = {self.day.carers[place.carer].organisation for place in kept}
        if self.day.problem.organisation_minutes:
            for place in places[most:]:
                if self.day.carers[place.carer].organisation not in known:
                    known.add(self.day.carers[place.carer].organisation)
                    kept.append(place)
        return kept


def _end(day: Day, route: list[int], timing: Timing, position: int) -> int:
    return timing.starts[position] + day.minutes[route[position]]


def _rank(place: Place) -> tuple[int, int, int, int]:
    return (place.cost, place.start, place.carer, place.position)


def _spread(moments: list[int]) -> list[int]:
    """At most MOST_START_CHOICES of the sorted moments, the first and the last among them."""
    if len(moments) <= MOST_START_CHOICES:
        return moments
    step = (len(moments) - 1) / (MOST_START_CHOICES - 1)
    return [moments[round(k * step)] for k in range(MOST_START_CHOICES)]


def _without(intervals: Intervals, first: int, last: int) -> Intervals:
    """The intervals without the minutes first..last."""
    pieces = [piece for low, high in intervals for piece in ((low, min(high, first - 1)), (max(low, last + 1), high))]
    return tuple((low, high) for low, high in pieces if low <= high)
