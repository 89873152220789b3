"""The state of the annealing: its tables, its log for undoing a move, its random numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dispatch.engine.arrays import Ints
from dispatch.engine.compiled import kernel

Bytes = npt.NDArray[np.int8]
Luck = npt.NDArray[np.uint64]

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

ROUNDS = 8


@kernel
def draw(seed: Luck) -> int:
    """31 random bits (xorshift64)."""
    x = seed[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    seed[0] = x
    bits: int = np.int64(x >> np.uint64(33))  # type: ignore[assignment]  # to a kernel an int64 is an int
    return bits


@kernel
def below(seed: Luck, n: int) -> int:
    """A random integer of 0..n-1."""
    return (draw(seed) * n) >> 31


@kernel
def put(node: Ints, log: Ints, now: Ints, i: int, column: int, value: int) -> None:
    n = now[LOGGED]
    log[n, 0] = i * NODE_COLUMNS + column
    log[n, 1] = node[i, column]
    now[LOGGED] = n + 1
    node[i, column] = value


@kernel
def put_route(route: Ints, log: Ints, now: Ints, c: int, column: int, value: int) -> None:
    n = now[LOGGED]
    log[n, 0] = ~(c * ROUTE_COLUMNS + column)
    log[n, 1] = route[c, column]
    now[LOGGED] = n + 1
    route[c, column] = value


@kernel
def undo(node: Ints, route: Ints, log: Ints, now: Ints) -> None:
    for k in range(now[LOGGED] - 1, -1, -1):
        at = log[k, 0]
        if at >= 0:
            node[at // NODE_COLUMNS, at % NODE_COLUMNS] = log[k, 1]
        else:
            route[~at // ROUTE_COLUMNS, ~at % ROUTE_COLUMNS] = log[k, 1]


@kernel
def touch(route: Ints, dirty: Ints, now: Ints, c: int) -> None:
    """Note that the route must be priced again."""
    if route[c, DIRTY] != now[STAMP]:
        route[c, DIRTY] = now[STAMP]
        dirty[now[DIRTIED]] = c
        now[DIRTIED] += 1


@kernel
def push(queue: Ints, queued: Bytes, now: Ints, i: int) -> None:
    """Note that the node's start must be looked at again."""
    if (queued[i] & 1) == 0:
        queued[i] += 1
        queue[now[QUEUED]] = i
        now[QUEUED] += 1
