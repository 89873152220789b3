"""Compiled: where an absent job fits at the least price.

A single leg goes to its cheapest place, remembered for each route until the route changes. Linked legs, and visits to
one person that could overlap, get a common choice of places and starts.

Variables begin as entries of arrays, not as constants, where another kernel gets them: numba would compile that kernel,
and all that it calls, once more for the constant. An absent leg's `fixed` is NO_MINUTE.
"""

from __future__ import annotations

from dispatch.engine.arrays import (
    BUFFER,
    CLOSES,
    END,
    FACT,
    FIRST,
    FIRST_LEG,
    FORBIDDEN,
    HOME,
    INDEPENDENT,
    LAST,
    LEAVES,
    LEGS,
    LINK,
    MAX_GAP,
    MIN_GAP,
    MINUTES,
    MODE,
    NEVER,
    NO_MINUTE,
    NONE,
    ORGANISATION,
    OVERTIME,
    PLACE,
    SEQUENTIAL,
    SIMULTANEOUS,
    TRAVEL_PRICE,
    VISIT,
    Arrays,
    Ints,
)
from dispatch.engine.compiled import kernel
from dispatch.engine.kernels import first_start
from dispatch.engine.ruin_state import CARER, HIGH, LOW, POINTS, POSITION, Routes, Search, added, draw, has_room, put_in


@kernel
def cheapest_on_route(day: Arrays, plan: Routes, search: Search, leg: int, carer: int) -> None:
    """Fill the cache with the leg's cheapest place on this route."""
    leg_of, who = day.leg, day.carer[carer]
    matrix, buffer = day.travel[who[MODE]], day.prices[BUFFER]
    here, minutes, weight = leg_of[leg, PLACE], leg_of[leg, MINUTES], day.prices[TRAVEL_PRICE]
    route, length, early, late = plan.route[carer], plan.length[carer], plan.early[carer], plan.late[carer]
    best, best_position = FORBIDDEN, 0
    last = -NEVER  # the latest start that any window allows
    for k in range(day.windows.shape[1]):
        last = max(last, day.windows[leg, k, LAST])
    before, ready, wait = who[HOME], who[LEAVES], 0
    exact, base = search.exact[carer], day.price[leg, carer]
    for position in range(length + 1):
        if ready > last:
            break
        after = leg_of[route[position], PLACE] if position < length else who[END]
        there = matrix[before, here]
        onward = matrix[here, after]
        detour = there + onward
        if length:
            detour -= matrix[before, after]
        points = base + weight * detour
        if points < best:
            if position < length:
                bound = late[position] - onward - buffer - minutes
            else:
                bound = who[CLOSES] + who[OVERTIME] - onward - minutes
            arrival = ready + there + wait
            if arrival <= bound:
                start = first_start(day.windows, day.shifts, leg, carer, minutes, arrival)
                if start <= bound:
                    if exact:
                        points = added(day, plan, search, leg, carer, position, plan.fixed[leg])
                    if points < best:
                        best, best_position = points, position
        if position < length:
            before = leg_of[route[position], PLACE]
            ready = early[position] + leg_of[route[position], MINUTES]
            wait = buffer
    search.cache_price[leg, carer] = best
    search.cache_place[leg, carer] = best_position
    search.cache_version[leg, carer] = plan.version[carer]


@kernel
def insert_single(day: Arrays, plan: Routes, search: Search, leg: int, blink: float) -> bool:
    """Put a leg at its cheapest place over all carers, now and then overlooking one.

    False when none fits, or costs less than the visit's absence.
    """
    limit = min(FORBIDDEN, day.absence[day.leg[leg, VISIT]])
    best, chosen = limit, search.carers[leg, 0]
    for k in range(search.carers.shape[1]):
        carer = search.carers[leg, k]
        if carer == NONE:
            break
        if search.cache_version[leg, carer] != plan.version[carer]:
            cheapest_on_route(day, plan, search, leg, carer)
        points = search.cache_price[leg, carer]
        if points < best and draw(search.luck) >= blink and has_room(day, plan, leg, carer):
            best, chosen = points, carer
    if best >= limit:
        return False
    put_in(day, plan, search, leg, chosen, search.cache_place[leg, chosen], plan.fixed[leg])
    return True


@kernel
def collect_options(day: Arrays, plan: Routes, search: Search, visit: int, j: int, leg: int) -> None:
    """All places of a leg that needs a fixed start, each with the starts low..high that it allows."""
    leg_of, minutes = day.leg, day.leg[leg, MINUTES]
    here, buffer, weight = leg_of[leg, PLACE], day.prices[BUFFER], day.prices[TRAVEL_PRICE]
    n = 0
    for k in range(search.carers.shape[1]):
        carer = search.carers[leg, k]
        if carer == NONE:
            break
        if not has_room(day, plan, leg, carer):
            continue
        who = day.carer[carer]
        matrix = day.travel[who[MODE]]
        route, length = plan.route[carer], plan.length[carer]
        before, ready = who[HOME], who[LEAVES]
        for position in range(length + 1):
            after = leg_of[route[position], PLACE] if position < length else who[END]
            arrival = ready + matrix[before, here] + (buffer if position else 0)
            if position < length:
                bound = plan.late[carer, position] - matrix[here, after] - buffer - minutes
            else:
                bound = who[CLOSES] + who[OVERTIME] - matrix[here, after] - minutes
            detour = matrix[before, here] + matrix[here, after] - (matrix[before, after] if length else 0)
            low = arrival
            while low <= bound and n < search.options.shape[1]:
                low = first_start(day.windows, day.shifts, leg, carer, minutes, low)
                if low > bound:
                    break
                high = min(bound, end_of_stretch(day, leg, carer, minutes, low))
                clash = next_clash(day, plan, visit, minutes, low, high)
                if clash[0] > low:
                    option = search.options[j, n]
                    option[CARER], option[POSITION], option[LOW] = carer, position, low
                    option[HIGH] = min(high, clash[0] - 1)
                    option[POINTS] = day.price[leg, carer] + weight * detour
                    n += 1
                low = clash[1] if clash[0] <= high else high + 1
            if position < length:
                before = leg_of[route[position], PLACE]
                ready = plan.early[carer, position] + leg_of[route[position], MINUTES]
    search.counts[j] = n


STEP = 5  # minutes between the starts that are tried for one place


@kernel
def nearest_start(day: Arrays, plan: Routes, search: Search, leg: int, option: Ints, opens: int, closes: int) -> int:
    """The allowed start of a leg at one of its places that lies nearest to opens..closes, or in it; else NO_MINUTE.

    A break may forbid some of the starts between the first and the last, so they are tried at round minutes.
    """
    nearest, distance = NO_MINUTE, NEVER
    moment, high = option[LOW], option[HIGH]
    while moment <= high:
        away = max(opens - moment, moment - closes, 0)
        if away < distance and added(day, plan, search, leg, option[CARER], option[POSITION], moment) < FORBIDDEN:
            nearest, distance = moment, away
        if moment >= high or distance == 0:
            break
        moment = min(high, moment + STEP - moment % STEP)
    return nearest


@kernel
def end_of_stretch(day: Arrays, leg: int, carer: int, minutes: int, start: int) -> int:
    """The last allowed start of the window and shift that `start` lies in."""
    best = start
    for k in range(day.windows.shape[1]):
        if day.windows[leg, k, FIRST] <= start <= day.windows[leg, k, LAST]:
            for s in range(day.shifts.shape[1]):
                if day.shifts[carer, s, 0] <= start <= day.shifts[carer, s, 1] - minutes:
                    best = max(best, min(day.windows[leg, k, LAST], day.shifts[carer, s, 1] - minutes))
    return best


@kernel
def next_clash(day: Arrays, plan: Routes, visit: int, minutes: int, low: int, high: int) -> tuple[int, int]:
    """The first stretch (begin, end) of starts in low..high at which another visit to the person is under way."""
    begin, end = NEVER, NEVER
    for b in range(day.siblings.shape[1]):
        other = day.siblings[visit, b]
        if other == NONE:
            break
        for leg in range(day.visit[other, FIRST_LEG], day.visit[other, FIRST_LEG] + day.visit[other, LEGS]):
            start = day.leg[leg, FACT] if day.leg[leg, FACT] != NO_MINUTE else plan.fixed[leg]
            if start == NO_MINUTE:
                continue
            first, past = start - minutes + 1, start + day.leg[leg, MINUTES]
            if first <= high and past > low and max(first, low) < begin:
                begin, end = max(first, low), past
    return begin, end


@kernel
def choose_at(day: Arrays, plan: Routes, search: Search, visit: int, legs: int, moment: int, backwards: bool) -> int:
    """The cheapest places with different carers that start at `moment` and keep the link; their points.

    The choice is written to pick[0]; legs choose in turn, forwards or backwards.
    """
    link, total = day.visit[visit, LINK], 0
    for turn in range(legs):
        j = legs - 1 - turn if backwards else turn
        low, high = -NEVER, NEVER
        if link == SIMULTANEOUS or (link != INDEPENDENT and turn == 0):
            low = high = moment
        elif link == SEQUENTIAL:
            beside = search.pick[0, j + 1, 1] if backwards else search.pick[0, j - 1, 1]
            if backwards:
                low, high = beside - day.visit[visit, MAX_GAP], beside - day.visit[visit, MIN_GAP]
            else:
                low, high = beside + day.visit[visit, MIN_GAP], beside + day.visit[visit, MAX_GAP]
        best, chosen = FORBIDDEN, NONE
        for n in range(search.counts[j]):
            option = search.options[j, n]
            if option[POINTS] >= best or option[LOW] > high or option[HIGH] < low:
                continue
            group, beside = day.carer[option[CARER], ORGANISATION], day.leg[day.jobs[visit, j], MINUTES]
            taken = False
            for earlier in range(turn):
                other = legs - 1 - earlier if backwards else earlier
                carer = search.options[other, search.pick[0, other, 0], CARER]
                if carer == option[CARER]:
                    taken = True
                if day.carer[carer, ORGANISATION] == group:
                    beside += day.leg[day.jobs[visit, other], MINUTES]
            if not taken and (group == NONE or plan.organisation[group] + beside <= day.organisation[group]):
                best, chosen = option[POINTS], n
        if chosen == NONE:
            return FORBIDDEN
        search.pick[0, j, 0], search.pick[0, j, 1] = chosen, max(search.options[j, chosen, LOW], low)
        total += best
    return total


@kernel
def exact_points(day: Arrays, plan: Routes, search: Search, visit: int, legs: int) -> int:
    """Points of the choice in pick[0] where carers need exact timing; FORBIDDEN when it does not hold."""
    total = 0
    for j in range(legs):
        option = search.options[j, search.pick[0, j, 0]]
        points = option[POINTS]
        if search.exact[option[CARER]]:
            points = added(day, plan, search, day.jobs[visit, j], option[CARER], option[POSITION], search.pick[0, j, 1])
            if points >= FORBIDDEN:
                return FORBIDDEN
        total += points
    return total


@kernel
def try_moment(day: Arrays, plan: Routes, search: Search, visit: int, legs: int, moment: int, best: int) -> int:
    """The better of `best` and the choice at this moment, which is then kept in pick[1]."""
    for backwards in range(2 if legs > 1 else 1):
        points = choose_at(day, plan, search, visit, legs, moment, backwards == 1)
        if points < best:
            points = exact_points(day, plan, search, visit, legs)
            if points < best:
                best = points
                for j in range(legs):
                    search.pick[1, j, 0], search.pick[1, j, 1] = search.pick[0, j, 0], search.pick[0, j, 1]
    return best


TRIED_MOMENTS = 12  # cheapest places of each leg whose earliest start is tried as the common one


@kernel
def insert_fixed(day: Arrays, plan: Routes, search: Search, visit: int, blink: float) -> bool:
    """Put a job with fixed starts (linked, or one of several visits to a person) in; False as `insert_single`."""
    legs = 0
    for j in range(day.jobs.shape[1]):
        if day.jobs[visit, j] == NONE:
            break
        collect_options(day, plan, search, visit, j, day.jobs[visit, j])
        if search.counts[j] == 0:
            return False
        legs = j + 1
    limit = min(FORBIDDEN, day.absence[visit])
    best = limit
    gap_low, gap_high = day.visit[visit, MIN_GAP], day.visit[visit, MAX_GAP]
    for j in range(legs):
        floor = -FORBIDDEN
        for _ in range(min(TRIED_MOMENTS, search.counts[j])):
            # The next cheapest place of this leg, without sorting them all.
            price, chosen = FORBIDDEN, NONE
            for n in range(search.counts[j]):
                ranked = search.options[j, n, POINTS] * 4096 + n
                if floor < ranked and (chosen == NONE or ranked < price):
                    price, chosen = ranked, n
            if chosen == NONE:
                break
            floor = price
            if draw(search.luck) < blink:
                continue
            moment = search.options[j, chosen, LOW]
            best = try_moment(day, plan, search, visit, legs, moment, best)
            if day.visit[visit, LINK] == SEQUENTIAL and j > 0:
                best = try_moment(day, plan, search, visit, legs, moment - gap_low, best)
                best = try_moment(day, plan, search, visit, legs, moment - gap_high, best)
    if best >= limit:
        return False
    for j in range(legs):
        option = search.options[j, search.pick[1, j, 0]]
        put_in(day, plan, search, day.jobs[visit, j], option[CARER], option[POSITION], search.pick[1, j, 1])
    return True


@kernel
def insert_job(day: Arrays, plan: Routes, search: Search, visit: int, blink: float) -> bool:
    """Put a visit's job at its cheapest places; False and unchanged when there are none."""
    if day.jobs[visit, 0] == NONE:
        return True
    single = day.jobs.shape[1] == 1 or day.jobs[visit, 1] == NONE
    linked = day.visit[visit, LINK] in (SIMULTANEOUS, SEQUENTIAL)  # alone when its partner is a fact
    if single and not linked and day.siblings[visit, 0] == NONE:
        return insert_single(day, plan, search, day.jobs[visit, 0], blink)
    return insert_fixed(day, plan, search, visit, blink)
