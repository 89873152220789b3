"""Drives the compiled ruin and recreate: prepares its arrays, cools it down, hands back routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from time import monotonic

import numpy as np

from dispatch.engine.arrays import (
    END,
    FORBIDDEN,
    HOME,
    MODE,
    NO_MINUTE,
    NONE,
    PLACE,
    Arrays,
    Ints,
)
from dispatch.engine.exchange import exchanges
from dispatch.engine.insertion_kernel import STEP, collect_options, nearest_start, try_moment
from dispatch.engine.pool import Column, Pool, choose, columns_of
from dispatch.engine.problem import Window
from dispatch.engine.ruin_kernel import recreate, run
from dispatch.engine.ruin_setup import Found, copy, empty, fill, found_of, search_of, with_neighbours
from dispatch.engine.ruin_state import (
    CARER,
    HIGH,
    LOW,
    POSITION,
    Routes,
    Search,
    added,
    points_of,
)
from dispatch.engine.stop import Stop

HOT, COLD = 15.0, 0.2  # points at the start and at the end
BLINK = 0.03  # chance to overlook a carer
BATCH_SECONDS = 0.02
FIRST_BATCH, MOST_IN_BATCH = 64, 100_000  # iterations between two looks at the clock


@dataclass(frozen=True, slots=True)
class Placing:
    """A way to put one job in: carers and earliest starts by leg, and what it adds in points and minutes of travel."""

    carers: tuple[int, ...]
    starts: tuple[int, ...]
    latest: int  # start of the first leg
    points: int
    travel: int
    ways: tuple[int, ...]  # minutes on the road to get here, by leg


class RuinAndRecreate:
    """One search over one day: it can be cooled down again from what was found."""

    def __init__(self, day: Arrays, seed: int) -> None:
        self._day = day
        self._seed = seed
        self._search = search_of(day, seed)  # to put visits in
        self._bare = empty(day, self._search)
        self.pool = Pool(day)
        self.pool.add(self._bare)

    def run(
        self,
        start: Found | None,
        *,
        stop: Stop,
        until: float | None,
        hot: float = HOT,
        progress: Callable[[float, int], None] | None = None,
    ) -> Found:
        """The best routes met, cooling down until the moment `until` or the stop's number of iterations.

        The same seed, start and number of iterations give the same routes. `progress` is told the share of the time
        that has passed and the points of the best plan.
        """
        day, search = self._day, self._walking
        plan = copy(self._bare) if start is None else self._plan(start)
        recreate(day, plan, search, 0.0)
        trial, best = copy(plan), copy(plan)
        entered, done, share, batch = monotonic(), 0, 0.0, FIRST_BATCH
        rounds, target = stop.solutions(), stop.target()
        while share < 1.0 and len(day.visit) and not stop.is_cancelled():
            now = monotonic()
            if until is not None:
                left = until - now
                ahead = min(1.0, share + (1.0 - share) * BATCH_SECONDS / max(left, BATCH_SECONDS))
            else:
                batch = min(FIRST_BATCH, (rounds or 0) - done)
                ahead = (done + batch) / rounds if rounds else 1.0
            if batch <= 0 or (until is not None and left <= 0):
                break
            improved = run(day, plan, trial, best, search, batch, _heat(hot, share), _heat(hot, ahead), BLINK)
            done += batch
            self.pool.add(plan)
            if improved:
                self.pool.add(best)
            share = ahead
            if until is not None:
                share = (monotonic() - entered) / max(1e-9, until - entered)
                batch = max(1, min(MOST_IN_BATCH, int(batch * BATCH_SECONDS / max(monotonic() - now, 1e-6))))
            if progress is not None or target is not None:
                points = int(points_of(best, day.absence))
                if progress is not None:
                    progress(share, points)
                if target is not None and points <= target:
                    break
        recreate(day, best, search, 0.0)  # what the walk overlooked by chance
        return found_of(day, best, done)

    def completed(self, start: Found, *, but: int) -> Found:
        """These routes with all absent visits put in where they fit, one visit excepted."""
        plan = self._plan(start)
        count = int(plan.absences[0])
        others = plan.absent[:count][plan.absent[:count] != but]
        plan.absent[: len(others)], plan.absences[0] = others, len(others)
        recreate(self._day, plan, self._search, 0.0)
        return found_of(self._day, plan, start.iterations)

    def places(self, start: Found, visit: int, *, near: Window | None = None) -> Iterator[Placing]:
        """The ways to put an absent visit into these routes: each place of a single leg, the common starts of several.

        A single leg begins as early as its place allows, with `near` as near to that window.
        """
        day, search = self._day, self._search
        plan = self._plan(start)
        legs = [leg for leg in day.jobs[visit].tolist() if leg != NONE]
        for j, leg in enumerate(legs):
            collect_options(day, plan, search, visit, j, leg)
        found = self._common_starts(plan, visit, legs) if len(legs) > 1 else self._single_starts(plan, legs[0], near)
        for pick, moments in found:
            places = [search.options[j, n].copy() for j, n in enumerate(pick)]
            points = [
                added(day, plan, search, leg, place[CARER], place[POSITION], moment)
                for leg, place, moment in zip(legs, places, moments, strict=True)
            ]
            if max(points) < FORBIDDEN:
                yield Placing(
                    carers=tuple(int(place[CARER]) for place in places),
                    starts=moments,
                    latest=int(places[0][HIGH]),
                    points=int(sum(points)),
                    travel=sum(_detour(day, plan, leg, place) for leg, place in zip(legs, places, strict=True)),
                    ways=tuple(_way(day, plan, leg, place) for leg, place in zip(legs, places, strict=True)),
                )

    def _single_starts(
        self, plan: Routes, leg: int, near: Window | None
    ) -> Iterator[tuple[list[int], tuple[int, ...]]]:
        """Each place of a leg that has an allowed start, and the earliest, or the nearest to a window."""
        search = self._search
        for n in range(int(search.counts[0])):
            option = search.options[0, n]
            opens, closes = (near.start, near.end) if near else (int(option[LOW]), int(option[HIGH]))
            moment = int(nearest_start(self._day, plan, search, leg, option, opens, closes))
            if moment != NO_MINUTE:
                yield [n], (moment,)

    def _common_starts(self, plan: Routes, visit: int, legs: list[int]) -> Iterator[tuple[list[int], tuple[int, ...]]]:
        """For each moment at which the legs could begin the cheapest choice of places for all of them, and starts."""
        search = self._search
        options = np.concatenate([search.options[j, : search.counts[j]] for j in range(len(legs))])
        if not len(options):
            return
        first, last = int(options[:, LOW].min()), int(options[:, HIGH].max())
        for moment in sorted({*options[:, LOW].tolist(), *range(first - first % STEP, last + 1, STEP)}):
            if try_moment(self._day, plan, search, visit, len(legs), moment, FORBIDDEN) < FORBIDDEN:
                yield search.pick[1, : len(legs), 0].tolist(), tuple(search.pick[1, : len(legs), 1].tolist())

    def choose(self, found: Found, *, effort: float, seconds: float | None) -> Found:
        """The best plan that the routes met so far can make, `found` when it is none better."""
        return self._chosen(found, self.pool.columns(), effort, seconds)

    def exchange(self, found: Found, *, effort: float, until: float | None) -> Found:
        """The plan after exchanges of work among any number of carers at once, until none is better or time is up."""
        while True:
            columns = self.exchanges(found, until)
            seconds = None if until is None else until - monotonic()
            if seconds is not None and seconds <= 0:
                return found
            better = self._chosen(found, columns, effort, seconds)
            if better.points >= found.points:
                return found
            found = better

    def exchanges(self, found: Found, until: float | None = None) -> list[Column]:
        """Routes that differ a little from the plan's, the most promising first."""
        return exchanges(self._day, self._walking, self._plan(found), until)

    def _chosen(self, found: Found, columns: list[Column], effort: float, seconds: float | None) -> Found:
        """The best of these columns and of the plan's own, `found` when it is none better."""
        own = columns_of(self._plan(found))
        columns = list(dict.fromkeys([*columns, *own]))
        chosen = choose(self._day, columns, own, effort=effort, seconds=seconds, seed=self._seed)
        if chosen is None:
            return found
        routes: list[list[int]] = [[] for _ in found.routes]
        fixed: dict[int, int] = {}
        for column in chosen:
            routes[column.carer] = list(column.legs)
            fixed.update(column.starts)
        plan = self._plan(Found(routes, fixed))
        recreate(self._day, plan, self._search, 0.0)
        better = found_of(self._day, plan, found.iterations)
        return better if better.points < found.points else found

    @cached_property
    def _walking(self) -> Search:
        return with_neighbours(self._day, self._search)

    def _plan(self, found: Found) -> Routes:
        plan = copy(self._bare)
        fill(self._day, plan, self._search, found)
        return plan


def _heat(hot: float, share: float) -> float:
    return float(hot * (COLD / hot) ** share)


def _way(day: Arrays, plan: Routes, leg: int, place: Ints) -> int:
    """Minutes of travel to a leg at a place of a route."""
    carer, position = place[CARER], place[POSITION]
    before = day.leg[plan.route[carer, position - 1], PLACE] if position else day.carer[carer, HOME]
    return int(day.travel[day.carer[carer, MODE], before, day.leg[leg, PLACE]])


def _detour(day: Arrays, plan: Routes, leg: int, place: Ints) -> int:
    """Minutes of travel that a leg adds at a place of a route."""
    carer, position = place[CARER], place[POSITION]
    who, route, length = day.carer[carer], plan.route[carer], plan.length[carer]
    matrix, here = day.travel[who[MODE]], day.leg[leg, PLACE]
    before = day.leg[route[position - 1], PLACE] if position else who[HOME]
    after = day.leg[route[position], PLACE] if position < length else who[END]
    spared = matrix[before, after] if length else 0
    return int(_way(day, plan, leg, place) + matrix[here, after] - spared)
