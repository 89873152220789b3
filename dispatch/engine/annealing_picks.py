"""Compiled: which leg to move and where to: near legs, late legs, places at the right time."""

from __future__ import annotations

from dispatch.engine.annealing_starts import lateness, way
from dispatch.engine.annealing_state import (
    CAR,
    COUNT,
    DUE,
    EARLY,
    FIRST,
    LATENESS_PRICE,
    LEAVES,
    LEG,
    MINUTES,
    NEXT,
    PREV,
    TRAVEL_PRICE,
    VISIT,
    State,
    below,
    draw,
)
from dispatch.engine.arrays import FORBIDDEN, NEVER, NONE
from dispatch.engine.compiled import part

LATE_TRIES = 3


@part
def may_serve(s: State, i: int, c: int) -> bool:
    """True when the carer may do the leg and holds no other leg of its visit."""
    if s.price[i, c] >= FORBIDDEN:
        return False
    v = s.leg[i, VISIT]
    if s.visit[v, COUNT] > 1:
        for j in range(s.visit[v, LEG], s.visit[v, LEG] + s.visit[v, COUNT]):
            if j != i and s.node[j, CAR] == c:
                return False
    return True


@part
def pick_place(s: State, i: int) -> int:
    """A node to put leg i behind: mostly beside a near leg, else anywhere; NONE when no try fits."""
    legs, carers = s.leg.shape[0], s.price.shape[1]
    width = s.near.shape[2]
    for _ in range(6):
        r = draw(s)
        if (r & 15) < 12 and width > 0:
            before = r & 16
            j = int(s.near[1 if before else 0, i, below(s, width)])
            if j < 0 or s.node[j, CAR] < 0:
                continue
            if before:
                j = s.node[j, PREV]
        else:
            j = below(s, legs + carers)
        if j == i or s.node[j, CAR] < 0:
            continue
        if may_serve(s, i, s.node[j, CAR]):
            return j
    return NONE


@part
def detour(s: State, legs: int, c: int, before: int, i: int, after: int) -> int:
    """Minutes that a stop adds between two nodes."""
    return way(s, legs, c, before, i) + way(s, legs, c, i, after) - way(s, legs, c, before, after)


@part
def pick_late(s: State) -> int:
    """The latest of a few random legs."""
    best, most = below(s, s.leg.shape[0]), -1
    for _ in range(LATE_TRIES):
        i = below(s, s.leg.shape[0])
        if s.node[i, CAR] >= 0:
            late = lateness(s, i, s.node[i, EARLY])
            if late > most:
                best, most = i, late
    return best


@part
def instead(s: State, legs: int, i: int, x: int) -> int:
    """Minutes of travel that stop x in the place of stop i adds."""
    c, before, after = s.node[i, CAR], s.node[i, PREV], s.node[i, NEXT]
    return (
        way(s, legs, c, before, x) + way(s, legs, c, x, after) - way(s, legs, c, before, i) - way(s, legs, c, i, after)
    )


@part
def pick_in_time(s: State, i: int, target: int) -> int:
    """The node behind which leg i can start at about the target minute for the least; NONE when nobody may serve it.

    A guess from the present starts: detour, lateness of the leg and of the stop after it. One carer in eight is passed
    over, so that other places have their turn.
    """
    legs, carers = s.price.shape
    best, least = NONE, NEVER
    target = max(target, s.windows[i, 0, FIRST])
    for c in range(carers):
        if (draw(s) & 7) == 0 or not may_serve(s, i, c):
            continue
        j = legs + c
        following = s.node[j, NEXT]
        while following < legs and s.node[following, EARLY] + s.node[following, MINUTES] <= target:
            j, following = following, s.node[following, NEXT]
        for _ in range(2):
            # Behind the last stop that ends before the target, or behind the one after it.
            hop = way(s, legs, c, j, i)
            ready = (s.node[j, EARLY] + s.node[j, MINUTES] if j < legs else s.carer[c, LEAVES]) + hop
            start = max(ready, target)
            points = s.prices[TRAVEL_PRICE] * detour(s, legs, c, j, i, following) + s.price[i, c]
            points += s.prices[LATENESS_PRICE] * (start - target)
            if following < legs:
                then = start + s.node[i, MINUTES] + way(s, legs, c, i, following)
                points += s.prices[LATENESS_PRICE] * max(
                    0, then - max(s.node[following, EARLY], s.windows[following, 0, DUE])
                )
            if points < least:
                best, least = j, points
            if following >= legs:
                break
            j, following = following, s.node[following, NEXT]
    return best
