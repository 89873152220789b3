"""Compiled: the route of one carer with the least reduced cost, by label setting over ng-routes.

A label is a way to begin one leg: when, at what cost, and which of the near legs it must not serve again (Baldacci,
Mingozzi and Roberti, Operations Research 2011). A leg far from all since may come twice, so the least cost found is never
above that of a real route. Breaks, links, daily maxima and the prices of time are left out for the same reason.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dispatch.engine.arrays import (
    BUFFER,
    CLOSES,
    END,
    FORBIDDEN,
    HOME,
    LEAVES,
    MINUTES,
    MODE,
    NEVER,
    NONE,
    OVERTIME,
    PLACE,
    TRAVEL_PRICE,
    Arrays,
    Ints,
)
from dispatch.engine.compiled import kernel
from dispatch.engine.kernels import first_start

Floats = npt.NDArray[np.float64]

# Columns of `label`
START, LEG, SEEN, BEFORE, NEXT_AT_MINUTE, NEXT_AT_LEG, LABEL_COLUMNS = range(7)


@kernel
def seen_from(near: Ints, old: int, seen: int, new: int) -> int:
    """What a label at leg `old` that has seen some of its near legs must remember at leg `new`."""
    remembered = 0
    for k in range(near.shape[1]):
        leg = near[new, k]
        if leg == NONE:
            break
        if leg == new:
            remembered |= 1 << k
            continue
        for n in range(near.shape[1]):
            if near[old, n] == leg:
                if seen & (1 << n):
                    remembered |= 1 << k
                break
    return remembered


@kernel
def was_seen(near: Ints, at: int, seen: int, leg: int) -> bool:
    """True when a label at a leg remembers to have served another one."""
    for k in range(near.shape[1]):
        if near[at, k] == leg:
            return (seen & (1 << k)) != 0
    return False


@kernel
def is_dominated(label: Ints, cost: Floats, at_leg: Ints, leg: int, seen: int, price: float) -> bool:
    """True when a settled label of the leg, which starts no later, costs no more and may serve at least as much."""
    other = at_leg[leg]
    while other != NONE:
        if cost[other] <= price and (label[other, SEEN] & ~seen) == 0:
            return True
        other = label[other, NEXT_AT_LEG]
    return False


@kernel
def cheapest_route(
    day: Arrays,
    carer: int,
    duals: Floats,
    near: Ints,
    first_minute: int,
    label: Ints,
    cost: Floats,
    at_minute: Ints,
    at_leg: Ints,
    route: Ints,
) -> tuple[float, int]:
    """The least reduced cost of a route of the carer (0 for staying at home), and its number of legs.

    The legs are written to `route`, last one first. A number of -1 says that there was no room for all labels: then
    the cost is no bound.
    """
    who, weight, buffer = day.carer[carer], day.prices[TRAVEL_PRICE], day.prices[BUFFER]
    matrix = day.travel[who[MODE]]
    legs = day.leg.shape[0]
    for minute in range(at_minute.shape[0]):
        at_minute[minute] = NONE
    for leg in range(legs):
        at_leg[leg] = NONE
    made, best, best_label = 0, 0.0, NONE
    for leg in range(legs):
        if day.price[leg, carer] >= FORBIDDEN:
            continue
        way = matrix[who[HOME], day.leg[leg, PLACE]]
        start = first_start(day.windows, day.shifts, leg, carer, day.leg[leg, MINUTES], who[LEAVES] + way)
        if start >= NEVER or made == label.shape[0]:
            continue
        label[made, START], label[made, LEG], label[made, BEFORE] = start, leg, NONE
        label[made, SEEN] = seen_from(near, leg, 0, leg)
        cost[made] = weight * way + day.price[leg, carer] - duals[leg]
        label[made, NEXT_AT_MINUTE] = at_minute[start - first_minute]
        at_minute[start - first_minute] = made
        made += 1
    for minute in range(at_minute.shape[0]):
        mine = at_minute[minute]
        while mine != NONE:
            following = label[mine, NEXT_AT_MINUTE]
            leg, seen = label[mine, LEG], label[mine, SEEN]
            if is_dominated(label, cost, at_leg, leg, seen, cost[mine]):
                mine = following
                continue
            label[mine, NEXT_AT_LEG] = at_leg[leg]
            at_leg[leg] = mine
            place, ready = day.leg[leg, PLACE], label[mine, START] + day.leg[leg, MINUTES]
            home = matrix[place, who[END]]
            if ready + home <= who[CLOSES] + who[OVERTIME] and cost[mine] + weight * home < best:
                best, best_label = cost[mine] + weight * home, mine
            for after in range(legs):
                if day.price[after, carer] >= FORBIDDEN or after == leg or was_seen(near, leg, seen, after):
                    continue
                way = matrix[place, day.leg[after, PLACE]]
                start = first_start(
                    day.windows, day.shifts, after, carer, day.leg[after, MINUTES], ready + way + buffer
                )
                if start >= NEVER:
                    continue
                price = cost[mine] + weight * way + day.price[after, carer] - duals[after]
                remembered = seen_from(near, leg, seen, after)
                if is_dominated(label, cost, at_leg, after, remembered, price):
                    continue
                if made == label.shape[0]:
                    return best, -1
                label[made, START], label[made, LEG], label[made, BEFORE] = start, after, mine
                label[made, SEEN], cost[made] = remembered, price
                label[made, NEXT_AT_MINUTE] = at_minute[start - first_minute]
                at_minute[start - first_minute] = made
                made += 1
            mine = following
    count = 0
    while best_label != NONE and count < route.shape[0]:
        route[count] = label[best_label, LEG]
        best_label = label[best_label, BEFORE]
        count += 1
    return best, count
