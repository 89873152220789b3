"""Compiled: changes of the routes, each logged so that it can be undone."""

from __future__ import annotations

from dispatch.engine.annealing_starts import way
from dispatch.engine.annealing_state import (
    CAR,
    COUNT,
    FIXED_COST,
    HOLD,
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
    State,
    push,
    put,
    put_route,
    touch,
)
from dispatch.engine.arrays import FORBIDDEN, NONE
from dispatch.engine.compiled import part


@part
def detach(s: State, i: int) -> None:
    """Take a leg off its route."""
    legs = s.price.shape[0]
    c, before, after = s.node[i, CAR], s.node[i, PREV], s.node[i, NEXT]
    saved = way(s, legs, c, before, i) + way(s, legs, c, i, after) - way(s, legs, c, before, after)
    put(s, before, NEXT, after)
    put(s, after, PREV, before)
    put(s, i, CAR, NONE)
    put_route(s, c, ROAD, s.route[c, ROAD] - saved)
    put_route(s, c, WORK, s.route[c, WORK] - s.node[i, MINUTES])
    put_route(s, c, STOPS, s.route[c, STOPS] - 1)
    put_route(s, c, LEG_PRICES, s.route[c, LEG_PRICES] - s.price[i, c])
    s.now[FIXED_COST] -= s.prices[TRAVEL_PRICE] * saved + s.price[i, c]
    if s.route[c, MEAL] == i:
        put_route(s, c, MEAL, before)
    touch(s, c)
    push(s, after)


@part
def attach(s: State, i: int, before: int, meal_after: int) -> None:
    """Put a leg on a route behind a node; `meal_after` keeps a break of that gap behind the leg."""
    legs = s.price.shape[0]
    c, after = s.node[before, CAR], s.node[before, NEXT]
    added = way(s, legs, c, before, i) + way(s, legs, c, i, after) - way(s, legs, c, before, after)
    put(s, before, NEXT, i)
    put(s, after, PREV, i)
    put(s, i, PREV, before)
    put(s, i, NEXT, after)
    put(s, i, CAR, c)
    if s.node[i, HOLD] != 0:
        put(s, i, HOLD, 0)
    put_route(s, c, ROAD, s.route[c, ROAD] + added)
    put_route(s, c, WORK, s.route[c, WORK] + s.node[i, MINUTES])
    put_route(s, c, STOPS, s.route[c, STOPS] + 1)
    put_route(s, c, LEG_PRICES, s.route[c, LEG_PRICES] + s.price[i, c])
    s.now[FIXED_COST] += s.prices[TRAVEL_PRICE] * added + s.price[i, c]
    if meal_after and s.route[c, MEAL] == before:
        put_route(s, c, MEAL, i)
    touch(s, c)
    push(s, i)
    push(s, after)


@part
def road_of(s: State, legs: int, carers: int, c: int, before: int, k: int) -> int:
    """Travel of a carer from one node on through the list that begins at another, and home."""
    total = 0
    while k < legs:
        total += way(s, legs, c, before, k)
        before, k = k, s.node[k, NEXT]
    return total + way(s, legs, c, before, legs + carers + c)


@part
def relabel(s: State, k: int, a: int, b: int) -> tuple[bool, int]:
    """Give the list that begins at a node from carer a to carer b; False when b may not do all of it.

    Answers whether a's break lies in it as well.
    """
    legs = s.leg.shape[0]
    work = stops = points_a = points_b = 0
    meal = NONE
    while k < legs:
        if s.leg[k, MOVES] == 0 or s.price[k, b] >= FORBIDDEN:
            return False, meal
        put(s, k, CAR, b)
        work += s.node[k, MINUTES]
        stops += 1
        points_a += s.price[k, a]
        points_b += s.price[k, b]
        if s.route[a, MEAL] == k:
            meal = k
        k = s.node[k, NEXT]
    put_route(s, a, WORK, s.route[a, WORK] - work)
    put_route(s, b, WORK, s.route[b, WORK] + work)
    put_route(s, a, STOPS, s.route[a, STOPS] - stops)
    put_route(s, b, STOPS, s.route[b, STOPS] + stops)
    put_route(s, a, LEG_PRICES, s.route[a, LEG_PRICES] - points_a)
    put_route(s, b, LEG_PRICES, s.route[b, LEG_PRICES] + points_b)
    s.now[FIXED_COST] += points_b - points_a
    return True, meal


@part
def holds_partner(s: State, k: int, c: int) -> bool:
    """True when a leg of the list that begins at a node has a partner at the same carer."""
    legs = s.leg.shape[0]
    while k < legs:
        v = s.leg[k, VISIT]
        if s.visit[v, COUNT] > 1:
            for j in range(s.visit[v, LEG], s.visit[v, LEG] + s.visit[v, COUNT]):
                if j != k and s.node[j, CAR] == c:
                    return True
        k = s.node[k, NEXT]
    return False


@part
def swap_tails(s: State, i: int, j: int, limit: int) -> bool:
    """Exchange what follows two nodes of different carers; False when that is not allowed or not worth a try."""
    legs, carers = s.price.shape
    a, b = s.node[i, CAR], s.node[j, CAR]
    after_i, after_j = s.node[i, NEXT], s.node[j, NEXT]
    if after_i >= legs and after_j >= legs:
        return False
    more_a = road_of(s, legs, carers, a, i, after_j) - road_of(s, legs, carers, a, i, after_i)
    more_b = road_of(s, legs, carers, b, j, after_i) - road_of(s, legs, carers, b, j, after_j)
    if s.prices[TRAVEL_PRICE] * (more_a + more_b) > limit:
        return False
    fits_b, meal_a = relabel(s, after_i, a, b)
    if not fits_b:
        return False
    fits_a, meal_b = relabel(s, after_j, b, a)
    if not fits_a:
        return False
    tail_a, tail_b = legs + carers + a, legs + carers + b
    last_a, last_b = s.node[tail_a, PREV], s.node[tail_b, PREV]
    put(s, i, NEXT, after_j if after_j < legs else tail_a)
    put(s, j, NEXT, after_i if after_i < legs else tail_b)
    if after_j < legs:
        put(s, after_j, PREV, i)
        put(s, last_b, NEXT, tail_a)
        put(s, tail_a, PREV, last_b)
    else:
        put(s, tail_a, PREV, i)
    if after_i < legs:
        put(s, after_i, PREV, j)
        put(s, last_a, NEXT, tail_b)
        put(s, tail_b, PREV, last_a)
    else:
        put(s, tail_b, PREV, j)
    put_route(s, a, ROAD, s.route[a, ROAD] + more_a)
    put_route(s, b, ROAD, s.route[b, ROAD] + more_b)
    s.now[FIXED_COST] += s.prices[TRAVEL_PRICE] * (more_a + more_b)
    touch(s, a)
    touch(s, b)
    if meal_a != NONE:
        put_route(s, a, MEAL, meal_b if meal_b != NONE else i)
    elif meal_b != NONE and s.route[a, MEAL] == i:
        put_route(s, a, MEAL, meal_b)
    if meal_b != NONE:
        put_route(s, b, MEAL, meal_a if meal_a != NONE else j)
    if holds_partner(s, s.node[i, NEXT], a) or holds_partner(s, s.node[j, NEXT], b):
        return False
    push(s, s.node[i, NEXT])
    push(s, s.node[j, NEXT])
    return True
