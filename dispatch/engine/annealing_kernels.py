"""The compiled annealing for days with linked starts and soft windows.

State. Every leg is a node of its carer's doubly linked list; two more nodes per carer stand for leaving (`head`) and
coming back (`tail`). EARLY is the least start that the order of all routes allows: the least fixed point of "not before
the window, the hold, the stop before and what the links ask". It is kept incrementally: a move pushes the nodes whose
surroundings changed on a queue, and `propagate` follows the changes until they die out. From the EARLY of one route
`time_route` derives its starts: the leading stops are moved later as far as that shortens priced waiting. So the cost of
a plan is a sum over routes and two maxima, and only routes that a change reached are priced again.

Undo. Every write is logged with the old value; `undo` plays the log back.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

# Columns of `node`: the changing ones, then the fixed ones; eight of them fill a cache line
NEXT, PREV, CAR, EARLY, HOLD, START, MINUTES, PLACE, NODE_COLUMNS = range(9)
# Columns of `route`, one row per carer
ROAD, WORK, STOPS, MEAL, LEG_PRICES, WORST, IDLE, COST, DIRTY, MEAL_START, ROUTE_COLUMNS = range(11)
# Columns of `leg`
VISIT, WINDOWS, FACT, MOVES, LEG_COLUMNS = range(5)
# The last axis of `windows`; JUMP is the first minute at which the next window is the better one
FIRST, LAST, DUE, JUMP = range(4)
# Columns of `visit`: legs first..first+count-1, linked in time (1) or not (0)
LEG, COUNT, TIMED, LEAST_GAP, MOST_GAP, ABSENCE, VISIT_COLUMNS = range(7)
# Columns of `carer`
(
    MODE,
    LEAVES,
    CLOSES,
    OVERTIME,
    MOST_VISITS,
    MOST_MINUTES,
    MEAL_OPENS,
    MEAL_LATEST,
    MEAL_MINUTES,
    MEAL_PRICE,
    SHIFTS,
    SHIFT_MINUTES,
    CARER_COLUMNS,
) = range(13)
# Entries of `prices`
TRAVEL_PRICE, LATENESS_PRICE, WORST_PRICE, WAITING_PRICE, IDLE_PRICE, OVERTIME_PRICE, BUFFER, PRICES = range(8)
# Entries of `now`
LOGGED, QUEUED, DIRTIED, STAMP, ROUTES_COST, ABSENT_COST, FIXED_COST, TOTAL, BEST, ITERATIONS, SLACK, NOW = range(12)

FORBIDDEN = 1 << 40
NEVER = 1 << 40
NONE = -1
ROUNDS = 8

# Without reference counts: nothing here makes an array, and counting them at every call costs more than the work.
compiled = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)


# --- random numbers -------------------------------------------------------------------------------------------------


@compiled
def draw(seed):
    """31 random bits (xorshift64)."""
    x = seed[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    seed[0] = x
    return np.int64(x >> np.uint64(33))


@compiled
def below(seed, n):
    """A random integer of 0..n-1."""
    return (draw(seed) * n) >> 31


# --- logged writes --------------------------------------------------------------------------------------------------


@compiled
def put(node, log, now, i, column, value):
    n = now[LOGGED]
    log[n, 0] = i * NODE_COLUMNS + column
    log[n, 1] = node[i, column]
    now[LOGGED] = n + 1
    node[i, column] = value


@compiled
def put_route(route, log, now, c, column, value):
    n = now[LOGGED]
    log[n, 0] = ~(c * ROUTE_COLUMNS + column)
    log[n, 1] = route[c, column]
    now[LOGGED] = n + 1
    route[c, column] = value


@compiled
def undo(node, route, log, now):
    for k in range(now[LOGGED] - 1, -1, -1):
        at = log[k, 0]
        if at >= 0:
            node[at // NODE_COLUMNS, at % NODE_COLUMNS] = log[k, 1]
        else:
            route[~at // ROUTE_COLUMNS, ~at % ROUTE_COLUMNS] = log[k, 1]


@compiled
def touch(route, dirty, now, c):
    """Note that the route must be priced again."""
    if route[c, DIRTY] != now[STAMP]:
        route[c, DIRTY] = now[STAMP]
        dirty[now[DIRTIED]] = c
        now[DIRTIED] += 1


@compiled
def push(queue, queued, now, i):
    """Note that the node's start must be looked at again."""
    if (queued[i] & 1) == 0:
        queued[i] += 1
        queue[now[QUEUED]] = i
        now[QUEUED] += 1


# --- starts ---------------------------------------------------------------------------------------------------------


@compiled
def way(node, carer, travel, legs, c, a, b):
    """Travel from node to node; an unused carer does not travel."""
    if a >= legs and b >= legs:
        return np.int64(0)
    return np.int64(travel[carer[c, MODE], node[a, PLACE], node[b, PLACE]])


@compiled
def after_meal(carer, c, end, hop, at_home):
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


@compiled
def arrival(node, route, carer, travel, prices, legs, i):
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


@compiled
def settle(node, leg, windows, carer, shifts, i, c, minute):
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


@compiled
def ready_at(node, route, leg, windows, carer, shifts, travel, prices, i):
    """The earliest start of a leg by its own route alone."""
    legs = leg.shape[0]
    at = arrival(node, route, carer, travel, prices, legs, i)
    if leg[i, FACT] != NONE:
        before = node[i, PREV]
        free = before >= legs or leg[before, FACT] != NONE
        return leg[i, FACT] if free or at <= leg[i, FACT] else NEVER
    return settle(node, leg, windows, carer, shifts, i, node[i, CAR], max(at, node[i, HOLD]))


@compiled
def link_starts(node, leg, windows, visit, carer, shifts, v, found):
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


@compiled
def propagate(node, route, leg, windows, visit, carer, shifts, travel, prices, queue, queued, dirty, found, log, now, limit):
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


# --- the price of a route -------------------------------------------------------------------------------------------


@compiled
def lateness(leg, windows, i, start):
    """Minutes past the end of the latest window that is open at the start."""
    k = leg[i, WINDOWS] - 1
    while k > 0 and windows[i, k, FIRST] > start:
        k -= 1
    return max(np.int64(0), start - windows[i, k, DUE])


@compiled
def best_shift(node, route, leg, windows, visit, carer, travel, prices, c, marks):
    """How many minutes later the first stop should start than its earliest.

    A stop moves only as far as the waiting before it does not absorb the shift. Linked stops and the last one do not
    move. Each minute saves one of waiting and costs lateness at the stops pushed past their due minutes, so the best
    shift ends at the first mark at which that costs more than waiting does.
    """
    legs = leg.shape[0]
    i = node[legs + c, NEXT]
    if carer[c, SHIFTS] > 1:
        return np.int64(0)
    room = marks.size if prices[LATENESS_PRICE] == 0 else (prices[WAITING_PRICE] - 1) // prices[LATENESS_PRICE] + 1
    room = min(room, marks.size)
    taken = 0
    most = NEVER
    waited = np.int64(0)
    while True:
        v = leg[i, VISIT]
        if visit[v, TIMED] == 1 or leg[i, FACT] != NONE:
            most = min(most, waited)
        k = leg[i, WINDOWS] - 1
        while k > 0 and windows[i, k, FIRST] > node[i, EARLY]:
            k -= 1
        most = min(most, waited + windows[i, k, LAST] - node[i, EARLY])
        mark = waited + max(np.int64(0), windows[i, k, DUE] - node[i, EARLY])
        at = taken
        while at > 0 and marks[at - 1] > mark:
            if at < room:
                marks[at] = marks[at - 1]
            at -= 1
        if at < room:
            marks[at] = mark
            taken = min(taken + 1, room)
        following = node[i, NEXT]
        if following >= legs:
            break
        end = node[i, EARLY] + node[i, MINUTES]
        hop = way(node, carer, travel, legs, c, i, following) + prices[BUFFER]
        gap = node[following, EARLY] - end - hop
        if route[c, MEAL] == i:
            latest = carer[c, MEAL_LATEST]
            if max(end + hop, carer[c, MEAL_OPENS]) <= latest:
                most = min(most, waited + latest - end - hop)
                gap -= carer[c, MEAL_MINUTES]
            elif max(end, carer[c, MEAL_OPENS]) <= latest:
                most = min(most, waited + latest - end)
                gap -= carer[c, MEAL_MINUTES]
        if waited + gap > most:
            waited = most
            break
        waited += gap
        i = following
    if taken == room and prices[LATENESS_PRICE] > 0:
        most = min(most, marks[room - 1])
    return max(np.int64(0), min(most, waited))


@compiled
def time_route(node, route, leg, windows, visit, carer, travel, prices, c, marks):
    """Starts and price of one route from its earliest starts; False when it breaks a limit of the day."""
    legs = leg.shape[0]
    meal_minutes = carer[c, MEAL_MINUTES]
    i = node[legs + c, NEXT]
    route[c, WORST] = 0
    route[c, MEAL_START] = carer[c, MEAL_OPENS] if meal_minutes > 0 else NONE
    if i >= legs:
        route[c, IDLE] = carer[c, SHIFT_MINUTES] - meal_minutes
        route[c, COST] = 0
        return True
    if route[c, STOPS] > carer[c, MOST_VISITS] or route[c, WORK] > carer[c, MOST_MINUTES]:
        return False
    shift = np.int64(0)
    if prices[WAITING_PRICE] > 0:
        shift = best_shift(node, route, leg, windows, visit, carer, travel, prices, c, marks)
    late = worst = waiting = np.int64(0)
    meal = NONE
    if route[c, MEAL] == legs + c:
        meal = carer[c, MEAL_OPENS]  # before leaving, or at the door of the first stop
        hop = way(node, carer, travel, legs, c, legs + c, i)
        if max(carer[c, LEAVES], meal + meal_minutes) + hop > node[i, EARLY] + shift:
            meal = max(carer[c, LEAVES] + hop, carer[c, MEAL_OPENS])
            if meal > carer[c, MEAL_LATEST] or meal + meal_minutes > node[i, EARLY] + shift:
                meal = NONE
    while True:
        start = node[i, EARLY] + shift
        node[i, START] = start
        over = lateness(leg, windows, i, start)
        late += over
        worst = max(worst, over)
        end = start + node[i, MINUTES]
        following = node[i, NEXT]
        hop = way(node, carer, travel, legs, c, i, following)
        if following >= legs:
            break
        hop += prices[BUFFER]
        eaten = np.int64(0)
        if route[c, MEAL] == i:
            if max(end + hop, carer[c, MEAL_OPENS]) <= carer[c, MEAL_LATEST]:
                meal, eaten = max(end + hop, carer[c, MEAL_OPENS]), meal_minutes
            elif max(end, carer[c, MEAL_OPENS]) <= carer[c, MEAL_LATEST]:
                meal, eaten = max(end, carer[c, MEAL_OPENS]), meal_minutes
        slack = node[following, EARLY] - (end + hop + eaten)
        shift = max(np.int64(0), -slack)
        waiting += max(np.int64(0), slack)
        i = following
    back = end + hop
    if route[c, MEAL] == i and meal_minutes > 0:
        if max(back, carer[c, MEAL_OPENS]) <= carer[c, MEAL_LATEST]:
            meal = max(back, carer[c, MEAL_OPENS])
        elif max(end, carer[c, MEAL_OPENS]) <= carer[c, MEAL_LATEST]:
            meal = max(end, carer[c, MEAL_OPENS])
            back = meal + meal_minutes + hop
    over = max(np.int64(0), back - carer[c, CLOSES])
    if over > carer[c, OVERTIME]:
        return False
    route[c, MEAL_START] = meal
    cost = (
        prices[TRAVEL_PRICE] * route[c, ROAD]
        + prices[LATENESS_PRICE] * late
        + prices[WAITING_PRICE] * waiting
        + prices[OVERTIME_PRICE] * over
        + route[c, LEG_PRICES]
    )
    if meal_minutes > 0 and meal == NONE:
        cost += carer[c, MEAL_PRICE]
        meal_minutes = 0
    route[c, WORST] = worst
    route[c, IDLE] = carer[c, SHIFT_MINUTES] + over - route[c, ROAD] - route[c, WORK] - meal_minutes
    route[c, COST] = cost
    return True


@compiled
def total_cost(route, prices, now):
    """Points of the whole plan from the prices of its routes."""
    worst = idle = np.int64(0)
    if prices[WORST_PRICE] > 0:
        for c in range(route.shape[0]):
            worst = max(worst, route[c, WORST])
    if prices[IDLE_PRICE] > 0:
        for c in range(route.shape[0]):
            idle = max(idle, route[c, IDLE])
    return now[ROUTES_COST] + now[ABSENT_COST] + prices[WORST_PRICE] * worst + prices[IDLE_PRICE] * idle


@compiled
def price_dirty(node, route, leg, windows, visit, carer, travel, prices, marks, dirty, log, now):
    """Price the touched routes again; False when one breaks a limit of the day."""
    for k in range(now[DIRTIED]):
        c = dirty[k]
        before = route[c, COST]
        for column in (WORST, IDLE, COST):
            put_route(route, log, now, c, column, route[c, column])
        if not time_route(node, route, leg, windows, visit, carer, travel, prices, c, marks):
            return False
        now[ROUTES_COST] += route[c, COST] - before
    now[TOTAL] = total_cost(route, prices, now)
    return True


# --- changes of the routes ------------------------------------------------------------------------------------------


@compiled
def detach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, i):
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


@compiled
def attach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, i, before, hold, meal_after):
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


@compiled
def may_serve(node, leg, visit, price, i, c):
    """True when the carer may do the leg and holds no other leg of its visit."""
    if price[i, c] >= FORBIDDEN:
        return False
    v = leg[i, VISIT]
    if visit[v, COUNT] > 1:
        for j in range(visit[v, LEG], visit[v, LEG] + visit[v, COUNT]):
            if j != i and node[j, CAR] == c:
                return False
    return True


@compiled
def pick_place(node, leg, visit, price, near, seed, i):
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
    return np.int64(NONE)


@compiled
def detour(node, carer, travel, legs, c, before, i, after):
    """Minutes that a stop adds between two nodes."""
    return (
        way(node, carer, travel, legs, c, before, i)
        + way(node, carer, travel, legs, c, i, after)
        - way(node, carer, travel, legs, c, before, after)
    )


@compiled
def pick_late(node, leg, windows, seed, tries):
    """The latest of a few random legs."""
    best, most = below(seed, leg.shape[0]), np.int64(-1)
    for _ in range(tries):
        i = below(seed, leg.shape[0])
        if node[i, CAR] >= 0:
            late = lateness(leg, windows, i, node[i, EARLY])
            if late > most:
                best, most = i, late
    return best


@compiled
def road_of(node, carer, travel, legs, carers, c, before, k):
    """Travel of a carer from one node on through the list that begins at another, and home."""
    total = np.int64(0)
    while k < legs:
        total += way(node, carer, travel, legs, c, before, k)
        before, k = k, node[k, NEXT]
    return total + way(node, carer, travel, legs, c, before, legs + carers + c)


@compiled
def relabel(node, route, leg, price, log, now, k, a, b):
    """Give the list that begins at a node from carer a to carer b; False when b may not do all of it.

    Answers whether a's break lies in it as well.
    """
    legs = leg.shape[0]
    work = stops = points_a = points_b = np.int64(0)
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


@compiled
def holds_partner(node, leg, visit, k, c):
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


@compiled
def swap_tails(node, route, leg, visit, carer, travel, price, prices, queue, queued, dirty, log, now, i, j, limit):
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


@compiled
def instead(node, carer, travel, legs, i, x):
    """Minutes of travel that stop x in the place of stop i adds."""
    c, before, after = node[i, CAR], node[i, PREV], node[i, NEXT]
    return (
        way(node, carer, travel, legs, c, before, x)
        + way(node, carer, travel, legs, c, x, after)
        - way(node, carer, travel, legs, c, before, i)
        - way(node, carer, travel, legs, c, i, after)
    )


# --- the search -----------------------------------------------------------------------------------------------------


@compiled
def keep(table, copy):
    for i in range(table.shape[0]):
        for column in range(table.shape[1]):
            copy[i, column] = table[i, column]


@compiled
def start_move(now):
    """Forget the log of the move before."""
    now[LOGGED] = now[DIRTIED] = 0
    now[STAMP] += 1


@compiled
def anneal_batch(
    node, route, leg, windows, visit, carer, shifts, travel, price, prices, near,
    queue, queued, dirty, found, marks, log, now, seed, mix, best, best_route, iterations, hot,
):
    """Iterations of the search at one temperature (points); the best plan met is copied to `best`."""
    legs, carers = price.shape
    every = legs + carers
    moves = np.int64(0)
    for _ in range(iterations):
        start_move(now)
        allowance = np.int64(-hot * math.log((draw(seed) + 1) / 2147483648.0))
        total, routes_cost, absent_cost = now[TOTAL], now[ROUTES_COST], now[ABSENT_COST]
        fixed_cost = now[FIXED_COST]
        limit = allowance + now[SLACK]
        kind = draw(seed) & 1023
        i = pick_late(node, leg, windows, seed, 3) if kind & 7 == 0 else below(seed, legs)
        if leg[i, MOVES] == 0:
            continue
        coin = draw(seed) & 1
        v = leg[i, VISIT]
        made = False
        if node[i, CAR] < 0 or (kind >= mix[4] and kind < mix[5]):
            # The whole visit: in, or to other places.
            first, count = visit[v, LEG], visit[v, COUNT]
            absent = node[i, CAR] < 0
            if count > 1 or absent:
                for k in range(first, first + count):
                    if not absent and leg[k, MOVES] == 1:
                        detach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, k)
                made = True
                for k in range(first, first + count):
                    if leg[k, MOVES] == 1 and made:
                        j = pick_place(node, leg, visit, price, near, seed, k)
                        made = j >= 0
                        if made:
                            attach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, k, j, 0, coin)
                if made and absent:
                    now[ABSENT_COST] -= visit[v, ABSENCE]
        elif kind < mix[0]:
            j = pick_place(node, leg, visit, price, near, seed, i)
            if j >= 0 and j != node[i, PREV]:
                c, to = node[i, CAR], node[j, CAR]
                saved = detour(node, carer, travel, legs, c, node[i, PREV], i, node[i, NEXT])
                added = detour(node, carer, travel, legs, to, j, i, node[j, NEXT])
                if prices[TRAVEL_PRICE] * (added - saved) + price[i, to] - price[i, c] <= limit:
                    detach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, i)
                    attach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, i, j, 0, coin)
                    made = True
        elif kind < mix[1]:
            j = near[0, i, below(seed, near.shape[2])] if draw(seed) & 3 else below(seed, legs)
            if j >= 0 and j < legs and j != i and node[j, CAR] >= 0 and leg[j, MOVES] == 1:
                before_i, before_j = node[i, PREV], node[j, PREV]
                a, b = node[i, CAR], node[j, CAR]
                same = leg[j, VISIT] == v or a == b
                allowed = before_i != j and before_j != i
                if allowed and a != b:
                    allowed = price[i, b] < FORBIDDEN and price[j, a] < FORBIDDEN
                    if allowed and not same:
                        allowed = may_serve(node, leg, visit, price, i, b) and may_serve(node, leg, visit, price, j, a)
                    if allowed:
                        more = instead(node, carer, travel, legs, i, j) + instead(node, carer, travel, legs, j, i)
                        points = price[i, b] + price[j, a] - price[i, a] - price[j, b]
                        allowed = prices[TRAVEL_PRICE] * more + points <= limit
                if allowed:
                    detach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, i)
                    detach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, j)
                    attach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, i, before_j, 0, coin)
                    attach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, j, before_i, 0, coin)
                    made = True
        elif kind < mix[2]:
            j = pick_place(node, leg, visit, price, near, seed, i)
            if j >= 0:
                # The tail that begins with i goes behind j.
                k = node[i, PREV]
                if node[j, CAR] != node[i, CAR]:
                    made = swap_tails(
                        node, route, leg, visit, carer, travel, price, prices, queue, queued, dirty, log, now, k, j, limit
                    )
        elif kind < mix[3]:
            # Two or three stops in a row.
            j = pick_place(node, leg, visit, price, near, seed, i)
            length = 2 + coin
            k, fits = i, j >= 0
            for _ in range(length):
                if not fits or k >= legs or k == j or leg[k, MOVES] == 0:
                    fits = False
                    break
                fits = may_serve(node, leg, visit, price, k, node[j, CAR])
                k = node[k, NEXT]
            if fits and j != node[i, PREV]:
                made = True
                k = i
                for _ in range(length):
                    following = node[k, NEXT]
                    detach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, k)
                    attach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, k, j, 0, 0)
                    j, k = k, following
        elif kind < mix[6]:
            # Another earliest start: none, the next window, or as late as the next stop allows.
            r = draw(seed) & 3
            hold = np.int64(0)
            if r == 1 and leg[i, WINDOWS] > 1:
                hold = windows[i, 1 + below(seed, leg[i, WINDOWS] - 1), FIRST]
            elif r > 0 and node[i, NEXT] < legs:
                following = node[i, NEXT]
                end = node[i, EARLY] + node[i, MINUTES] + way(node, carer, travel, legs, node[i, CAR], i, following)
                gap = node[following, EARLY] - end - prices[BUFFER]
                if gap > 0:
                    hold = node[i, EARLY] + (gap if r == 2 else 1 + below(seed, gap))
            if hold != node[i, HOLD]:
                put(node, log, now, i, HOLD, hold)
                push(queue, queued, now, i)
                made = True
        elif kind < mix[7]:
            # The break of the day in another gap.
            c = node[i, CAR]
            if carer[c, MEAL_MINUTES] > 0:
                j = i if coin else node[i, PREV]
                if draw(seed) & 15 == 0:
                    j = np.int64(NONE)
                if j != route[c, MEAL]:
                    old = route[c, MEAL]
                    put_route(route, log, now, c, MEAL, j)
                    touch(route, dirty, now, c)
                    if old >= 0:
                        push(queue, queued, now, node[old, NEXT])
                    if j >= 0:
                        push(queue, queued, now, node[j, NEXT])
                    made = True
        elif kind < mix[8]:
            # Out with an optional visit.
            first, count = visit[v, LEG], visit[v, COUNT]
            if visit[v, ABSENCE] <= limit:
                made = True
                for k in range(first, first + count):
                    if leg[k, MOVES] == 1:
                        detach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, k)
                now[ABSENT_COST] += visit[v, ABSENCE]
        if made:
            limit -= now[FIXED_COST] + now[ABSENT_COST] - fixed_cost - absent_cost
            made = limit >= 0
        if made:
            moves += 1
            made = propagate(
                node, route, leg, windows, visit, carer, shifts, travel, prices, queue, queued, dirty, found, log, now,
                limit,
            ) and price_dirty(node, route, leg, windows, visit, carer, travel, prices, marks, dirty, log, now)
        if made and now[TOTAL] <= total + allowance:
            now[SLACK] = slack_of(route, prices, now)
            if now[TOTAL] < now[BEST]:
                now[BEST] = now[TOTAL]
                keep(node, best)
                keep(route, best_route)
            continue
        for k in range(now[QUEUED]):
            queued[queue[k]] = 0
        now[QUEUED] = 0
        undo(node, route, log, now)
        now[TOTAL], now[ROUTES_COST], now[ABSENT_COST] = total, routes_cost, absent_cost
        now[FIXED_COST] = fixed_cost
    now[ITERATIONS] += iterations
    return moves


@compiled
def slack_of(route, prices, now):
    """Points that one move could save at most beside travel, leg prices and absence.

    That is all that times cost; of the longest idle time only what separates it from the third longest, as a move
    changes the work of two routes.
    """
    slack = now[TOTAL] - now[ABSENT_COST] - now[FIXED_COST]
    if prices[IDLE_PRICE] > 0:
        one = two = three = np.int64(0)
        for c in range(route.shape[0]):
            idle = route[c, IDLE]
            if idle > one:
                one, two, three = idle, one, two
            elif idle > two:
                two, three = idle, two
            elif idle > three:
                three = idle
        slack -= prices[IDLE_PRICE] * three
    return slack
