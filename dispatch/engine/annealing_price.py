"""Compiled: the starts and the price of one route, and of the whole plan."""

from __future__ import annotations

from dispatch.engine.annealing_starts import lateness, way
from dispatch.engine.annealing_state import (
    ABSENT_COST,
    BUFFER,
    CLOSES,
    COST,
    DIRTIED,
    DUE,
    EARLY,
    FACT,
    FIRST,
    FIXED_COST,
    IDLE,
    IDLE_PRICE,
    LAST,
    LATENESS_PRICE,
    LEAVES,
    LEG_PRICES,
    MEAL,
    MEAL_LATEST,
    MEAL_MINUTES,
    MEAL_OPENS,
    MEAL_PRICE,
    MEAL_START,
    MINUTES,
    MOST_MINUTES,
    MOST_VISITS,
    NEXT,
    OVERTIME,
    OVERTIME_PRICE,
    ROAD,
    ROUTES_COST,
    SHIFT_MINUTES,
    SHIFTS,
    START,
    STOPS,
    TIMED,
    TOTAL,
    TRAVEL_PRICE,
    VISIT,
    WAITING_PRICE,
    WINDOWS,
    WORK,
    WORST,
    WORST_PRICE,
    put_route,
)
from dispatch.engine.arrays import NEVER, NONE, Ints, Narrow
from dispatch.engine.compiled import kernel


@kernel
def best_shift(
    node: Ints,
    route: Ints,
    leg: Ints,
    windows: Ints,
    visit: Ints,
    carer: Ints,
    travel: Narrow,
    prices: Ints,
    c: int,
    marks: Ints,
) -> int:
    """How many minutes later the first stop should start than its earliest.

    A stop moves only as far as the waiting before it does not absorb the shift. Linked stops and the last one do not
    move. Each minute saves one of waiting and costs lateness at the stops pushed past their due minutes, so the best
    shift ends at the first mark at which that costs more than waiting does.
    """
    legs = leg.shape[0]
    i = node[legs + c, NEXT]
    if carer[c, SHIFTS] > 1:
        return 0
    room = marks.size if prices[LATENESS_PRICE] == 0 else (prices[WAITING_PRICE] - 1) // prices[LATENESS_PRICE] + 1
    room = min(room, marks.size)
    taken = 0
    most = NEVER
    waited = 0
    while True:
        v = leg[i, VISIT]
        if visit[v, TIMED] == 1 or leg[i, FACT] != NONE:
            most = min(most, waited)
        k = leg[i, WINDOWS] - 1
        while k > 0 and windows[i, k, FIRST] > node[i, EARLY]:
            k -= 1
        most = min(most, waited + windows[i, k, LAST] - node[i, EARLY])
        mark = waited + max(0, windows[i, k, DUE] - node[i, EARLY])
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
    return max(0, min(most, waited))


@kernel
def time_route(
    node: Ints,
    route: Ints,
    leg: Ints,
    windows: Ints,
    visit: Ints,
    carer: Ints,
    travel: Narrow,
    prices: Ints,
    c: int,
    marks: Ints,
) -> bool:
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
    shift = 0
    if prices[WAITING_PRICE] > 0:
        shift = best_shift(node, route, leg, windows, visit, carer, travel, prices, c, marks)
    late = worst = waiting = 0
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
        eaten = 0
        if route[c, MEAL] == i:
            if max(end + hop, carer[c, MEAL_OPENS]) <= carer[c, MEAL_LATEST]:
                meal, eaten = max(end + hop, carer[c, MEAL_OPENS]), meal_minutes
            elif max(end, carer[c, MEAL_OPENS]) <= carer[c, MEAL_LATEST]:
                meal, eaten = max(end, carer[c, MEAL_OPENS]), meal_minutes
        slack = node[following, EARLY] - (end + hop + eaten)
        shift = max(0, -slack)
        waiting += max(0, slack)
        i = following
    back = end + hop
    if route[c, MEAL] == i and meal_minutes > 0:
        if max(back, carer[c, MEAL_OPENS]) <= carer[c, MEAL_LATEST]:
            meal = max(back, carer[c, MEAL_OPENS])
        elif max(end, carer[c, MEAL_OPENS]) <= carer[c, MEAL_LATEST]:
            meal = max(end, carer[c, MEAL_OPENS])
            back = meal + meal_minutes + hop
    over = max(0, back - carer[c, CLOSES])
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


@kernel
def total_cost(route: Ints, prices: Ints, now: Ints) -> int:
    """Points of the whole plan from the prices of its routes."""
    worst = idle = 0
    if prices[WORST_PRICE] > 0:
        for c in range(route.shape[0]):
            worst = max(worst, route[c, WORST])
    if prices[IDLE_PRICE] > 0:
        for c in range(route.shape[0]):
            idle = max(idle, route[c, IDLE])
    return now[ROUTES_COST] + now[ABSENT_COST] + prices[WORST_PRICE] * worst + prices[IDLE_PRICE] * idle


@kernel
def price_dirty(
    node: Ints,
    route: Ints,
    leg: Ints,
    windows: Ints,
    visit: Ints,
    carer: Ints,
    travel: Narrow,
    prices: Ints,
    marks: Ints,
    dirty: Ints,
    log: Ints,
    now: Ints,
) -> bool:
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


@kernel
def slack_of(route: Ints, prices: Ints, now: Ints) -> int:
    """Points that one move could save at most beside travel, leg prices and absence.

    That is all that times cost; of the longest idle time only what separates it from the third longest, as a move
    changes the work of two routes.
    """
    slack = now[TOTAL] - now[ABSENT_COST] - now[FIXED_COST]
    if prices[IDLE_PRICE] > 0:
        one = two = three = 0
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
