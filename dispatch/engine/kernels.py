"""Compiled: the times and prices of one route, and where one more leg fits on it.

Each function here has its plain form in `schedule.py` and `draft.py`, and a test that compares the two.
"""

from __future__ import annotations

from dispatch.engine.arrays import (
    BUFFER,
    CHANGED_START_PRICE,
    CLOSES,
    DUE,
    END,
    FACT,
    FAIRNESS_PRICE,
    FIRST,
    FORBIDDEN,
    HOME,
    LAST,
    LATENESS_PRICE,
    LEAVES,
    LUNCH_CLOSES,
    LUNCH_DUE,
    LUNCH_MINUTES,
    LUNCH_OPENS,
    MINUTES,
    MISSED_LUNCH_PRICE,
    MODE,
    NEVER,
    NO_MINUTE,
    OVERTIME,
    OVERTIME_PRICE,
    PLACE,
    POPULAR,
    POPULAR_BEFORE,
    TOLD,
    TRAVEL_PRICE,
    Arrays,
    Ints,
)
from dispatch.engine.compiled import kernel


@kernel
def first_start(windows: Ints, shifts: Ints, leg: int, carer: int, minutes: int, ready: int) -> int:
    """The earliest start at or after `ready` inside a window and a shift, or NEVER."""
    best = NEVER
    for k in range(windows.shape[1]):
        if windows[leg, k, LAST] < ready or windows[leg, k, LAST] < windows[leg, k, FIRST]:
            continue
        for s in range(shifts.shape[1]):
            low = max(windows[leg, k, FIRST], shifts[carer, s, 0], ready)
            if low <= min(windows[leg, k, LAST], shifts[carer, s, 1] - minutes) and low < best:
                best = low
    return best


@kernel
def last_start(windows: Ints, shifts: Ints, leg: int, carer: int, minutes: int, bound: int) -> int:
    """The latest start at or before `bound` inside a window and a shift, or -NEVER."""
    best = -NEVER
    for k in range(windows.shape[1]):
        if windows[leg, k, FIRST] > bound or windows[leg, k, LAST] < windows[leg, k, FIRST]:
            continue
        for s in range(shifts.shape[1]):
            high = min(windows[leg, k, LAST], shifts[carer, s, 1] - minutes, bound)
            if high >= max(windows[leg, k, FIRST], shifts[carer, s, 0]) and high > best:
                best = high
    return best


@kernel
def lateness(windows: Ints, leg: int, start: int) -> int:
    """Minutes past the end of the window that a start lies in."""
    for k in range(windows.shape[1]):
        if windows[leg, k, FIRST] <= start <= windows[leg, k, LAST]:
            return max(0, start - windows[leg, k, DUE])
    return 0


@kernel
def serve(day: Arrays, carer: int, leg: int, arrival: int, fixed: Ints, free: bool) -> int:
    """The start of a leg reached at `arrival`, or NEVER. Between two facts (`free`) nothing is asked."""
    minutes = day.leg[leg, MINUTES]
    fact = day.leg[leg, FACT]
    if fact != NO_MINUTE:
        return fact if free or arrival <= fact else NEVER
    if fixed[leg] != NO_MINUTE:
        return fixed[leg] if arrival <= fixed[leg] else NEVER
    return first_start(day.windows, day.shifts, leg, carer, minutes, arrival)


@kernel
def price_of_start(day: Arrays, leg: int, start: int) -> int:
    """Points for a start that is late or not the one people were told."""
    points = day.prices[LATENESS_PRICE] * lateness(day.windows, leg, start)
    if day.leg[leg, TOLD] != NO_MINUTE:
        points += day.prices[CHANGED_START_PRICE] * abs(start - day.leg[leg, TOLD])
    return points


@kernel
def eat(day: Arrays, carer: int, ready: int, hop: int, at_home: bool) -> int:
    """When the carer can begin the next leg with the break taken in the gap before it; NEVER without room."""
    opens, closes = day.carer[carer, LUNCH_OPENS], day.carer[carer, LUNCH_CLOSES]
    minutes = day.carer[carer, LUNCH_MINUTES]
    moment = NEVER
    begin = opens if at_home else max(ready, opens)
    if begin + minutes <= closes:
        moment = max(ready, begin + minutes) + hop
    begin = max(ready + hop, opens)
    if begin + minutes <= closes:
        moment = min(moment, begin + minutes)
    return moment


@kernel
def time_route(day: Arrays, carer: int, route: Ints, length: int, fixed: Ints) -> int:
    """The points of a route with the earliest starts, or FORBIDDEN when a rule of time cannot be kept.

    Counts travel, leg prices, lateness, changed starts, overtime, a missed lunch and fairness. Two tracks run side by
    side: the lunch still to come, and taken.
    """
    prices, who, leg_of = day.prices, day.carer[carer], day.leg
    missing = prices[MISSED_LUNCH_PRICE] if who[LUNCH_MINUTES] > 0 else 0
    if length == 0:
        return 0
    matrix = day.travel[who[MODE]]
    place, travel, points, popular = who[HOME], 0, 0, 0
    ready, soft = who[LEAVES], 0
    if leg_of[route[0], FACT] != NO_MINUTE:
        ready = min(ready, leg_of[route[0], FACT] - matrix[place, leg_of[route[0], PLACE]])
    full, full_soft = NEVER, 0  # the track with lunch
    was_fact = True
    has_lunch = who[LUNCH_MINUTES] > 0
    for position in range(length):
        leg = route[position]
        hop = matrix[place, leg_of[leg, PLACE]]
        travel += hop
        if position:
            hop += prices[BUFFER]
        is_fact = leg_of[leg, FACT] != NO_MINUTE
        free = is_fact and was_fact
        minutes = leg_of[leg, MINUTES]
        next_full, next_soft = NEVER, 0
        if full < NEVER:
            start = serve(day, carer, leg, full + hop, fixed, free)
            if start < NEVER:
                next_full, next_soft = start + minutes, full_soft + price_of_start(day, leg, start)
        if has_lunch and ready < NEVER:
            moment = eat(day, carer, ready, hop, position == 0)
            if moment < NEVER:
                start = serve(day, carer, leg, moment, fixed, False)
                if start < NEVER and start + minutes < next_full:
                    next_full, next_soft = start + minutes, soft + price_of_start(day, leg, start)
        if ready < NEVER:
            start = serve(day, carer, leg, ready + hop, fixed, free)
            if start < NEVER:
                ready, soft = start + minutes, soft + price_of_start(day, leg, start)
            else:
                ready = NEVER
        full, full_soft = next_full, next_soft
        if ready >= NEVER and full >= NEVER:
            return FORBIDDEN
        points += day.price[leg, carer]
        popular += leg_of[leg, POPULAR]
        place, was_fact = leg_of[leg, PLACE], is_fact
    home = matrix[place, who[END]]
    travel += home
    points += prices[TRAVEL_PRICE] * travel
    points += prices[FAIRNESS_PRICE] * (popular * who[POPULAR_BEFORE] + popular * (popular - 1) // 2)
    best = FORBIDDEN
    if full < NEVER:
        best = _ended(prices, who, full + home, full_soft, was_fact)
    if ready < NEVER:
        if has_lunch:
            closes, meal = who[LUNCH_CLOSES], who[LUNCH_MINUTES]
            begin = max(ready + home, who[LUNCH_OPENS])
            if begin + meal <= closes:
                best = min(best, _ended(prices, who, ready + home, soft, was_fact))
            begin = max(ready, who[LUNCH_OPENS])
            if begin + meal <= closes:
                best = min(best, _ended(prices, who, begin + meal + home, soft, was_fact))
        if not (has_lunch and who[LUNCH_DUE]):
            best = min(best, _ended(prices, who, ready + home, soft + missing, was_fact))
    return best + points if best < FORBIDDEN else FORBIDDEN


@kernel
def _ended(prices: Ints, who: Ints, back: int, soft: int, was_fact: bool) -> int:
    """Points of an end of the day at `back`; FORBIDDEN past the overtime, unless the last leg is a fact."""
    overtime = max(0, back - who[CLOSES])
    if not was_fact and overtime > who[OVERTIME]:
        return FORBIDDEN
    return soft + prices[OVERTIME_PRICE] * overtime


@kernel
def bounds_of_route(day: Arrays, carer: int, route: Ints, length: int, fixed: Ints, early: Ints, late: Ints) -> bool:
    """Fill the earliest and latest start at each position, lunch left out of account; False when they cross.

    With lunch, or lateness that is never allowed to grow, the truth is narrower: a place that these bounds refuse
    is refused, one that they allow is timed exactly.
    """
    leg_of, who = day.leg, day.carer[carer]
    matrix, buffer = day.travel[who[MODE]], day.prices[BUFFER]
    place, ready, was_fact = who[HOME], who[LEAVES], True
    for position in range(length):
        leg = route[position]
        is_fact = leg_of[leg, FACT] != NO_MINUTE
        hop = matrix[place, leg_of[leg, PLACE]] + (buffer if position else 0)
        start = serve(day, carer, leg, ready + hop, fixed, is_fact and was_fact)
        if start >= NEVER:
            return False
        early[position] = start
        place, ready, was_fact = leg_of[leg, PLACE], start + leg_of[leg, MINUTES], is_fact
    bound = NEVER if was_fact else who[CLOSES] + who[OVERTIME] - matrix[place, who[END]]
    for back in range(length):
        position = length - 1 - back
        leg = route[position]
        minutes = leg_of[leg, MINUTES]
        if leg_of[leg, FACT] != NO_MINUTE:
            late[position] = leg_of[leg, FACT]
        elif fixed[leg] != NO_MINUTE:
            if fixed[leg] > bound - minutes:
                return False
            late[position] = fixed[leg]
        else:
            late[position] = last_start(day.windows, day.shifts, leg, carer, minutes, bound - minutes)
            if late[position] < early[position]:
                return False
        if position:
            bound = late[position] - matrix[leg_of[route[position - 1], PLACE], leg_of[leg, PLACE]] - buffer
    return True
