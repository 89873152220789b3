"""Compiled: the moves of the annealing. Each changes the plan and is judged, and undone if need be, by its caller.

Each answers whether it changed anything worth timing. `limit` is what the part of the price that does not depend on
times (travel, who serves, absence) may rise by.
"""

from __future__ import annotations

from dispatch.engine.annealing_moves import attach, detach, swap_tails
from dispatch.engine.annealing_picks import detour, instead, may_serve, pick_in_time, pick_place
from dispatch.engine.annealing_starts import arrival, way
from dispatch.engine.annealing_state import (
    ABSENCE,
    ABSENT_COST,
    BUFFER,
    CAR,
    COUNT,
    EARLY,
    FIRST,
    HOLD,
    LEAST_GAP,
    LEG,
    MEAL,
    MEAL_MINUTES,
    MINUTES,
    MOVES,
    NEXT,
    PREV,
    TIMED,
    TRAVEL_PRICE,
    VISIT,
    WINDOWS,
    State,
    below,
    draw,
    push,
    put,
    put_route,
    touch,
)
from dispatch.engine.arrays import FORBIDDEN, NONE
from dispatch.engine.compiled import part


@part
def move_leg(s: State, i: int, coin: int, limit: int) -> bool:
    """One leg to another place."""
    legs = s.price.shape[0]
    j = pick_place(s, i)
    if j < 0 or j == s.node[i, PREV]:
        return False
    c, to = s.node[i, CAR], s.node[j, CAR]
    saved = detour(s, legs, c, s.node[i, PREV], i, s.node[i, NEXT])
    added = detour(s, legs, to, j, i, s.node[j, NEXT])
    if s.prices[TRAVEL_PRICE] * (added - saved) + s.price[i, to] - s.price[i, c] > limit:
        return False
    detach(s, i)
    attach(s, i, j, coin)
    return True


@part
def swap_legs(s: State, i: int, coin: int, limit: int) -> bool:
    """Two legs, each to the other's place."""
    legs = s.price.shape[0]
    j = s.near[0, i, below(s, s.near.shape[2])] if draw(s) & 3 else below(s, legs)
    if j < 0 or j >= legs or j == i or s.node[j, CAR] < 0 or s.leg[j, MOVES] == 0:
        return False
    before_i, before_j = s.node[i, PREV], s.node[j, PREV]
    if before_i == j or before_j == i:
        return False
    a, b = s.node[i, CAR], s.node[j, CAR]
    if a != b:
        if s.price[i, b] >= FORBIDDEN or s.price[j, a] >= FORBIDDEN:
            return False
        if s.leg[j, VISIT] != s.leg[i, VISIT] and not (may_serve(s, i, b) and may_serve(s, j, a)):
            return False
        more = instead(s, legs, i, j) + instead(s, legs, j, i)
        points = s.price[i, b] + s.price[j, a] - s.price[i, a] - s.price[j, b]
        if s.prices[TRAVEL_PRICE] * more + points > limit:
            return False
    detach(s, i)
    detach(s, j)
    attach(s, i, before_j, coin)
    attach(s, j, before_i, coin)
    return True


@part
def move_tail(s: State, i: int, limit: int) -> bool:
    """The rest of a route from leg i on behind another carer's stop, whose own rest comes in turn."""
    j = pick_place(s, i)
    return j >= 0 and s.node[j, CAR] != s.node[i, CAR] and swap_tails(s, s.node[i, PREV], j, limit)


@part
def move_string(s: State, i: int, coin: int) -> bool:
    """Two or three stops in a row, in their order, to another place."""
    length = 2 + coin
    legs = s.price.shape[0]
    j = pick_place(s, i)
    if j < 0 or j == s.node[i, PREV]:
        return False
    k = i
    for _ in range(length):
        if k >= legs or k == j or s.leg[k, MOVES] == 0 or not may_serve(s, k, s.node[j, CAR]):
            return False
        k = s.node[k, NEXT]
    k = i
    for _ in range(length):
        following = s.node[k, NEXT]
        detach(s, k)
        attach(s, k, j, coin)
        j, k = k, following
    return True


@part
def move_visit(s: State, i: int, coin: int) -> bool:
    """The whole visit of leg i, in or to other places: the leg, then its partners to where they can start with it.

    With `coin` 0 the leg of a planned visit stays where it is and only the partners come to it.
    """
    legs = s.price.shape[0]
    v = s.leg[i, VISIT]
    first, last = s.visit[v, LEG], s.visit[v, LEG] + s.visit[v, COUNT]
    absent = s.node[i, CAR] < 0
    stays = coin == 0 and not absent and last > first + 1
    target = s.node[i, EARLY]
    if not absent:
        for k in range(first, last):
            if s.leg[k, MOVES] == 1 and not (stays and k == i):
                detach(s, k)
    if not stays:
        anywhere = last > first + 1 and draw(s) & 1 == 1
        j = pick_place(s, i) if anywhere else pick_in_time(s, i, s.windows[i, 0, FIRST])
        if j < 0:
            return False
        attach(s, i, j, coin)
        target = max(arrival(s, legs, i), s.windows[i, 0, FIRST])
    for k in range(first, last):
        if s.leg[k, MOVES] == 1 and s.node[k, CAR] < 0:
            at = target + (k - i) * s.visit[v, LEAST_GAP] if s.visit[v, TIMED] else s.windows[k, 0, FIRST]
            j = pick_in_time(s, k, at) if draw(s) & 7 else pick_place(s, k)
            if j < 0:
                return False
            attach(s, k, j, coin)
    if absent:
        s.now[ABSENT_COST] -= s.visit[v, ABSENCE]
    return True


@part
def hold_leg(s: State, i: int) -> bool:
    """Another earliest start: none, the next window, or as late as the next stop allows."""
    legs = s.price.shape[0]
    r = draw(s) & 3
    hold = 0
    if r == 1 and s.leg[i, WINDOWS] > 1:
        hold = s.windows[i, 1 + below(s, s.leg[i, WINDOWS] - 1), FIRST]
    elif r > 0 and s.node[i, NEXT] < legs:
        following = s.node[i, NEXT]
        end = s.node[i, EARLY] + s.node[i, MINUTES] + way(s, legs, s.node[i, CAR], i, following)
        gap = s.node[following, EARLY] - end - s.prices[BUFFER]
        if gap > 0:
            hold = s.node[i, EARLY] + (gap if r == 2 else 1 + below(s, gap))
    if hold == s.node[i, HOLD]:
        return False
    put(s, i, HOLD, hold)
    push(s, i)
    return True


@part
def move_meal(s: State, i: int, coin: int) -> bool:
    """The break of the day to the gap before or behind leg i, seldom to none."""
    c = s.node[i, CAR]
    if s.carer[c, MEAL_MINUTES] == 0:
        return False
    old = s.route[c, MEAL]
    j = i if coin else s.node[i, PREV]
    if draw(s) & 15 == 0:
        j = NONE
    if j == old:
        return False
    put_route(s, c, MEAL, j)
    touch(s, c)
    if old >= 0:
        push(s, s.node[old, NEXT])
    if j >= 0:
        push(s, s.node[j, NEXT])
    return True


@part
def drop_visit(s: State, i: int, limit: int) -> bool:
    """Leave the visit of leg i out."""
    v = s.leg[i, VISIT]
    if s.visit[v, ABSENCE] > limit:
        return False
    for k in range(s.visit[v, LEG], s.visit[v, LEG] + s.visit[v, COUNT]):
        if s.leg[k, MOVES] == 1:
            detach(s, k)
    s.now[ABSENT_COST] += s.visit[v, ABSENCE]
    return True
