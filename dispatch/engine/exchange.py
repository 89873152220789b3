"""Routes that differ a little from a plan's own, as columns: CP-SAT exchanges work among any number of carers at once.

A search that moves work between two or three routes must pass through a dearer plan when only a longer ring of moves
pays, or when a full route has to give before it can take. Here each route is also offered without one leg or two
neighbouring ones, and with one other near leg put in; one route chosen for each carer closes rings and chains of any
length (cyclic transfers: Thompson and Psaraftis, Operations Research 41, 1993).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from time import monotonic

from dispatch.engine.arrays import (
    FACT,
    FORBIDDEN,
    MINUTES,
    MOST_MINUTES,
    MOST_VISITS,
    NO_MINUTE,
    NONE,
    VISIT,
    Arrays,
)
from dispatch.engine.insertion_kernel import cheapest_on_route
from dispatch.engine.pool import Column, column_of
from dispatch.engine.ruin_setup import copy, keeps_start
from dispatch.engine.ruin_state import Routes, Search, added, settle_route

MOST_EXCHANGES = 3_000
NEAR = 20  # visits around each of a route's own that may come to it


def exchanges(day: Arrays, search: Search, plan: Routes, until: float | None = None) -> list[Column]:
    """Routes with up to two legs fewer and one more than the plan's, the most promising of those made until the moment.

    A leg with a fixed start keeps it, and an absent visit that needs one is not offered.
    """
    return _Exchanges(day, search, plan, inf if until is None else until).columns()


class _Exchanges:
    def __init__(self, day: Arrays, search: Search, plan: Routes, until: float) -> None:
        self._day, self._search, self._plan, self._trial, self._until = day, search, plan, copy(plan), until
        lengths = enumerate(plan.length.tolist())
        self._routes = [plan.route[carer, :length].tolist() for carer, length in lengths]
        self._shorter = [list(self._shortened(carer)) for carer in range(len(self._routes))]
        self._worth = dict(self._worths())

    def columns(self) -> list[Column]:
        ranked = [
            (column.points - self._worth_of(column.legs) - self._own(column.carer), column.carer, column.legs, column)
            for carer in range(len(self._routes))
            for column in self._offered(carer)
        ]
        return [row[-1] for row in sorted(ranked, key=lambda row: row[:-1])[:MOST_EXCHANGES]]

    def _own(self, carer: int) -> int:
        return int(self._plan.points[carer]) - self._worth_of(self._routes[carer])

    def _worth_of(self, legs: list[int] | tuple[int, ...]) -> int:
        return sum(self._worth.get(leg, 0) for leg in legs)

    def _worths(self) -> Iterator[tuple[int, int]]:
        """What the plan would save without a leg, and what an absent one costs: guesses of the true price of each."""
        day, plan = self._day, self._plan
        for visit in plan.absent[: plan.absences[0]].tolist():
            for leg in day.jobs[visit].tolist():
                if leg != NONE and not keeps_start(day, leg):
                    yield leg, int(day.absence[visit])
        for carer, route in enumerate(self._routes):
            for rest, points in self._shorter[carer]:
                if len(rest) == len(route) - 1:
                    (leg,) = set(route) - set(rest)
                    yield leg, int(plan.points[carer]) - points

    def _shortened(self, carer: int) -> Iterator[tuple[list[int], int]]:
        """The route without one leg or two neighbouring ones, facts kept, with its points."""
        route = self._routes[carer]
        free = [self._day.leg[leg, FACT] == NO_MINUTE for leg in route]
        for size in (1, 2):
            for first in range(len(route) - size + 1):
                rest = route[:first] + route[first + size :]
                if monotonic() > self._until:
                    return
                if all(free[first : first + size]) and self._settles(carer, rest):
                    yield rest, int(self._trial.points[carer])

    def _settles(self, carer: int, legs: list[int]) -> bool:
        """Give the trial plan this route, False when it cannot be kept."""
        self._trial.route[carer, : len(legs)] = legs
        self._trial.length[carer] = len(legs)
        return bool(settle_route(self._day, self._trial, self._search, carer))

    def _offered(self, carer: int) -> Iterator[Column]:
        near = self._near(carer)
        for rest, points in [(self._routes[carer], int(self._plan.points[carer])), *self._shorter[carer]]:
            if monotonic() > self._until:
                return
            yield column_of(self._plan, carer, rest, points)
            self._settles(carer, rest)
            visits = set(self._day.leg[rest, VISIT].tolist())
            minutes = int(self._day.leg[rest, MINUTES].sum())
            for leg in near:
                if self._day.leg[leg, VISIT] not in visits and self._has_room(carer, rest, minutes, leg):
                    more, position = self._cheapest(carer, leg)
                    if more < FORBIDDEN:
                        yield column_of(self._plan, carer, [*rest[:position], leg, *rest[position:]], points + more)

    def _near(self, carer: int) -> list[int]:
        """Legs near the route, and absent ones, that the carer could take over; any for who has nothing to do."""
        day, route = self._day, self._routes[carer]
        visits = {visit for leg in route for visit in self._search.near[day.leg[leg, VISIT], :NEAR].tolist()} - {NONE}
        legs = {leg for visit in visits for leg in day.jobs[visit].tolist()}
        legs |= {leg for leg in self._worth if not route or self._plan.where[leg] == NONE}
        return sorted(leg for leg in legs - set(route) if leg in self._worth and day.price[leg, carer] < FORBIDDEN)

    def _has_room(self, carer: int, rest: list[int], minutes: int, leg: int) -> bool:
        """The carer's own maxima; the limit of an organisation is CP-SAT's to keep, as work may change hands inside it."""
        who = self._day.carer[carer]
        return bool(
            len(rest) < min(int(who[MOST_VISITS]), self._plan.route.shape[1])
            and minutes + self._day.leg[leg, MINUTES] <= who[MOST_MINUTES]
        )

    def _cheapest(self, carer: int, leg: int) -> tuple[int, int]:
        """Points and position of the leg's cheapest place on the trial's route."""
        day, search, trial = self._day, self._search, self._trial
        start = int(trial.fixed[leg])
        if start == NO_MINUTE:
            cheapest_on_route(day, trial, search, leg, carer)
            return int(search.cache_price[leg, carer]), int(search.cache_place[leg, carer])
        places = []
        for position in range(int(trial.length[carer]) + 1):
            places.append((int(added(day, trial, search, leg, carer, position, start)), position))
            trial.fixed[leg] = start  # `added` leaves none
        return min(places)
