"""The state of the annealing: its tables, its log for undoing a move, its random numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.engine.arrays import Ints, Narrow
from dispatch.engine.compiled import part

Bytes = npt.NDArray[np.int8]
Luck = npt.NDArray[np.uint64]

# Columns of `node`: the changing ones, then the fixed ones; eight of them fill a cache line
NEXT, PREV, CAR, EARLY, HOLD, START, MINUTES, PLACE, NODE_COLUMNS = range(9)
# Columns of `route`, one row per carer
ROAD, WORK, STOPS, MEAL, LEG_PRICES, WORST, IDLE, COST, DIRTY, ROUTE_COLUMNS = range(10)
# Columns of `leg`
VISIT, WINDOWS, MOVES, LEG_COLUMNS = range(4)
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

ROUNDS = 8


class State(NamedTuple):
    """One chain: its fixed tables, its plan, its working memory, its best plan.

    L legs, C carers, N = L + 2 C nodes: the legs, then the carers' leaving (`heads`), then their coming back (`tails`).
    """

    leg: Ints  # [L, LEG_COLUMNS]
    windows: Ints  # [L, K, 4]
    visit: Ints  # [V, VISIT_COLUMNS]
    carer: Ints  # [C, CARER_COLUMNS]
    shifts: Ints  # [C, S, 2]
    travel: Narrow  # [M, P, P] minutes
    price: Ints  # [L, C] points, or FORBIDDEN
    prices: Ints  # [PRICES]
    near: Narrow  # [2, L, WIDTH] the best legs before and after each
    node: Ints  # [N, NODE_COLUMNS]
    route: Ints  # [C, ROUTE_COLUMNS]
    queue: Ints  # nodes whose starts must be looked at again
    queued: Bytes  # [N] twice the visits of the queue to the node, odd while it stands in the queue
    dirty: Ints  # [C] routes to be priced again
    found: Ints  # starts of one visit's legs
    marks: Ints  # of `best_shift`
    log: Ints  # [., 2] what was overwritten
    now: Ints  # [NOW]
    seed: Luck  # [1] the state of the random numbers
    best: Ints  # [N, NODE_COLUMNS]
    best_route: Ints  # [C, ROUTE_COLUMNS]


@part
def draw(s: State) -> int:
    """31 random bits (xorshift64)."""
    x = s.seed[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    s.seed[0] = x
    bits: int = np.int64(x >> np.uint64(33))  # type: ignore[assignment]  # to a kernel an int64 is an int
    return bits


@part
def below(s: State, n: int) -> int:
    """A random integer of 0..n-1."""
    return (draw(s) * n) >> 31


@part
def put(s: State, i: int, column: int, value: int) -> None:
    n = s.now[LOGGED]
    s.log[n, 0] = i * NODE_COLUMNS + column
    s.log[n, 1] = s.node[i, column]
    s.now[LOGGED] = n + 1
    s.node[i, column] = value


@part
def put_route(s: State, c: int, column: int, value: int) -> None:
    n = s.now[LOGGED]
    s.log[n, 0] = ~(c * ROUTE_COLUMNS + column)
    s.log[n, 1] = s.route[c, column]
    s.now[LOGGED] = n + 1
    s.route[c, column] = value


@part
def undo(s: State) -> None:
    for k in range(s.now[LOGGED] - 1, -1, -1):
        at = s.log[k, 0]
        if at >= 0:
            s.node[at // NODE_COLUMNS, at % NODE_COLUMNS] = s.log[k, 1]
        else:
            s.route[~at // ROUTE_COLUMNS, ~at % ROUTE_COLUMNS] = s.log[k, 1]


@part
def touch(s: State, c: int) -> None:
    """Note that the route must be priced again."""
    if s.route[c, DIRTY] != s.now[STAMP]:
        s.route[c, DIRTY] = s.now[STAMP]
        s.dirty[s.now[DIRTIED]] = c
        s.now[DIRTIED] += 1


@part
def push(s: State, i: int) -> None:
    """Note that the node's start must be looked at again."""
    if (s.queued[i] & 1) == 0:
        s.queued[i] += 1
        s.queue[s.now[QUEUED]] = i
        s.now[QUEUED] += 1
