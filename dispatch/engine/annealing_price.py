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
    State,
    put_route,
)
from dispatch.engine.arrays import NEVER, NONE
from dispatch.engine.compiled import part


@part
def best_shift(s: State, c: int) -> int:
    """How many minutes later the first stop should start than its earliest.

    A stop moves only as far as the waiting before it does not absorb the shift. Linked stops and the last one do not
    move. Each minute saves one of waiting and costs lateness at the stops pushed past their due minutes, so the best
    shift ends at the first mark at which that costs more than waiting does.
    """
    legs = s.leg.shape[0]
    i = s.node[legs + c, NEXT]
    if s.carer[c, SHIFTS] > 1:
        return 0
    room = (
        s.marks.size if s.prices[LATENESS_PRICE] == 0 else (s.prices[WAITING_PRICE] - 1) // s.prices[LATENESS_PRICE] + 1
    )
    room = min(room, s.marks.size)
    taken = 0
    most = NEVER
    waited = 0
    while True:
        v = s.leg[i, VISIT]
        if s.visit[v, TIMED] == 1:
            most = min(most, waited)
        k = s.leg[i, WINDOWS] - 1
        while k > 0 and s.windows[i, k, FIRST] > s.node[i, EARLY]:
            k -= 1
        most = min(most, waited + s.windows[i, k, LAST] - s.node[i, EARLY])
        mark = waited + max(0, s.windows[i, k, DUE] - s.node[i, EARLY])
        at = taken
        while at > 0 and s.marks[at - 1] > mark:
            if at < room:
                s.marks[at] = s.marks[at - 1]
            at -= 1
        if at < room:
            s.marks[at] = mark
            taken = min(taken + 1, room)
        following = s.node[i, NEXT]
        if following >= legs:
            break
        end = s.node[i, EARLY] + s.node[i, MINUTES]
        hop = way(s, legs, c, i, following) + s.prices[BUFFER]
        gap = s.node[following, EARLY] - end - hop
        if s.route[c, MEAL] == i:
            latest = s.carer[c, MEAL_LATEST]
            if max(end + hop, s.carer[c, MEAL_OPENS]) <= latest:
                most = min(most, waited + latest - end - hop)
                gap -= s.carer[c, MEAL_MINUTES]
            elif max(end, s.carer[c, MEAL_OPENS]) <= latest:
                most = min(most, waited + latest - end)
                gap -= s.carer[c, MEAL_MINUTES]
        if waited + gap > most:
            waited = most
            break
        waited += gap
        i = following
    if taken == room and s.prices[LATENESS_PRICE] > 0:
        most = min(most, s.marks[room - 1])
    return max(0, min(most, waited))


@part
def time_route(s: State, c: int) -> bool:
    """Starts and price of one route from its earliest starts; False when it breaks a limit of the day."""
    legs = s.leg.shape[0]
    meal_minutes = s.carer[c, MEAL_MINUTES]
    i = s.node[legs + c, NEXT]
    s.route[c, WORST] = 0
    if i >= legs:
        s.route[c, IDLE] = s.carer[c, SHIFT_MINUTES] - meal_minutes
        s.route[c, COST] = 0
        return True
    if s.route[c, STOPS] > s.carer[c, MOST_VISITS] or s.route[c, WORK] > s.carer[c, MOST_MINUTES]:
        return False
    shift = 0
    if s.prices[WAITING_PRICE] > 0:
        shift = best_shift(s, c)
    late = worst = waiting = 0
    meal = NONE
    if s.route[c, MEAL] == legs + c:
        meal = s.carer[c, MEAL_OPENS]  # before leaving, or at the door of the first stop
        hop = way(s, legs, c, legs + c, i)
        if max(s.carer[c, LEAVES], meal + meal_minutes) + hop > s.node[i, EARLY] + shift:
            meal = max(s.carer[c, LEAVES] + hop, s.carer[c, MEAL_OPENS])
            if meal > s.carer[c, MEAL_LATEST] or meal + meal_minutes > s.node[i, EARLY] + shift:
                meal = NONE
    while True:
        start = s.node[i, EARLY] + shift
        s.node[i, START] = start
        over = lateness(s, i, start)
        late += over
        worst = max(worst, over)
        end = start + s.node[i, MINUTES]
        following = s.node[i, NEXT]
        hop = way(s, legs, c, i, following)
        if following >= legs:
            break
        hop += s.prices[BUFFER]
        eaten = 0
        if s.route[c, MEAL] == i:
            if max(end + hop, s.carer[c, MEAL_OPENS]) <= s.carer[c, MEAL_LATEST]:
                meal, eaten = max(end + hop, s.carer[c, MEAL_OPENS]), meal_minutes
            elif max(end, s.carer[c, MEAL_OPENS]) <= s.carer[c, MEAL_LATEST]:
                meal, eaten = max(end, s.carer[c, MEAL_OPENS]), meal_minutes
        slack = s.node[following, EARLY] - (end + hop + eaten)
        shift = max(0, -slack)
        waiting += max(0, slack)
        i = following
    back = end + hop
    if s.route[c, MEAL] == i and meal_minutes > 0:
        if max(back, s.carer[c, MEAL_OPENS]) <= s.carer[c, MEAL_LATEST]:
            meal = max(back, s.carer[c, MEAL_OPENS])
        elif max(end, s.carer[c, MEAL_OPENS]) <= s.carer[c, MEAL_LATEST]:
            meal = max(end, s.carer[c, MEAL_OPENS])
            back = meal + meal_minutes + hop
    over = max(0, back - s.carer[c, CLOSES])
    if over > s.carer[c, OVERTIME]:
        return False
    cost = (
        s.prices[TRAVEL_PRICE] * s.route[c, ROAD]
        + s.prices[LATENESS_PRICE] * late
        + s.prices[WAITING_PRICE] * waiting
        + s.prices[OVERTIME_PRICE] * over
        + s.route[c, LEG_PRICES]
    )
    if meal_minutes > 0 and meal == NONE:
        cost += s.carer[c, MEAL_PRICE]
        meal_minutes = 0
    s.route[c, WORST] = worst
    s.route[c, IDLE] = s.carer[c, SHIFT_MINUTES] + over - s.route[c, ROAD] - s.route[c, WORK] - meal_minutes
    s.route[c, COST] = cost
    return True


@part
def total_cost(s: State) -> int:
    """Points of the whole plan from the prices of its routes."""
    worst = idle = 0
    if s.prices[WORST_PRICE] > 0:
        for c in range(s.route.shape[0]):
            worst = max(worst, s.route[c, WORST])
    if s.prices[IDLE_PRICE] > 0:
        for c in range(s.route.shape[0]):
            idle = max(idle, s.route[c, IDLE])
    return s.now[ROUTES_COST] + s.now[ABSENT_COST] + s.prices[WORST_PRICE] * worst + s.prices[IDLE_PRICE] * idle


@part
def price_dirty(s: State) -> bool:
    """Price the touched routes again; False when one breaks a limit of the day."""
    for k in range(s.now[DIRTIED]):
        c = s.dirty[k]
        before = s.route[c, COST]
        for column in (WORST, IDLE, COST):
            put_route(s, c, column, s.route[c, column])
        if not time_route(s, c):
            return False
        s.now[ROUTES_COST] += s.route[c, COST] - before
    s.now[TOTAL] = total_cost(s)
    return True


@part
def slack_of(s: State) -> int:
    """Points that one move could save at most beside travel, leg prices and absence.

    That is all that times cost; of the longest idle time only what separates it from the third longest, as a move
    changes the work of two routes.
    """
    slack = s.now[TOTAL] - s.now[ABSENT_COST] - s.now[FIXED_COST]
    if s.prices[IDLE_PRICE] > 0:
        one = two = three = 0
        for c in range(s.route.shape[0]):
            idle = s.route[c, IDLE]
            if idle > one:
                one, two, three = idle, one, two
            elif idle > two:
                two, three = idle, two
            elif idle > three:
                three = idle
        slack -= s.prices[IDLE_PRICE] * three
    return slack
