"""The state of ruin and recreate, compiled: the routes of a plan, leaving and coming, random numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.engine.arrays import (
    END,
    FORBIDDEN,
    HOME,
    MINUTES,
    MODE,
    MOST_MINUTES,
    MOST_VISITS,
    NO_MINUTE,
    NONE,
    ORGANISATION,
    PLACE,
    TRAVEL_PRICE,
    Arrays,
    Ints,
)
from dispatch.engine.compiled import kernel
from dispatch.engine.kernels import bounds_of_route, time_route

# Columns of the last axis of `options`: a place of a leg, its first and last start there, and its points
CARER, POSITION, LOW, HIGH, POINTS, OPTION_COLUMNS = range(6)


class Routes(NamedTuple):
    """One plan: N legs on a route at most."""

    route: Ints  # [C, N] legs
    length: Ints  # [C]
    early: Ints  # [C, N] earliest start at each position
    late: Ints  # [C, N] latest one
    points: Ints  # [C] price of the route
    used: Ints  # [C] service minutes
    version: Ints  # [C] changes with the route, comes back when a change is undone
    where: Ints  # [L] carer or NONE
    fixed: Ints  # [L] start of a linked leg or NO_MINUTE
    absent: Ints  # [V] visits without their job, then NONE
    absences: Ints  # [1] how many
    organisation: Ints  # [O] service minutes


class Search(NamedTuple):
    """What the search knows of the day, and its scratch paper."""

    near: Ints  # [V, K] neighbours of a visit, itself first
    carers: Ints  # [L, C'] carers of a leg, padded with NONE
    exact: Ints  # [C] 1: only an exact timing tells the price of this carer's route
    tight: Ints  # [V] freedom of time, for sorting
    early: Ints  # [V]
    long: Ints  # [V]
    tier: Ints  # [V] rank of the price of absence
    walk: Ints  # [V] price of absence while walking
    cache_price: Ints  # [L, C]
    cache_place: Ints  # [L, C]
    cache_version: Ints  # [L, C]
    touched: Ints  # [C] 1: changed in this iteration
    spare: Ints  # [N + 1] a route being tried
    options: Ints  # [J, Q, OPTION_COLUMNS] places of legs that need a fixed start
    counts: Ints  # [J]
    pick: Ints  # [2, J, 2] option and start of the choice under way and of the best one
    order: Ints  # [V]
    luck: npt.NDArray[np.uint64]  # [1] state of the random numbers
    clock: Ints  # [1] last version given out


@kernel
def draw(luck: npt.NDArray[np.uint64]) -> float:
    """The next random number in [0, 1): xorshift64*."""
    x = luck[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    luck[0] = x
    return ((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel
def below(luck: npt.NDArray[np.uint64], n: int) -> int:
    return min(int(draw(luck) * n), n - 1)


@kernel
def settle_route(day: Arrays, plan: Routes, search: Search, carer: int) -> bool:
    """Bring bounds, price and version of a changed route up to date; False when it can no longer be kept."""
    route, length = plan.route[carer], plan.length[carer]
    search.clock[0] += 1
    plan.version[carer] = search.clock[0]
    search.touched[carer] = 1
    if not bounds_of_route(day, carer, route, length, plan.fixed, plan.early[carer], plan.late[carer]):
        return False
    if search.exact[carer]:
        plan.points[carer] = time_route(day, carer, route, length, plan.fixed)
        return plan.points[carer] < FORBIDDEN
    points, place, matrix = 0, day.carer[carer, HOME], day.travel[day.carer[carer, MODE]]
    travel = 0
    for position in range(length):
        leg = route[position]
        travel += matrix[place, day.leg[leg, PLACE]]
        place = day.leg[leg, PLACE]
        points += day.price[leg, carer]
    if length:
        travel += matrix[place, day.carer[carer, END]]
    plan.points[carer] = points + travel * day.prices[TRAVEL_PRICE]
    return True


@kernel
def take_out(day: Arrays, plan: Routes, search: Search, visit: int) -> None:
    """Remove a job from its routes, which then need to be settled."""
    for j in range(day.jobs.shape[1]):
        leg = day.jobs[visit, j]
        if leg == NONE:
            break
        carer = plan.where[leg]
        route = plan.route[carer]
        length = plan.length[carer]
        position = 0
        while route[position] != leg:
            position += 1
        for k in range(position, length - 1):
            route[k] = route[k + 1]
        plan.length[carer] = length - 1
        plan.where[leg] = NONE
        plan.fixed[leg] = NO_MINUTE
        plan.used[carer] -= day.leg[leg, MINUTES]
        if day.carer[carer, ORGANISATION] >= 0:
            plan.organisation[day.carer[carer, ORGANISATION]] -= day.leg[leg, MINUTES]
        search.touched[carer] = 1


@kernel
def put_in(day: Arrays, plan: Routes, search: Search, leg: int, carer: int, position: int, start: int) -> bool:
    """Insert a leg, with a fixed start unless it is NO_MINUTE; False when the route cannot be kept."""
    route, length = plan.route[carer], plan.length[carer]
    for k in range(length, position, -1):
        route[k] = route[k - 1]
    route[position] = leg
    plan.length[carer] = length + 1
    plan.where[leg] = carer
    plan.fixed[leg] = start
    plan.used[carer] += day.leg[leg, MINUTES]
    if day.carer[carer, ORGANISATION] >= 0:
        plan.organisation[day.carer[carer, ORGANISATION]] += day.leg[leg, MINUTES]
    return settle_route(day, plan, search, carer)


@kernel
def has_room(day: Arrays, plan: Routes, leg: int, carer: int) -> bool:
    """False when a daily maximum, an organisation's limit or the length of the array is reached."""
    minutes, who = day.leg[leg, MINUTES], day.carer[carer]
    if plan.length[carer] + 1 > who[MOST_VISITS] or plan.length[carer] + 1 > plan.route.shape[1]:
        return False
    if plan.used[carer] + minutes > who[MOST_MINUTES]:
        return False
    group = who[ORGANISATION]
    return group < 0 or plan.organisation[group] + minutes <= day.organisation[group]


@kernel
def added(day: Arrays, plan: Routes, search: Search, leg: int, carer: int, position: int, start: int) -> int:
    """Exact points that a leg adds at a position, FORBIDDEN when it does not fit."""
    spare, route, length = search.spare, plan.route[carer], plan.length[carer]
    for k in range(position):
        spare[k] = route[k]
    spare[position] = leg
    for k in range(position, length):
        spare[k + 1] = route[k]
    plan.fixed[leg] = start
    points = time_route(day, carer, spare, length + 1, plan.fixed)
    plan.fixed[leg] = NO_MINUTE
    return points - plan.points[carer] if points < FORBIDDEN else FORBIDDEN


@kernel
def copy_route(day: Arrays, source: Routes, target: Routes, carer: int) -> None:
    length = source.length[carer]
    target.length[carer] = length
    target.points[carer] = source.points[carer]
    target.used[carer] = source.used[carer]
    target.version[carer] = source.version[carer]
    for k in range(length):
        leg = source.route[carer, k]
        target.route[carer, k] = leg
        target.early[carer, k] = source.early[carer, k]
        target.late[carer, k] = source.late[carer, k]
        target.where[leg] = carer
        target.fixed[leg] = source.fixed[leg]


@kernel
def copy_touched(day: Arrays, source: Routes, target: Routes, search: Search, everything: bool) -> None:
    """Make `target` equal to `source` where they may differ."""
    for carer in range(day.carer.shape[0]):
        if everything or search.touched[carer]:
            for k in range(target.length[carer]):
                leg = target.route[carer, k]
                target.where[leg] = NONE
                target.fixed[leg] = NO_MINUTE
    for carer in range(day.carer.shape[0]):
        if everything or search.touched[carer]:
            copy_route(day, source, target, carer)
    for k in range(source.absences[0]):
        target.absent[k] = source.absent[k]
    target.absences[0] = source.absences[0]
    for k in range(source.organisation.shape[0]):
        target.organisation[k] = source.organisation[k]


@kernel
def points_of(plan: Routes, absence: Ints) -> int:
    """Points of all routes and of what is absent."""
    total = 0
    for carer in range(plan.points.shape[0]):
        total += plan.points[carer]
    for k in range(plan.absences[0]):
        total += absence[plan.absent[k]]
    return total
