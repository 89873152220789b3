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

from dispatch.engine.annealing_moves import attach
from dispatch.engine.annealing_picks import pick_late
from dispatch.engine.annealing_price import price_dirty, slack_of
from dispatch.engine.annealing_proposals import (
    drop_visit,
    hold_leg,
    move_leg,
    move_meal,
    move_string,
    move_tail,
    move_visit,
    swap_legs,
)
from dispatch.engine.annealing_starts import propagate
from dispatch.engine.annealing_state import (
    ABSENCE,
    ABSENT_COST,
    BEST,
    CAR,
    COST,
    DIRTIED,
    FIXED_COST,
    ITERATIONS,
    LEG,
    LEG_PRICES,
    LOGGED,
    MOVES,
    PREV,
    QUEUED,
    ROAD,
    ROUTES_COST,
    SLACK,
    STAMP,
    TOTAL,
    TRAVEL_PRICE,
    State,
    below,
    draw,
    push,
    touch,
    undo,
)
from dispatch.engine.arrays import Ints
from dispatch.engine.compiled import kernel, part


@part
def start_move(s: State) -> None:
    """Forget the log of the move before."""
    s.now[LOGGED] = s.now[DIRTIED] = 0
    s.now[STAMP] += 1


@kernel
def begin(s: State) -> None:
    """Shake the seed, so that seeds next to each other have nothing in common."""
    for _ in range(8):
        draw(s)


@kernel
def append(s: State, c: int, i: int, meal_after: int) -> None:
    """Put a leg at the end of a route, its start yet unknown; `meal_after` is as in `attach`."""
    legs, carers = s.price.shape
    attach(s, i, s.node[legs + carers + c, PREV], meal_after)
    s.now[LOGGED] = 0


@kernel
def count_anew(s: State, limit: int) -> bool:
    """Time and price the whole plan.

    False when its lateness costs more than the limit, or when it breaks a rule of time or a limit of the day.
    """
    start_move(s)
    for i in range(s.leg.shape[0]):
        if s.node[i, CAR] >= 0:
            push(s, i)
    if not propagate(s, limit):
        return False
    s.now[ROUTES_COST] = s.now[ABSENT_COST] = s.now[FIXED_COST] = 0
    for c in range(s.route.shape[0]):
        s.route[c, COST] = 0
        touch(s, c)
        s.now[FIXED_COST] += s.prices[TRAVEL_PRICE] * s.route[c, ROAD] + s.route[c, LEG_PRICES]
    for v in range(s.visit.shape[0]):
        if s.node[s.visit[v, LEG], CAR] < 0:
            s.now[ABSENT_COST] += s.visit[v, ABSENCE]
    if not price_dirty(s):
        return False
    s.now[BEST] = s.now[TOTAL]
    s.now[SLACK] = slack_of(s)
    return True


@part
def keep(table: Ints, copy: Ints) -> None:
    for i in range(table.shape[0]):
        for column in range(table.shape[1]):
            copy[i, column] = table[i, column]


@part
def propose(s: State, mix: Ints, limit: int) -> bool:
    """Change the plan by a random move; False when nothing worth timing came of it."""
    kind = draw(s) & 1023
    i = pick_late(s) if kind & 7 == 0 else below(s, s.price.shape[0])
    if s.leg[i, MOVES] == 0:
        return False
    coin = draw(s) & 1
    if s.node[i, CAR] < 0 or (kind >= mix[4] and kind < mix[5]):
        return move_visit(s, i, coin)
    if kind < mix[0]:
        return move_leg(s, i, coin, limit)
    if kind < mix[1]:
        return swap_legs(s, i, coin, limit)
    if kind < mix[2]:
        return move_tail(s, i, limit)
    if kind < mix[3]:
        return move_string(s, i, coin)
    if kind < mix[6]:
        return hold_leg(s, i)
    if kind < mix[7]:
        return move_meal(s, i, coin)
    return drop_visit(s, i, limit)


@kernel
def anneal_batch(s: State, mix: Ints, iterations: int, hot: float) -> int:
    """Iterations of the search at one temperature (points); the best plan met is copied to `best`.

    What a move may cost is drawn before the move is timed, so that most bad ones end at their travel.
    """
    moves = 0
    for _ in range(iterations):
        start_move(s)
        allowance = int(-hot * math.log((draw(s) + 1) / 2147483648.0))
        limit = allowance + s.now[SLACK]
        total, routes_cost = s.now[TOTAL], s.now[ROUTES_COST]
        absent_cost, fixed_cost = s.now[ABSENT_COST], s.now[FIXED_COST]
        if propose(s, mix, limit):
            limit -= s.now[FIXED_COST] + s.now[ABSENT_COST] - fixed_cost - absent_cost
            if limit >= 0:
                moves += 1
                if propagate(s, limit) and price_dirty(s) and s.now[TOTAL] <= total + allowance:
                    s.now[SLACK] = slack_of(s)
                    if s.now[TOTAL] < s.now[BEST]:
                        s.now[BEST] = s.now[TOTAL]
                        keep(s.node, s.best)
                        keep(s.route, s.best_route)
                    continue
        for k in range(s.now[QUEUED]):
            s.queued[s.queue[k]] = 0
        s.now[QUEUED] = 0
        undo(s)
        s.now[TOTAL], s.now[ROUTES_COST] = total, routes_cost
        s.now[ABSENT_COST], s.now[FIXED_COST] = absent_cost, fixed_cost
    s.now[ITERATIONS] += iterations
    return moves
