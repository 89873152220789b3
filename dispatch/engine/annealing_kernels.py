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

from dispatch.engine.annealing_moves import (
    attach,
    detach,
    detour,
    instead,
    may_serve,
    pick_in_time,
    pick_late,
    pick_place,
    swap_tails,
)
from dispatch.engine.annealing_price import price_dirty, slack_of
from dispatch.engine.annealing_starts import arrival, propagate, way
from dispatch.engine.annealing_state import (
    ABSENCE,
    ABSENT_COST,
    BEST,
    BUFFER,
    CAR,
    COUNT,
    DIRTIED,
    EARLY,
    FIRST,
    FIXED_COST,
    HOLD,
    ITERATIONS,
    LEAST_GAP,
    LEG,
    LOGGED,
    MEAL,
    MEAL_MINUTES,
    MINUTES,
    MOVES,
    NEXT,
    PREV,
    QUEUED,
    ROUTES_COST,
    SLACK,
    STAMP,
    TIMED,
    TOTAL,
    TRAVEL_PRICE,
    VISIT,
    WINDOWS,
    Bytes,
    Luck,
    below,
    draw,
    push,
    put,
    put_route,
    touch,
    undo,
)
from dispatch.engine.arrays import FORBIDDEN, NONE, Ints, Narrow
from dispatch.engine.compiled import kernel


@kernel
def keep(table: Ints, copy: Ints) -> None:
    for i in range(table.shape[0]):
        for column in range(table.shape[1]):
            copy[i, column] = table[i, column]


@kernel
def start_move(now: Ints) -> None:
    """Forget the log of the move before."""
    now[LOGGED] = now[DIRTIED] = 0
    now[STAMP] += 1


@kernel
def anneal_batch(
    node: Ints,
    route: Ints,
    leg: Ints,
    windows: Ints,
    visit: Ints,
    carer: Ints,
    shifts: Ints,
    travel: Narrow,
    price: Ints,
    prices: Ints,
    near: Narrow,
    queue: Ints,
    queued: Bytes,
    dirty: Ints,
    found: Ints,
    marks: Ints,
    log: Ints,
    now: Ints,
    seed: Luck,
    mix: Ints,
    best: Ints,
    best_route: Ints,
    iterations: int,
    hot: float,
) -> int:
    """Iterations of the search at one temperature (points); the best plan met is copied to `best`."""
    legs = price.shape[0]
    moves = 0
    for _ in range(iterations):
        start_move(now)
        allowance = int(-hot * math.log((draw(seed) + 1) / 2147483648.0))
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
            coin = coin if count > 1 else 1
            chosen = i if coin or absent else NONE  # with NONE the leg stays and the others come to it
            for k in range(first, first + count):
                if not absent and leg[k, MOVES] == 1 and (k != i or coin):
                    detach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, k)
            made = True
            target = node[i, EARLY]
            if chosen >= 0:
                if draw(seed) & 1 and count > 1:
                    j = pick_place(node, leg, visit, price, near, seed, i)
                else:
                    j = pick_in_time(node, leg, windows, visit, carer, travel, price, prices, seed, i, 0)
                made = j >= 0
                if made:
                    attach(node, route, carer, travel, price, prices, queue, queued, dirty, log, now, i, j, 0, coin)
                    target = arrival(node, route, carer, travel, prices, legs, i)
                    target = max(target, windows[i, 0, FIRST])
            for k in range(first, first + count):
                if made and leg[k, MOVES] == 1 and node[k, CAR] < 0:
                    at = target + (k - i) * visit[v, LEAST_GAP] if visit[v, TIMED] else 0
                    if draw(seed) & 7:
                        j = pick_in_time(node, leg, windows, visit, carer, travel, price, prices, seed, k, at)
                    else:
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
                    attach(
                        node, route, carer, travel, price, prices, queue, queued, dirty, log, now, i, before_j, 0, coin
                    )
                    attach(
                        node, route, carer, travel, price, prices, queue, queued, dirty, log, now, j, before_i, 0, coin
                    )
                    made = True
        elif kind < mix[2]:
            j = pick_place(node, leg, visit, price, near, seed, i)
            if j >= 0:
                # The tail that begins with i goes behind j.
                k = node[i, PREV]
                if node[j, CAR] != node[i, CAR]:
                    made = swap_tails(
                        node,
                        route,
                        leg,
                        visit,
                        carer,
                        travel,
                        price,
                        prices,
                        queue,
                        queued,
                        dirty,
                        log,
                        now,
                        k,
                        j,
                        limit,
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
            hold = 0
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
                    j = NONE
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
                node,
                route,
                leg,
                windows,
                visit,
                carer,
                shifts,
                travel,
                prices,
                queue,
                queued,
                dirty,
                found,
                log,
                now,
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
