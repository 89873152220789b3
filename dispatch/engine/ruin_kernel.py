"""Compiled ruin and recreate: slack induction by string removals with simulated annealing.

Christiaens and Vanden Berghe, Transportation Science 2020. One iteration removes strings of neighbouring work,
puts all absent work back at its cheapest places and keeps or undoes the result. Linked legs get a common start when
they are put in and keep it until they are taken out, so that every route can be tested by itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
    MOST_MINUTES,
    MOST_VISITS,
    NEVER,
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
from dispatch.engine.kernels import bounds_of_route, first_start, time_route

# Columns of the last axis of `options`: a place of a leg, its first and last start there, and its points
CARER, POSITION, LOW, HIGH, POINTS, OPTION_COLUMNS = range(6)


class Routes(NamedTuple):
    """One plan: N legs on a route at most."""

    route: Ints  # [C, N] legs
    length: Ints  # [C]
    early: Ints  # [C, N] earliest start at each position
    late: Ints  # [C, N] latest one
    points: Ints  # [C] price of the route
    used: Ints  # [C] service minutes
    version: Ints  # [C] changes with the route, comes back when a change is undone
    where: Ints  # [L] carer or NONE
    fixed: Ints  # [L] start of a linked leg or NONE
    absent: Ints  # [V] visits without their job, then NONE
    absences: Ints  # [1] how many
    organisation: Ints  # [O] service minutes


class Search(NamedTuple):
    """What the search knows of the day, and its scratch paper."""

    near: Ints  # [V, K] neighbours of a visit, itself first
    carers: Ints  # [L, C'] carers of a leg, padded with NONE
    exact: Ints  # [C] 1: only an exact timing tells the price of this carer's route
    tight: Ints  # [V] freedom of time, for sorting
    early: Ints  # [V]
    long: Ints  # [V]
    tier: Ints  # [V] rank of the price of absence
    walk: Ints  # [V] price of absence while walking
    cache_price: Ints  # [L, C]
    cache_place: Ints  # [L, C]
    cache_version: Ints  # [L, C]
    touched: Ints  # [C] 1: changed in this iteration
    spare: Ints  # [N + 1] a route being tried
    options: Ints  # [J, Q, OPTION_COLUMNS] places of legs that need a fixed start
    counts: Ints  # [J]
    pick: Ints  # [2, J, 2] option and start of the choice under way and of the best one
    order: Ints  # [V]
    luck: npt.NDArray[np.uint64]  # [1] state of the random numbers
    clock: Ints  # [1] last version given out


@kernel
def draw(luck: npt.NDArray[np.uint64]) -> float:
    """The next random number in [0, 1): xorshift64*."""
    x = luck[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    luck[0] = x
    return ((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel
def below(luck: npt.NDArray[np.uint64], n: int) -> int:
    return min(int(draw(luck) * n), n - 1)


@kernel
def settle_route(day: Arrays, plan: Routes, search: Search, carer: int) -> bool:
    """Bring bounds, price and version of a changed route up to date; False when it can no longer be kept."""
    route, length = plan.route[carer], plan.length[carer]
    search.clock[0] += 1
    plan.version[carer] = search.clock[0]
    search.touched[carer] = 1
    if not bounds_of_route(day, carer, route, length, plan.fixed, plan.early[carer], plan.late[carer]):
        return False
    if search.exact[carer]:
        plan.points[carer] = time_route(day, carer, route, length, plan.fixed)
        return plan.points[carer] < FORBIDDEN
    points, place, matrix = 0, day.carer[carer, HOME], day.travel[day.carer[carer, MODE]]
    travel = 0
    for position in range(length):
        leg = route[position]
        travel += matrix[place, day.leg[leg, PLACE]]
        place = day.leg[leg, PLACE]
        points += day.price[leg, carer]
    if length:
        travel += matrix[place, day.carer[carer, END]]
    plan.points[carer] = points + travel * day.prices[TRAVEL_PRICE]
    return True


@kernel
def take_out(day: Arrays, plan: Routes, search: Search, visit: int) -> None:
    """Remove a job from its routes, which then need to be settled."""
    for j in range(day.jobs.shape[1]):
        leg = day.jobs[visit, j]
        if leg == NONE:
            break
        carer = plan.where[leg]
        route = plan.route[carer]
        length = plan.length[carer]
        position = 0
        while route[position] != leg:
            position += 1
        for k in range(position, length - 1):
            route[k] = route[k + 1]
        plan.length[carer] = length - 1
        plan.where[leg] = NONE
        plan.fixed[leg] = NONE
        plan.used[carer] -= day.leg[leg, MINUTES]
        if day.carer[carer, ORGANISATION] >= 0:
            plan.organisation[day.carer[carer, ORGANISATION]] -= day.leg[leg, MINUTES]
        search.touched[carer] = 1


@kernel
def put_in(day: Arrays, plan: Routes, search: Search, leg: int, carer: int, position: int, start: int) -> bool:
    """Insert a leg, with a fixed start unless it is NONE; False when the route cannot be kept."""
    route, length = plan.route[carer], plan.length[carer]
    for k in range(length, position, -1):
        route[k] = route[k - 1]
    route[position] = leg
    plan.length[carer] = length + 1
    plan.where[leg] = carer
    plan.fixed[leg] = start
    plan.used[carer] += day.leg[leg, MINUTES]
    if day.carer[carer, ORGANISATION] >= 0:
        plan.organisation[day.carer[carer, ORGANISATION]] += day.leg[leg, MINUTES]
    return settle_route(day, plan, search, carer)


@kernel
def has_room(day: Arrays, plan: Routes, leg: int, carer: int) -> bool:
    """False when a daily maximum, an organisation's limit or the length of the array is reached."""
    minutes, who = day.leg[leg, MINUTES], day.carer[carer]
    if plan.length[carer] + 1 > who[MOST_VISITS] or plan.length[carer] + 1 > plan.route.shape[1]:
        return False
    if plan.used[carer] + minutes > who[MOST_MINUTES]:
        return False
    group = who[ORGANISATION]
    return group < 0 or plan.organisation[group] + minutes <= day.organisation[group]


@kernel
def added(day: Arrays, plan: Routes, search: Search, leg: int, carer: int, position: int, start: int) -> int:
    """Exact points that a leg adds at a position, FORBIDDEN when it does not fit."""
    spare, route, length = search.spare, plan.route[carer], plan.length[carer]
    for k in range(position):
        spare[k] = route[k]
    spare[position] = leg
    for k in range(position, length):
        spare[k + 1] = route[k]
    plan.fixed[leg] = start
    points = time_route(day, carer, spare, length + 1, plan.fixed)
    plan.fixed[leg] = NONE
    return points - plan.points[carer] if points < FORBIDDEN else FORBIDDEN


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
                        points = added(day, plan, search, leg, carer, position, NONE)
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
    """Put a leg at its cheapest place over all carers, now and then overlooking one; False when none fits."""
    best, chosen = FORBIDDEN, NONE
    for k in range(search.carers.shape[1]):
        carer = search.carers[leg, k]
        if carer == NONE:
            break
        if search.cache_version[leg, carer] != plan.version[carer]:
            cheapest_on_route(day, plan, search, leg, carer)
        points = search.cache_price[leg, carer]
        if points < best and draw(search.luck) >= blink and has_room(day, plan, leg, carer):
            best, chosen = points, carer
    if chosen == NONE:
        return False
    put_in(day, plan, search, leg, chosen, search.cache_place[leg, chosen], NONE)
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
            start = day.leg[leg, FACT] if day.leg[leg, FACT] >= 0 else plan.fixed[leg]
            if start < 0:
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
            taken = False
            for earlier in range(turn):
                other = legs - 1 - earlier if backwards else earlier
                if search.options[other, search.pick[0, other, 0], CARER] == option[CARER]:
                    taken = True
            if not taken:
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
    """Put a job with fixed starts (linked, or one of several visits to a person) in; False when it does not fit."""
    legs = 0
    while legs < day.jobs.shape[1] and day.jobs[visit, legs] != NONE:
        collect_options(day, plan, search, visit, legs, day.jobs[visit, legs])
        if search.counts[legs] == 0:
            return False
        legs += 1
    best = FORBIDDEN
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
    if best >= FORBIDDEN:
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
    if single and day.siblings[visit, 0] == NONE:
        return insert_single(day, plan, search, day.jobs[visit, 0], blink)
    return insert_fixed(day, plan, search, visit, blink)


LONGEST_STRING = 10
MEAN_REMOVED = 10
SPLIT_DEPTH = 0.01  # chance to stop lengthening the stretch that a split string keeps


@kernel
def ruin(day: Arrays, plan: Routes, search: Search) -> bool:
    """Take out strings of work near a random visit; false when what is left can no longer be kept."""
    visits, carers = day.jobs.shape[0], day.carer.shape[0]
    served, busy = 0, 0
    for carer in range(carers):
        served += plan.length[carer]
        busy += plan.length[carer] > 0
    longest = min(LONGEST_STRING, max(1.0, served / max(1, busy)))
    strings = int(1 + draw(search.luck) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0))
    seed = below(search.luck, visits)
    ruined = 0
    for k in range(search.near.shape[1]):
        visit = search.near[seed, k]
        if visit == NONE or ruined >= strings:
            break
        leg = day.jobs[visit, 0]
        if leg == NONE or plan.where[leg] == NONE or search.touched[plan.where[leg]]:
            continue
        ruin_string(day, plan, search, plan.where[leg], leg, longest)
        ruined += 1
    kept = True
    for carer in range(carers):
        if search.touched[carer] and kept:
            kept = settle_route(day, plan, search, carer)
    return kept


@kernel
def ruin_string(day: Arrays, plan: Routes, search: Search, carer: int, leg: int, longest: float) -> None:
    """Remove a string of the carer's route around a leg, half of the time keeping a stretch inside it."""
    route, length = plan.route[carer], plan.length[carer]
    size = int(1 + draw(search.luck) * min(float(length), longest))
    size = min(size, length)
    kept = 0
    if size > 1 and size < length and draw(search.luck) < 0.5:
        kept = 1
        while size + kept < length and draw(search.luck) > SPLIT_DEPTH:
            kept += 1
    position = 0
    while route[position] != leg:
        position += 1
    whole = size + kept
    first = max(0, position - whole + 1)
    last = min(position, length - whole)
    begin = first + below(search.luck, last - first + 1)
    skip = begin + (1 + below(search.luck, size - 1) if kept else whole)
    n = 0
    for k in range(begin, begin + whole):
        if not (kept and skip <= k < skip + kept):
            search.spare[n] = route[k]
            n += 1
    for k in range(n):
        other = search.spare[k]
        if day.leg[other, FACT] < 0 and plan.where[other] != NONE:
            visit = day.leg[other, VISIT]
            take_out(day, plan, search, visit)
            plan.absent[plan.absences[0]] = visit
            plan.absences[0] += 1


@kernel
def sort_absent(plan: Routes, search: Search) -> None:
    """Absent visits in one of the orders: by chance, little freedom first, early first, long first."""
    count, luck = plan.absences[0], search.luck
    kind = draw(luck)
    by_tier = draw(luck) < 0.5
    for k in range(count):
        visit = plan.absent[k]
        if kind < 0.3:
            key = below(luck, 1 << 20)
        elif kind < 0.6:
            key = search.tight[visit]
        elif kind < 0.8:
            key = search.early[visit]
        else:
            key = -search.long[visit]
        if by_tier:
            key -= search.tier[visit] << 24
        # Insertion sort: the list is short.
        place = k
        while place > 0 and search.order[place - 1] > key:
            search.order[place] = search.order[place - 1]
            plan.absent[place] = plan.absent[place - 1]
            place -= 1
        search.order[place] = key
        plan.absent[place] = visit


@kernel
def recreate(day: Arrays, plan: Routes, search: Search, blink: float) -> None:
    """Put every absent visit back where it is cheapest; what fits nowhere stays absent."""
    sort_absent(plan, search)
    left = 0
    for k in range(plan.absences[0]):
        visit = plan.absent[k]
        if not insert_job(day, plan, search, visit, blink):
            plan.absent[left] = visit
            left += 1
    plan.absences[0] = left


@kernel
def copy_route(day: Arrays, source: Routes, target: Routes, carer: int) -> None:
    length = source.length[carer]
    target.length[carer] = length
    target.points[carer] = source.points[carer]
    target.used[carer] = source.used[carer]
    target.version[carer] = source.version[carer]
    for k in range(length):
        leg = source.route[carer, k]
        target.route[carer, k] = leg
        target.early[carer, k] = source.early[carer, k]
        target.late[carer, k] = source.late[carer, k]
        target.where[leg] = carer
        target.fixed[leg] = source.fixed[leg]


@kernel
def copy_touched(day: Arrays, source: Routes, target: Routes, search: Search, everything: bool) -> None:
    """Make `target` equal to `source` where they may differ."""
    for carer in range(day.carer.shape[0]):
        if everything or search.touched[carer]:
            for k in range(target.length[carer]):
                leg = target.route[carer, k]
                target.where[leg] = NONE
                target.fixed[leg] = NONE
    for carer in range(day.carer.shape[0]):
        if everything or search.touched[carer]:
            copy_route(day, source, target, carer)
    for k in range(source.absences[0]):
        target.absent[k] = source.absent[k]
    target.absences[0] = source.absences[0]
    for k in range(source.organisation.shape[0]):
        target.organisation[k] = source.organisation[k]


@kernel
def points_of(plan: Routes, absence: Ints) -> int:
    """Points of all routes and of what is absent."""
    total = 0
    for carer in range(plan.points.shape[0]):
        total += plan.points[carer]
    for k in range(plan.absences[0]):
        total += absence[plan.absent[k]]
    return total


@kernel
def run(
    day: Arrays,
    plan: Routes,
    trial: Routes,
    best: Routes,
    search: Search,
    iterations: int,
    hot: float,
    cold: float,
    blink: float,
) -> int:
    """Ruin and recreate `iterations` times, cooling from `hot` to `cold` points; returns how often `best` improved.

    `plan` is the walk's place and `trial` equals it between iterations; `best` is the best plan met.
    """
    now = points_of(plan, search.walk)
    best_points = points_of(best, day.absence)
    improved = 0
    temperature = hot
    cooling = (cold / hot) ** (1.0 / max(1, iterations))
    for _ in range(iterations):
        for carer in range(search.touched.shape[0]):
            search.touched[carer] = 0
        kept = ruin(day, trial, search)
        if kept:
            recreate(day, trial, search, blink)
            then = points_of(trial, search.walk)
            limit = now - temperature * np.log(max(draw(search.luck), 1e-12))
            if then < limit:
                copy_touched(day, trial, plan, search, False)
                now = then
                true_points = points_of(plan, day.absence)
                if true_points < best_points:
                    best_points = true_points
                    copy_touched(day, plan, best, search, True)
                    improved += 1
                temperature *= cooling
                continue
        copy_touched(day, plan, trial, search, False)
        temperature *= cooling
    return improved
