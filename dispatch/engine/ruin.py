"""Drives the compiled ruin and recreate: prepares its arrays, cools it down, hands back routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

import numpy as np

from dispatch.engine.arrays import (
    DUE,
    END,
    FACT,
    FIRST,
    FORBIDDEN,
    HOME,
    LAST,
    LINK,
    LUNCH_MINUTES,
    MINUTES,
    MODE,
    NO_MINUTE,
    NONE,
    ORGANISATION,
    OVERTIME,
    PLACE,
    POPULAR,
    SEQUENTIAL,
    SIMULTANEOUS,
    TOLD,
    VISIT,
    Arrays,
    Ints,
)
from dispatch.engine.insertion_kernel import collect_options, try_moment
from dispatch.engine.pool import Pool, choose, column_of
from dispatch.engine.ruin_kernel import recreate, run
from dispatch.engine.ruin_state import (
    CARER,
    HIGH,
    LOW,
    OPTION_COLUMNS,
    POSITION,
    Routes,
    Search,
    added,
    points_of,
    settle_route,
)
from dispatch.engine.stop import Stop

HOT, COLD = 15.0, 0.2  # points at the start and at the end
BLINK = 0.03  # chance to overlook a carer
MOST_NEIGHBOURS = 100
MOST_CARERS = 64  # for one leg: the nearest of all who could
BATCH_SECONDS = 0.02
MOST_OPTIONS = 4000  # places looked at for one leg that needs a fixed start
FIRST_BATCH, MOST_IN_BATCH = 64, 100_000  # iterations between two looks at the clock
TIGHTNESS_PER_CARER = 30  # minutes of freedom that one more carer is worth when work is sorted


@dataclass(frozen=True, slots=True)
class Found:
    """Routes as leg numbers, the starts of legs that need a fixed one, their points and the iterations made."""

    routes: list[list[int]]
    fixed: dict[int, int]
    points: int = 0
    iterations: int = 0


@dataclass(frozen=True, slots=True)
class Placing:
    """A way to put one job in: carers and earliest starts by leg, and what it adds in points and minutes of travel."""

    carers: tuple[int, ...]
    starts: tuple[int, ...]
    latest: int  # start of the first leg
    points: int
    travel: int


class RuinAndRecreate:
    """One search over one day: it can be cooled down again from what was found."""

    def __init__(self, day: Arrays, seed: int) -> None:
        self._day = day
        self._seed = seed
        self._search = _search_of(day, seed)
        self._bare = _empty(day, self._search)
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
        day, search = self._day, self._search
        plan = _copy(self._bare)
        if start is not None:
            _fill(day, plan, search, start)
        recreate(day, plan, search, 0.0)
        trial, best = _copy(plan), _copy(plan)
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
        return _found(day, best, done)

    def places(self, start: Found, visit: int) -> Iterator[Placing]:
        """The ways to put an absent visit into these routes: each place of a single leg, the common starts of several."""
        day, search = self._day, self._search
        plan = _copy(self._bare)
        _fill(day, plan, search, start)
        legs = [leg for leg in day.jobs[visit].tolist() if leg != NONE]
        for j, leg in enumerate(legs):
            collect_options(day, plan, search, visit, j, leg)
        chosen = self._common_starts(plan, visit, legs) if len(legs) > 1 else self._single_starts()
        for pick, moments in chosen:
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
                )

    def _single_starts(self) -> Iterator[tuple[list[int], tuple[int, ...]]]:
        """Each place of a leg at its earliest start."""
        for n in range(int(self._search.counts[0])):
            yield [n], (int(self._search.options[0, n, LOW]),)

    def _common_starts(self, plan: Routes, visit: int, legs: list[int]) -> Iterator[tuple[list[int], tuple[int, ...]]]:
        """For each moment at which some leg could begin the cheapest choice of places for all of them, and starts."""
        search = self._search
        moments = {int(search.options[j, n, LOW]) for j in range(len(legs)) for n in range(int(search.counts[j]))}
        for moment in sorted(moments):
            if try_moment(self._day, plan, search, visit, len(legs), moment, FORBIDDEN) < FORBIDDEN:
                yield search.pick[1, : len(legs), 0].tolist(), tuple(search.pick[1, : len(legs), 1].tolist())

    def choose(self, found: Found, *, effort: float, seconds: float | None) -> Found:
        """The best plan that the routes met so far can make, `found` when it is none better."""
        plan = _copy(self._bare)
        _fill(self._day, plan, self._search, found)
        self.pool.add(plan)
        hint = [column_of(plan, carer) for carer in np.flatnonzero(plan.length).tolist()]
        columns = choose(self._day, self.pool.columns(), hint, effort=effort, seconds=seconds, seed=self._seed)
        if columns is None:
            return found
        routes: list[list[int]] = [[] for _ in found.routes]
        fixed: dict[int, int] = {}
        for column in columns:
            routes[column.carer] = list(column.legs)
            fixed.update(column.starts)
        plan = _copy(self._bare)
        _fill(self._day, plan, self._search, Found(routes, fixed))
        recreate(self._day, plan, self._search, 0.0)
        better = _found(self._day, plan, found.iterations)
        return better if better.points < found.points else found


def _found(day: Arrays, plan: Routes, iterations: int) -> Found:
    routes = [plan.route[carer, : plan.length[carer]].tolist() for carer in range(len(day.carer))]
    fixed = {leg: int(plan.fixed[leg]) for route in routes for leg in route if plan.fixed[leg] != NO_MINUTE}
    return Found(routes, fixed, int(points_of(plan, day.absence)), iterations)


def _heat(hot: float, share: float) -> float:
    return float(hot * (COLD / hot) ** share)


def _search_of(day: Arrays, seed: int) -> Search:
    legs, visits, carers = len(day.leg), len(day.visit), len(day.carer)
    width = _route_width(day)
    jobs = day.jobs.shape[1]
    first = np.maximum(day.jobs[:, 0], 0)
    freedom = np.maximum(day.windows[:, :, LAST] - day.windows[:, :, FIRST], -1).sum(axis=1) if legs else np.zeros(0)
    able = (day.price < FORBIDDEN).sum(axis=1) if legs else np.zeros(0)
    order = np.argsort(np.argsort(day.absence, kind="stable"), kind="stable")
    ranks = np.unique(day.absence, return_inverse=True)[1] if visits else order
    least = int(day.absence.min()) if visits else 1
    return Search(
        near=_neighbours(day, first),
        carers=_carers_of(day),
        exact=_exact(day),
        tight=np.minimum(freedom + TIGHTNESS_PER_CARER * able, 1 << 20).astype(np.int64)[first]
        if legs
        else np.zeros(visits, np.int64),
        early=day.windows[first, 0, FIRST] if legs else np.zeros(visits, np.int64),
        long=day.leg[first, MINUTES] if legs else np.zeros(visits, np.int64),
        tier=ranks.astype(np.int64),
        walk=np.minimum(day.absence, least * (1 + ranks)).astype(np.int64),
        cache_price=np.zeros((legs, carers), np.int64),
        cache_place=np.zeros((legs, carers), np.int64),
        cache_version=np.full((legs, carers), NONE, np.int64),
        touched=np.zeros(carers, np.int64),
        spare=np.zeros(width + 1, np.int64),
        options=np.zeros((jobs, MOST_OPTIONS, OPTION_COLUMNS), np.int64),
        counts=np.zeros(jobs, np.int64),
        pick=np.zeros((2, jobs, 2), np.int64),
        order=np.zeros(visits, np.int64),
        luck=np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % (1 << 64) or 1], np.uint64),
        clock=np.zeros(1, np.int64),
    )


def _route_width(day: Arrays) -> int:
    """Legs that fit on one route at most: what the longest shift holds of the shortest work, and all facts."""
    if not len(day.leg) or not len(day.carer):
        return 1
    facts = int((day.leg[:, FACT] != NO_MINUTE).sum())
    longest = int(np.maximum(day.shifts[:, :, 1] - day.shifts[:, :, 0], 0).sum(axis=1).max())
    return min(len(day.leg), facts + longest // int(day.leg[:, MINUTES].min()) + 1)


def _exact(day: Arrays) -> Ints:
    """Carers whose routes need exact timing: a break, paid overtime, or work whose price depends on its start."""
    soft = bool(
        len(day.leg)
        and (
            (
                (day.windows[:, :, LAST] > day.windows[:, :, DUE])
                & (day.windows[:, :, FIRST] <= day.windows[:, :, LAST])
            ).any()
            or (day.leg[:, TOLD] != NO_MINUTE).any()
            or (day.leg[:, POPULAR] > 0).any()
        )
    )
    return ((day.carer[:, LUNCH_MINUTES] > 0) | (day.carer[:, OVERTIME] > 0) | soft).astype(np.int64)


def _neighbours(day: Arrays, first: Ints) -> Ints:
    """The nearest visits of each, by travel there and back."""
    visits = len(day.visit)
    count = min(visits, MOST_NEIGHBOURS)
    near = np.full((visits, max(1, count)), NONE, np.int64)
    if not len(day.leg):
        return near
    places = day.leg[first, PLACE]
    matrix = day.travel[0]
    for begin in range(0, visits, 512):
        rows = places[begin : begin + 512]
        apart = matrix[np.ix_(rows, places)].astype(np.int64) + matrix[np.ix_(places, rows)].T
        apart[np.arange(len(rows)), np.arange(begin, begin + len(rows))] = -1
        keys = apart * visits + np.arange(visits)  # no two alike
        nearest = np.argpartition(keys, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(keys, nearest, axis=1), axis=1)
        near[begin : begin + 512] = np.take_along_axis(nearest, order, axis=1)
    return near


def _carers_of(day: Arrays) -> Ints:
    legs, carers = day.price.shape
    count = min(carers, MOST_CARERS)
    found = np.full((legs, max(1, count)), NONE, np.int64)
    for leg in range(legs):
        able = np.flatnonzero(day.price[leg] < FORBIDDEN)
        if len(able) > count:
            way = day.travel[day.carer[able, MODE], day.carer[able, 0], day.leg[leg, PLACE]] + day.price[leg, able]
            able = np.sort(able[np.argsort(way, kind="stable")[:count]])
        found[leg, : len(able)] = able
    return found


def _empty(day: Arrays, search: Search) -> Routes:
    """A plan with nothing but the facts; every job is absent."""
    legs, visits, carers = len(day.leg), len(day.visit), len(day.carer)
    width = len(search.spare) - 1
    plan = Routes(
        route=np.zeros((carers, width), np.int64),
        length=np.zeros(carers, np.int64),
        early=np.zeros((carers, width), np.int64),
        late=np.zeros((carers, width), np.int64),
        points=np.zeros(carers, np.int64),
        used=np.zeros(carers, np.int64),
        version=np.zeros(carers, np.int64),
        where=np.full(legs, NONE, np.int64),
        fixed=np.full(legs, NO_MINUTE, np.int64),
        absent=np.zeros(visits, np.int64),
        absences=np.zeros(1, np.int64),
        organisation=np.zeros(len(day.organisation), np.int64),
    )
    for leg in sorted(np.flatnonzero(day.leg[:, FACT] != NO_MINUTE).tolist(), key=lambda leg: day.leg[leg, FACT]):
        carer = int(np.flatnonzero(day.price[leg] < FORBIDDEN)[0])
        _append(day, plan, leg, carer)
    for carer in range(carers):
        settle_route(day, plan, search, carer)
    jobs = np.flatnonzero(day.jobs[:, 0] != NONE)
    plan.absent[: len(jobs)] = jobs
    plan.absences[0] = len(jobs)
    return plan


def _append(day: Arrays, plan: Routes, leg: int, carer: int) -> None:
    plan.route[carer, plan.length[carer]] = leg
    plan.length[carer] += 1
    _count(day, plan, leg, carer)


def _count(day: Arrays, plan: Routes, leg: int, carer: int) -> None:
    plan.where[leg] = carer
    plan.used[carer] += day.leg[leg, MINUTES]
    if day.carer[carer, ORGANISATION] != NONE:
        plan.organisation[day.carer[carer, ORGANISATION]] += day.leg[leg, MINUTES]


def _copy(plan: Routes) -> Routes:
    return Routes(*(array.copy() for array in plan))


def _fill(day: Arrays, plan: Routes, search: Search, start: Found) -> None:
    """Give a plan of nothing but facts the routes of `start`; a visit that cannot be kept there becomes absent."""
    before = _copy(plan)
    for carer, route in enumerate(start.routes):
        for leg in route:
            if plan.where[leg] == NONE:
                _count(day, plan, leg, carer)
        plan.route[carer, : len(route)] = route
        plan.length[carer] = len(route)
    for leg, moment in start.fixed.items():
        if _keeps_start(day, leg):
            plan.fixed[leg] = moment
    broken = {carer for carer in range(len(day.carer)) if not settle_route(day, plan, search, carer)}
    absent = [
        visit for visit in np.flatnonzero(day.jobs[:, 0] != NONE).tolist() if _is_absent(day, plan, visit, broken)
    ]
    if broken:
        # Start again with what lies on sound routes only.
        gone = {leg for visit in absent for leg in day.jobs[visit].tolist()}
        for mine, theirs in zip(plan, before, strict=True):
            mine[...] = theirs
        kept = [[leg for leg in route if leg not in gone] for route in start.routes]
        _fill(day, plan, search, Found(kept, {leg: at for leg, at in start.fixed.items() if leg not in gone}))
        return
    plan.absent[: len(absent)] = absent
    plan.absences[0] = len(absent)


def _is_absent(day: Arrays, plan: Routes, visit: int, broken: set[int]) -> bool:
    legs = [leg for leg in day.jobs[visit].tolist() if leg != NONE]
    return any(plan.where[leg] == NONE or int(plan.where[leg]) in broken for leg in legs)


def _keeps_start(day: Arrays, leg: int) -> bool:
    """True for legs that get a fixed start when they are put in: linked ones, and those of a person's several visits."""
    visit = day.leg[leg, VISIT]
    linked = day.visit[visit, LINK] in (SIMULTANEOUS, SEQUENTIAL)
    return bool(day.leg[leg, FACT] == NO_MINUTE and (linked or day.siblings[visit, 0] != NONE))


def _detour(day: Arrays, plan: Routes, leg: int, place: Ints) -> int:
    """Minutes of travel that a leg adds at a place of a route."""
    carer, position = place[CARER], place[POSITION]
    who, route, length = day.carer[carer], plan.route[carer], plan.length[carer]
    matrix, here = day.travel[who[MODE]], day.leg[leg, PLACE]
    before = day.leg[route[position - 1], PLACE] if position else who[HOME]
    after = day.leg[route[position], PLACE] if position < length else who[END]
    return int(matrix[before, here] + matrix[here, after] - (matrix[before, after] if length else 0))
