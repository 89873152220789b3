"""Compiled: the earliest starts of all routes, followed along routes and links after each move."""

from __future__ import annotations

from dispatch.engine.annealing_state import (
    BUFFER,
    CAR,
    COUNT,
    DUE,
    EARLY,
    FACT,
    FIRST,
    HOLD,
    JUMP,
    LAST,
    LATENESS_PRICE,
    LEAST_GAP,
    LEAVES,
    LEG,
    MEAL,
    MEAL_LATEST,
    MEAL_MINUTES,
    MEAL_OPENS,
    MINUTES,
    MODE,
    MOST_GAP,
    NEXT,
    PLACE,
    PREV,
    QUEUED,
    ROUNDS,
    SHIFTS,
    TIMED,
    VISIT,
    WINDOWS,
    Bytes,
    push,
    put,
    touch,
)
from dispatch.engine.arrays import NEVER, NONE, Ints, Narrow
from dispatch.engine.compiled import kernel


@kernel
def way(node: Ints, carer: Ints, travel: Narrow, legs: int, c: int, a: int, b: int) -> int:
    """Travel from node to node; an unused carer does not travel."""
    if a >= legs and b >= legs:
        return 0
    return travel[carer[c, MODE], node[a, PLACE], node[b, PLACE]]


@kernel
def after_meal(carer: Ints, c: int, end: int, hop: int, at_home: bool) -> int:
    """Ready at the next stop when the break lies in the gap; NEVER when it does not fit there."""
    opens, latest, minutes = carer[c, MEAL_OPENS], carer[c, MEAL_LATEST], carer[c, MEAL_MINUTES]
    ready = NEVER
    if max(end + hop, opens) <= latest:
        ready = max(end + hop, opens) + minutes
    if at_home:
        ready = min(ready, max(end, opens + minutes) + hop)
    elif max(end, opens) <= latest:
        ready = min(ready, max(end, opens) + minutes + hop)
    return ready


@kernel
def arrival(node: Ints, route: Ints, carer: Ints, travel: Narrow, prices: Ints, legs: int, i: int) -> int:
    """The earliest minute at which the carer can be at the node, the break before it included."""
    c, before = node[i, CAR], node[i, PREV]
    hop = way(node, carer, travel, legs, c, before, i)
    at_home = before >= legs
    if at_home:
        end = carer[c, LEAVES]
    else:
        end = node[before, EARLY] + node[before, MINUTES]
        hop += prices[BUFFER]
    if route[c, MEAL] == before:
        ready = after_meal(carer, c, end, hop, at_home)
        if ready < NEVER:
            return ready
    return end + hop


@kernel
def settle(node: Ints, leg: Ints, windows: Ints, carer: Ints, shifts: Ints, i: int, c: int, minute: int) -> int:
    """The first allowed start at or after the minute, by windows and shifts; NEVER when there is none."""
    last = leg[i, WINDOWS] - 1
    minutes = node[i, MINUTES]
    while True:
        k = 0
        while k < last and minute >= windows[i, k, JUMP]:
            k += 1
        start = max(minute, windows[i, k, FIRST])
        if start > windows[i, k, LAST]:
            return NEVER
        k = 0
        while start + minutes > shifts[c, k, 1]:
            k += 1
            if k == carer[c, SHIFTS]:
                return NEVER
        start = max(start, shifts[c, k, 0])
        if start == minute:
            return start
        if last == 0 and carer[c, SHIFTS] == 1:
            return start if start <= windows[i, 0, LAST] and start + minutes <= shifts[c, 0, 1] else NEVER
        minute = start


@kernel
def ready_at(
    node: Ints, route: Ints, leg: Ints, windows: Ints, carer: Ints, shifts: Ints, travel: Narrow, prices: Ints, i: int
) -> int:
    """The earliest start of a leg by its own route alone."""
    legs = leg.shape[0]
    at = arrival(node, route, carer, travel, prices, legs, i)
    if leg[i, FACT] != NONE:
        before = node[i, PREV]
        free = before >= legs or leg[before, FACT] != NONE
        return leg[i, FACT] if free or at <= leg[i, FACT] else NEVER
    return settle(node, leg, windows, carer, shifts, i, node[i, CAR], max(at, node[i, HOLD]))


@kernel
def link_starts(
    node: Ints, leg: Ints, windows: Ints, visit: Ints, carer: Ints, shifts: Ints, v: int, found: Ints
) -> bool:
    """Raise the starts of a visit's legs to the least ones that hold the gaps; False when there are none.

    `found` comes in with the starts by the routes alone.
    """
    first, count = visit[v, LEG], visit[v, COUNT]
    least, most = visit[v, LEAST_GAP], visit[v, MOST_GAP]
    for _ in range(20):
        for k in range(count - 2, -1, -1):
            found[k] = max(found[k], found[k + 1] - most)
        for k in range(1, count):
            found[k] = max(found[k], found[k - 1] + least)
        settled = True
        for k in range(count):
            i = first + k
            if leg[i, FACT] != NONE:
                if found[k] != leg[i, FACT]:
                    return False
                continue
            start = settle(node, leg, windows, carer, shifts, i, node[i, CAR], found[k])
            if start >= NEVER:
                return False
            if start != found[k]:
                found[k] = start
                settled = False
        if settled:
            return True
    return False


@kernel
def propagate(
    node: Ints,
    route: Ints,
    leg: Ints,
    windows: Ints,
    visit: Ints,
    carer: Ints,
    shifts: Ints,
    travel: Narrow,
    prices: Ints,
    queue: Ints,
    queued: Bytes,
    dirty: Ints,
    found: Ints,
    log: Ints,
    now: Ints,
    limit: int,
) -> bool:
    """Follow the changes of starts from the queue; False when a rule of time cannot be held."""
    legs = leg.shape[0]
    most = min(queue.size - 4, 6 * legs + 100)
    holds = True
    head = 0
    price = prices[LATENESS_PRICE]
    while head < now[QUEUED]:
        i = queue[head]
        head += 1
        queued[i] += 1
        if queued[i] > ROUNDS:
            holds = False
        if not holds or i >= legs or node[i, CAR] < 0:
            continue
        if head > most or limit < 0:
            holds = False
            continue
        v = leg[i, VISIT]
        if visit[v, TIMED] == 0:
            start = ready_at(node, route, leg, windows, carer, shifts, travel, prices, i)
            if start >= NEVER:
                holds = False
            elif start != node[i, EARLY]:
                limit -= price * (lateness(leg, windows, i, start) - lateness(leg, windows, i, node[i, EARLY]))
                put(node, log, now, i, EARLY, start)
                touch(route, dirty, now, node[i, CAR])
                push(queue, queued, now, node[i, NEXT])
            continue
        first, count = visit[v, LEG], visit[v, COUNT]
        for k in range(count):
            if node[first + k, CAR] < 0:
                holds = False
                break
            found[k] = ready_at(node, route, leg, windows, carer, shifts, travel, prices, first + k)
            if found[k] >= NEVER:
                holds = False
                break
        if not holds or not link_starts(node, leg, windows, visit, carer, shifts, v, found):
            holds = False
            continue
        for k in range(count):
            j = first + k
            if found[k] != node[j, EARLY]:
                limit -= price * (lateness(leg, windows, j, found[k]) - lateness(leg, windows, j, node[j, EARLY]))
                put(node, log, now, j, EARLY, found[k])
                touch(route, dirty, now, node[j, CAR])
                push(queue, queued, now, node[j, NEXT])
    for k in range(now[QUEUED]):
        queued[queue[k]] = 0
    now[QUEUED] = 0
    return holds


@kernel
def lateness(leg: Ints, windows: Ints, i: int, start: int) -> int:
    """Minutes past the end of the latest window that is open at the start."""
    k = leg[i, WINDOWS] - 1
    while k > 0 and windows[i, k, FIRST] > start:
        k -= 1
    return max(0, start - windows[i, k, DUE])
