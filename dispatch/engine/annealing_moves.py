"""Compiled: changes of the routes, each logged so that it can be undone."""

from __future__ import annotations

from dispatch.engine.annealing_starts import lateness, way
from dispatch.engine.annealing_state import (
    CAR,
    COUNT,
    DUE,
    EARLY,
    FIRST,
    FIXED_COST,
    HOLD,
    LATENESS_PRICE,
    LEAVES,
    LEG,
    LEG_PRICES,
    MEAL,
    MINUTES,
    MOVES,
    NEXT,
    PREV,
    ROAD,
    STOPS,
    TRAVEL_PRICE,
    VISIT,
    WORK,
    Bytes,
    Luck,
    below,
    draw,
    push,
    put,
    put_route,
    touch,
)
from dispatch.engine.arrays import FORBIDDEN, NEVER, NONE, Ints, Narrow
from dispatch.engine.compiled import kernel


@kernel
def detach(
    node: Ints,
    route: Ints,
    carer: Ints,
    travel: Narrow,
    price: Ints,
    prices: Ints,
    queue: Ints,
    queued: Bytes,
    dirty: Ints,
    log: Ints,
    now: Ints,
    i: int,
) -> None:
    """Take a leg off its route."""
    legs = price.shape[0]
    c, before, after = node[i, CAR], node[i, PREV], node[i, NEXT]
    saved = (
        way(node, carer, travel, legs, c, before, i)
        + way(node, carer, travel, legs, c, i, after)
        - way(node, carer, travel, legs, c, before, after)
    )
    put(node, log, now, before, NEXT, after)
    put(node, log, now, after, PREV, before)
    put(node, log, now, i, CAR, NONE)
    put_route(route, log, now, c, ROAD, route[c, ROAD] - saved)
    put_route(route, log, now, c, WORK, route[c, WORK] - node[i, MINUTES])
    put_route(route, log, now, c, STOPS, route[c, STOPS] - 1)
    put_route(route, log, now, c, LEG_PRICES, route[c, LEG_PRICES] - price[i, c])
    now[FIXED_COST] -= prices[TRAVEL_PRICE] * saved + price[i, c]
    if route[c, MEAL] == i:
        put_route(route, log, now, c, MEAL, before)
    touch(route, dirty, now, c)
    push(queue, queued, now, after)


@kernel
def attach(
    node: Ints,
    route: Ints,
    carer: Ints,
    travel: Narrow,
    price: Ints,
    prices: Ints,
    queue: Ints,
    queued: Bytes,
    dirty: Ints,
    log: Ints,
    now: Ints,
    i: int,
    before: int,
    hold: int,
    meal_after: int,
) -> None:
    """Put a leg on a route behind a node; `meal_after` keeps a break of that gap behind the leg."""
    legs = price.shape[0]
    c, after = node[before, CAR], node[before, NEXT]
    added = (
        way(node, carer, travel, legs, c, before, i)
        + way(node, carer, travel, legs, c, i, after)
        - way(node, carer, travel, legs, c, before, after)
    )
    put(node, log, now, before, NEXT, i)
    put(node, log, now, after, PREV, i)
    put(node, log, now, i, PREV, before)
    put(node, log, now, i, NEXT, after)
    put(node, log, now, i, CAR, c)
    if node[i, HOLD] != hold:
        put(node, log, now, i, HOLD, hold)
    put_route(route, log, now, c, ROAD, route[c, ROAD] + added)
    put_route(route, log, now, c, WORK, route[c, WORK] + node[i, MINUTES])
    put_route(route, log, now, c, STOPS, route[c, STOPS] + 1)
    put_route(route, log, now, c, LEG_PRICES, route[c, LEG_PRICES] + price[i, c])
    now[FIXED_COST] += prices[TRAVEL_PRICE] * added + price[i, c]
    if meal_after and route[c, MEAL] == before:
        put_route(route, log, now, c, MEAL, i)
    touch(route, dirty, now, c)
    push(queue, queued, now, i)
    push(queue, queued, now, after)


@kernel
def may_serve(node: Ints, leg: Ints, visit: Ints, price: Ints, i: int, c: int) -> bool:
    """True when the carer may do the leg and holds no other leg of its visit."""
    if price[i, c] >= FORBIDDEN:
        return False
    v = leg[i, VISIT]
    if visit[v, COUNT] > 1:
        for j in range(visit[v, LEG], visit[v, LEG] + visit[v, COUNT]):
            if j != i and node[j, CAR] == c:
                return False
    return True


@kernel
def pick_place(node: Ints, leg: Ints, visit: Ints, price: Ints, near: Narrow, seed: Luck, i: int) -> int:
    """A node to put leg i behind: mostly beside a near leg, else anywhere; NONE when no try fits."""
    legs, carers = leg.shape[0], price.shape[1]
    width = near.shape[2]
    for _ in range(6):
        r = draw(seed)
        if (r & 15) < 12 and width > 0:
            before = r & 16
            j = near[1 if before else 0, i, below(seed, width)]
            if j < 0 or node[j, CAR] < 0:
                continue
            if before:
                j = node[j, PREV]
        else:
            j = below(seed, legs + carers)
        if j == i or node[j, CAR] < 0:
            continue
        if may_serve(node, leg, visit, price, i, node[j, CAR]):
            return j
    return NONE


@kernel
def detour(node: Ints, carer: Ints, travel: Narrow, legs: int, c: int, before: int, i: int, after: int) -> int:
    """Minutes that a stop adds between two nodes."""
    return (
        way(node, carer, travel, legs, c, before, i)
        + way(node, carer, travel, legs, c, i, after)
        - way(node, carer, travel, legs, c, before, after)
    )


@kernel
def pick_late(node: Ints, leg: Ints, windows: Ints, seed: Luck, tries: int) -> int:
    """The latest of a few random legs."""
    best, most = below(seed, leg.shape[0]), -1
    for _ in range(tries):
        i = below(seed, leg.shape[0])
        if node[i, CAR] >= 0:
            late = lateness(leg, windows, i, node[i, EARLY])
            if late > most:
                best, most = i, late
    return best


@kernel
def road_of(node: Ints, carer: Ints, travel: Narrow, legs: int, carers: int, c: int, before: int, k: int) -> int:
    """Travel of a carer from one node on through the list that begins at another, and home."""
    total = 0
    while k < legs:
        total += way(node, carer, travel, legs, c, before, k)
        before, k = k, node[k, NEXT]
    return total + way(node, carer, travel, legs, c, before, legs + carers + c)


@kernel
def relabel(
    node: Ints, route: Ints, leg: Ints, price: Ints, log: Ints, now: Ints, k: int, a: int, b: int
) -> tuple[bool, int]:
    """Give the list that begins at a node from carer a to carer b; False when b may not do all of it.

    Answers whether a's break lies in it as well.
    """
    legs = leg.shape[0]
    work = stops = points_a = points_b = 0
    meal = NONE
    while k < legs:
        if leg[k, MOVES] == 0 or price[k, b] >= FORBIDDEN:
            return False, meal
        put(node, log, now, k, CAR, b)
        work += node[k, MINUTES]
        stops += 1
        points_a += price[k, a]
        points_b += price[k, b]
        if route[a, MEAL] == k:
            meal = k
        k = node[k, NEXT]
    put_route(route, log, now, a, WORK, route[a, WORK] - work)
    put_route(route, log, now, b, WORK, route[b, WORK] + work)
    put_route(route, log, now, a, STOPS, route[a, STOPS] - stops)
    put_route(route, log, now, b, STOPS, route[b, STOPS] + stops)
    put_route(route, log, now, a, LEG_PRICES, route[a, LEG_PRICES] - points_a)
    put_route(route, log, now, b, LEG_PRICES, route[b, LEG_PRICES] + points_b)
    now[FIXED_COST] += points_b - points_a
    return True, meal


@kernel
def holds_partner(node: Ints, leg: Ints, visit: Ints, k: int, c: int) -> bool:
    """True when a leg of the list that begins at a node has a partner at the same carer."""
    legs = leg.shape[0]
    while k < legs:
        v = leg[k, VISIT]
        if visit[v, COUNT] > 1:
            for j in range(visit[v, LEG], visit[v, LEG] + visit[v, COUNT]):
                if j != k and node[j, CAR] == c:
                    return True
        k = node[k, NEXT]
    return False


@kernel
def swap_tails(
    node: Ints,
    route: Ints,
    leg: Ints,
    visit: Ints,
    carer: Ints,
    travel: Narrow,
    price: Ints,
    prices: Ints,
    queue: Ints,
    queued: Bytes,
    dirty: Ints,
    log: Ints,
    now: Ints,
    i: int,
    j: int,
    limit: int,
) -> bool:
    """Exchange what follows two nodes of different carers; False when that is not allowed or not worth a try."""
    legs, carers = price.shape
    a, b = node[i, CAR], node[j, CAR]
    after_i, after_j = node[i, NEXT], node[j, NEXT]
    if after_i >= legs and after_j >= legs:
        return False
    more_a = road_of(node, carer, travel, legs, carers, a, i, after_j) - road_of(
        node, carer, travel, legs, carers, a, i, after_i
    )
    more_b = road_of(node, carer, travel, legs, carers, b, j, after_i) - road_of(
        node, carer, travel, legs, carers, b, j, after_j
    )
    if prices[TRAVEL_PRICE] * (more_a + more_b) > limit:
        return False
    fits_b, meal_a = relabel(node, route, leg, price, log, now, after_i, a, b)
    if not fits_b:
        return False
    fits_a, meal_b = relabel(node, route, leg, price, log, now, after_j, b, a)
    if not fits_a:
        return False
    tail_a, tail_b = legs + carers + a, legs + carers + b
    last_a, last_b = node[tail_a, PREV], node[tail_b, PREV]
    put(node, log, now, i, NEXT, after_j if after_j < legs else tail_a)
    put(node, log, now, j, NEXT, after_i if after_i < legs else tail_b)
    if after_j < legs:
        put(node, log, now, after_j, PREV, i)
        put(node, log, now, last_b, NEXT, tail_a)
        put(node, log, now, tail_a, PREV, last_b)
    else:
        put(node, log, now, tail_a, PREV, i)
    if after_i < legs:
        put(node, log, now, after_i, PREV, j)
        put(node, log, now, last_a, NEXT, tail_b)
        put(node, log, now, tail_b, PREV, last_a)
    else:
        put(node, log, now, tail_b, PREV, j)
    put_route(route, log, now, a, ROAD, route[a, ROAD] + more_a)
    put_route(route, log, now, b, ROAD, route[b, ROAD] + more_b)
    now[FIXED_COST] += prices[TRAVEL_PRICE] * (more_a + more_b)
    touch(route, dirty, now, a)
    touch(route, dirty, now, b)
    if meal_a != NONE:
        put_route(route, log, now, a, MEAL, meal_b if meal_b != NONE else i)
    elif meal_b != NONE and route[a, MEAL] == i:
        put_route(route, log, now, a, MEAL, meal_b)
    if meal_b != NONE:
        put_route(route, log, now, b, MEAL, meal_a if meal_a != NONE else j)
    if holds_partner(node, leg, visit, node[i, NEXT], a) or holds_partner(node, leg, visit, node[j, NEXT], b):
        return False
    push(queue, queued, now, node[i, NEXT])
    push(queue, queued, now, node[j, NEXT])
    return True


@kernel
def instead(node: Ints, carer: Ints, travel: Narrow, legs: int, i: int, x: int) -> int:
    """Minutes of travel that stop x in the place of stop i adds."""
    c, before, after = node[i, CAR], node[i, PREV], node[i, NEXT]
    return (
        way(node, carer, travel, legs, c, before, x)
        + way(node, carer, travel, legs, c, x, after)
        - way(node, carer, travel, legs, c, before, i)
        - way(node, carer, travel, legs, c, i, after)
    )


@kernel
def pick_in_time(
    node: Ints,
    leg: Ints,
    windows: Ints,
    visit: Ints,
    carer: Ints,
    travel: Narrow,
    price: Ints,
    prices: Ints,
    seed: Luck,
    i: int,
    target: int,
) -> int:
    """The node behind which leg i can start at about the target minute for the least; NONE when nobody may serve it.

    A guess from the present starts: detour, lateness of the leg and of the stop after it. One carer in eight is passed
    over, so that other places have their turn.
    """
    legs, carers = price.shape
    best, least = NONE, NEVER
    target = max(target, windows[i, 0, FIRST])
    for c in range(carers):
        if (draw(seed) & 7) == 0 or not may_serve(node, leg, visit, price, i, c):
            continue
        j = legs + c
        following = node[j, NEXT]
        while following < legs and node[following, EARLY] + node[following, MINUTES] <= target:
            j, following = following, node[following, NEXT]
        for _ in range(2):
            # Behind the last stop that ends before the target, or behind the one after it.
            hop = way(node, carer, travel, legs, c, j, i)
            ready = (node[j, EARLY] + node[j, MINUTES] if j < legs else carer[c, LEAVES]) + hop
            start = max(ready, target)
            points = prices[TRAVEL_PRICE] * detour(node, carer, travel, legs, c, j, i, following) + price[i, c]
            points += prices[LATENESS_PRICE] * (start - target)
            if following < legs:
                then = start + node[i, MINUTES] + way(node, carer, travel, legs, c, i, following)
                points += prices[LATENESS_PRICE] * max(0, then - max(node[following, EARLY], windows[following, 0, DUE]))
            if points < least:
                best, least = j, points
            if following >= legs:
                break
            j, following = following, node[following, NEXT]
    return best
