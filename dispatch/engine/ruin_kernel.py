"""Compiled ruin and recreate: slack induction by string removals with simulated annealing.

Christiaens and Vanden Berghe, Transportation Science 2020. One iteration removes strings of neighbouring work,
puts all absent work back at its cheapest places and keeps or undoes the result. Linked legs get a common start when
they are put in and keep it until they are taken out, so that every route can be tested by itself.
"""

from __future__ import annotations

import numpy as np

from dispatch.engine.arrays import FACT, NO_MINUTE, NONE, VISIT, Arrays
from dispatch.engine.compiled import kernel
from dispatch.engine.insertion_kernel import insert_job
from dispatch.engine.ruin_state import Routes, Search, below, copy_touched, draw, points_of, settle_route, take_out

SMALL, LARGE = 3.0, 10.0  # legs taken out on average, and in the longest string
SMALL_SHARE = 0.8  # of the iterations: full routes seldom take much work back, wide changes need room
SPLIT_DEPTH = 0.01  # chance to stop lengthening the stretch that a split string keeps


@kernel
def ruin(day: Arrays, plan: Routes, search: Search) -> bool:
    """Take out strings of work near a random visit; false when what is left can no longer be kept."""
    visits, carers = day.jobs.shape[0], day.carer.shape[0]
    served, busy = 0, 0
    for carer in range(carers):
        served += plan.length[carer]
        busy += plan.length[carer] > 0
    size = SMALL if draw(search.luck) < SMALL_SHARE else LARGE
    longest = min(size, max(1.0, served / max(1, busy)))
    strings = int(1 + draw(search.luck) * (4.0 * size / (1.0 + longest) - 1.0))
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
        if day.leg[other, FACT] == NO_MINUTE and plan.where[other] != NONE:
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
