"""Compiled: the earliest starts of all routes, followed along routes and links after each move."""

from __future__ import annotations

from dispatch.engine.annealing_state import (
    BUFFER,
    CAR,
    COUNT,
    DUE,
    EARLY,
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
    State,
    push,
    put,
    touch,
)
from dispatch.engine.arrays import NEVER
from dispatch.engine.compiled import part


@part
def way(s: State, legs: int, c: int, a: int, b: int) -> int:
    """Travel from node to node; an unused carer does not travel."""
    if a >= legs and b >= legs:
        return 0
    return s.travel[s.carer[c, MODE], s.node[a, PLACE], s.node[b, PLACE]]


@part
def after_meal(s: State, c: int, end: int, hop: int, at_home: bool) -> int:
    """Ready at the next stop when the break lies in the gap; NEVER when it does not fit there."""
    opens, latest, minutes = s.carer[c, MEAL_OPENS], s.carer[c, MEAL_LATEST], s.carer[c, MEAL_MINUTES]
    ready = NEVER
    if max(end + hop, opens) <= latest:
        ready = max(end + hop, opens) + minutes
    if at_home:
        ready = min(ready, max(end, opens + minutes) + hop)
    elif max(end, opens) <= latest:
        ready = min(ready, max(end, opens) + minutes + hop)
    return ready


@part
def arrival(s: State, legs: int, i: int) -> int:
    """The earliest minute at which the carer can be at the node, the break before it included."""
    c, before = s.node[i, CAR], s.node[i, PREV]
    hop = way(s, legs, c, before, i)
    at_home = before >= legs
    if at_home:
        end = s.carer[c, LEAVES]
    else:
        end = s.node[before, EARLY] + s.node[before, MINUTES]
        hop += s.prices[BUFFER]
    if s.route[c, MEAL] == before:
        ready = after_meal(s, c, end, hop, at_home)
        if ready < NEVER:
            return ready
    return end + hop


@part
def settle(s: State, i: int, c: int, minute: int) -> int:
    """The first allowed start at or after the minute, by windows and shifts; NEVER when there is none."""
    last = s.leg[i, WINDOWS] - 1
    minutes = s.node[i, MINUTES]
    while True:
        k = 0
        while k < last and minute >= s.windows[i, k, JUMP]:
            k += 1
        start = max(minute, s.windows[i, k, FIRST])
        if start > s.windows[i, k, LAST]:
            return NEVER
        k = 0
        while start + minutes > s.shifts[c, k, 1]:
            k += 1
            if k == s.carer[c, SHIFTS]:
                return NEVER
        start = max(start, s.shifts[c, k, 0])
        if start == minute:
            return start
        if last == 0 and s.carer[c, SHIFTS] == 1:
            return start if start <= s.windows[i, 0, LAST] and start + minutes <= s.shifts[c, 0, 1] else NEVER
        minute = start


@part
def ready_at(s: State, i: int) -> int:
    """The earliest start of a leg by its own route alone."""
    legs = s.leg.shape[0]
    at = arrival(s, legs, i)
    return settle(s, i, s.node[i, CAR], max(at, s.node[i, HOLD]))


@part
def link_starts(s: State, v: int) -> bool:
    """Raise the starts of a visit's legs to the least ones that hold the gaps; False when there are none.

    `found` comes in with the starts by the routes alone.
    """
    first, count = s.visit[v, LEG], s.visit[v, COUNT]
    least, most = s.visit[v, LEAST_GAP], s.visit[v, MOST_GAP]
    for _ in range(20):
        for k in range(count - 2, -1, -1):
            s.found[k] = max(s.found[k], s.found[k + 1] - most)
        for k in range(1, count):
            s.found[k] = max(s.found[k], s.found[k - 1] + least)
        settled = True
        for k in range(count):
            i = first + k
            start = settle(s, i, s.node[i, CAR], s.found[k])
            if start >= NEVER:
                return False
            if start != s.found[k]:
                s.found[k] = start
                settled = False
        if settled:
            return True
    return False


@part
def propagate(s: State, limit: int) -> bool:
    """Follow the changes of starts from the queue; False when a rule of time cannot be held."""
    legs = s.leg.shape[0]
    most = min(s.queue.size - 4, 6 * legs + 100)
    holds = True
    head = 0
    points = s.prices[LATENESS_PRICE]
    while head < s.now[QUEUED]:
        i = s.queue[head]
        head += 1
        s.queued[i] += 1
        if s.queued[i] > ROUNDS:
            holds = False
        if not holds or i >= legs or s.node[i, CAR] < 0:
            continue
        if head > most or limit < 0:
            holds = False
            continue
        v = s.leg[i, VISIT]
        if s.visit[v, TIMED] == 0:
            start = ready_at(s, i)
            if start >= NEVER:
                holds = False
            elif start != s.node[i, EARLY]:
                limit -= points * (lateness(s, i, start) - lateness(s, i, s.node[i, EARLY]))
                put(s, i, EARLY, start)
                touch(s, s.node[i, CAR])
                push(s, s.node[i, NEXT])
            continue
        first, count = s.visit[v, LEG], s.visit[v, COUNT]
        for k in range(count):
            if s.node[first + k, CAR] < 0:
                holds = False
                break
            s.found[k] = ready_at(s, first + k)
            if s.found[k] >= NEVER:
                holds = False
                break
        if not holds or not link_starts(s, v):
            holds = False
            continue
        for k in range(count):
            j = first + k
            if s.found[k] != s.node[j, EARLY]:
                limit -= points * (lateness(s, j, s.found[k]) - lateness(s, j, s.node[j, EARLY]))
                put(s, j, EARLY, s.found[k])
                touch(s, s.node[j, CAR])
                push(s, s.node[j, NEXT])
    for k in range(s.now[QUEUED]):
        s.queued[s.queue[k]] = 0
    s.now[QUEUED] = 0
    return holds


@part
def lateness(s: State, i: int, start: int) -> int:
    """Minutes past the end of the latest window that is open at the start."""
    k = s.leg[i, WINDOWS] - 1
    while k > 0 and s.windows[i, k, FIRST] > start:
        k -= 1
    return max(0, start - s.windows[i, k, DUE])
