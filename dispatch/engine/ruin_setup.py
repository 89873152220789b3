"""What ruin and recreate needs before it starts: its tables of the day, and plans as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch.engine.arrays import (
    DUE,
    FACT,
    FIRST,
    FORBIDDEN,
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
from dispatch.engine.ruin_state import OPTION_COLUMNS, Routes, Search, points_of, settle_route

MOST_NEIGHBOURS = 100
MOST_CARERS = 64  # for one leg: the nearest of all who could
MOST_OPTIONS = 4000  # places looked at for one leg that needs a fixed start
TIGHTNESS_PER_CARER = 30  # minutes of freedom that one more carer is worth when work is sorted


@dataclass(frozen=True, slots=True)
class Found:
    """Routes as leg numbers, the starts of legs that need a fixed one, their points and the iterations made."""

    routes: list[list[int]]
    fixed: dict[int, int]
    points: int = 0
    iterations: int = 0


def found_of(day: Arrays, plan: Routes, iterations: int) -> Found:
    """The plan as Python lists."""
    routes = [plan.route[carer, : plan.length[carer]].tolist() for carer in range(len(day.carer))]
    fixed = {leg: int(plan.fixed[leg]) for route in routes for leg in route if plan.fixed[leg] != NO_MINUTE}
    return Found(routes, fixed, int(points_of(plan, day.absence)), iterations)


def search_of(day: Arrays, seed: int) -> Search:
    """The tables of the day, empty caches and scratch paper, and random numbers from the seed.

    The neighbours are left out (`with_neighbours`): who only puts visits in does not ask for them.
    """
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
        near=np.full((visits, 1), NONE, np.int64),
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


def with_neighbours(day: Arrays, search: Search) -> Search:
    """The tables with the nearest visits of each, by travel there and back, which ruining asks for."""
    return search._replace(near=_neighbours(day))


def _neighbours(day: Arrays) -> Ints:
    visits, first = len(day.visit), np.maximum(day.jobs[:, 0], 0)
    count = min(visits, MOST_NEIGHBOURS)
    near = np.full((visits, max(1, count)), NONE, np.int64)
    if not len(day.leg) or not len(day.travel):  # without carers there are no ways either
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
    can = day.price < FORBIDDEN
    found[:, :count] = np.where(
        np.arange(count) < can.sum(axis=1)[:, None], np.argsort(~can, kind="stable")[:, :count], NONE
    )
    for leg in np.flatnonzero(can.sum(axis=1) > count):
        able = np.flatnonzero(can[leg])
        way = day.travel[day.carer[able, MODE], day.carer[able, 0], day.leg[leg, PLACE]] + day.price[leg, able]
        found[leg] = np.sort(able[np.argsort(way, kind="stable")[:count]])
    return found


def empty(day: Arrays, search: Search) -> Routes:
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


def copy(plan: Routes) -> Routes:
    """The same plan in arrays of its own."""
    return Routes(*(array.copy() for array in plan))


def fill(day: Arrays, plan: Routes, search: Search, start: Found) -> None:
    """Give a plan of nothing but facts the routes of `start`; a visit that cannot be kept there becomes absent."""
    before = copy(plan)
    for carer, route in enumerate(start.routes):
        for leg in route:
            if plan.where[leg] == NONE:
                _count(day, plan, leg, carer)
        plan.route[carer, : len(route)] = route
        plan.length[carer] = len(route)
    for leg, moment in start.fixed.items():
        if keeps_start(day, leg):
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
        fill(day, plan, search, Found(kept, {leg: at for leg, at in start.fixed.items() if leg not in gone}))
        return
    plan.absent[: len(absent)] = absent
    plan.absences[0] = len(absent)


def _is_absent(day: Arrays, plan: Routes, visit: int, broken: set[int]) -> bool:
    legs = [leg for leg in day.jobs[visit].tolist() if leg != NONE]
    return any(plan.where[leg] == NONE or int(plan.where[leg]) in broken for leg in legs)


def keeps_start(day: Arrays, leg: int) -> bool:
    """True for legs that get a fixed start when they are put in: linked ones, and those of a person's several visits."""
    visit = day.leg[leg, VISIT]
    linked = day.visit[visit, LINK] in (SIMULTANEOUS, SEQUENTIAL)
    return bool(day.leg[leg, FACT] == NO_MINUTE and (linked or day.siblings[visit, 0] != NONE))
