"""Simulated annealing for days with linked starts and soft windows: packing, driving, unpacking."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.engine import annealing_kernels as kernels
from dispatch.engine import arrays
from dispatch.engine.arrays import Arrays
from dispatch.engine.stop import Stop

Ints = npt.NDArray[np.int64]

NONE = kernels.NONE
WIDTH = 24  # near legs kept for each leg
HOT, COLD = 1.0, 0.01  # first and last temperature, in the price of a usual way between two visits
PHASES = 32
SHARED_FROM = 0.5  # from this progress on the worst chain follows the best
BATCH = 20_000  # iterations
BATCH_SECONDS = 0.01


@dataclass(frozen=True)
class Solution:
    """A plan in the numbers of `Arrays`; times in its minutes, `cost` in its points."""

    routes: tuple[tuple[int, ...], ...]  # [carer] legs in order
    starts: tuple[int, ...]  # [leg], NONE when absent
    lunch: tuple[int, ...]  # [carer] start of the break, NONE without one
    cost: int
    iterations: int = 0


class _Tables(NamedTuple):
    """The fixed tables in the form of the kernels."""

    leg: Ints
    windows: Ints
    visit: Ints
    carer: Ints
    shifts: Ints
    travel: npt.NDArray[np.int32]
    price: Ints
    prices: Ints
    near: npt.NDArray[np.int32]


def _tables(day: Arrays) -> _Tables:
    return _Tables(
        _leg_table(day), _window_table(day), _visit_table(day), _carer_table(day), day.shifts, day.travel,
        day.price, _price_table(day), _near(day),
    )


def _leg_table(day: Arrays) -> Ints:
    legs = len(day.leg)
    table = np.zeros((legs, kernels.LEG_COLUMNS), np.int64)
    table[:, kernels.VISIT] = day.leg[:, arrays.VISIT]
    table[:, kernels.WINDOWS] = (day.windows[:, :, arrays.FIRST] <= day.windows[:, :, arrays.LAST]).sum(axis=1)
    table[:, kernels.FACT] = day.leg[:, arrays.FACT]
    movable = day.jobs[day.jobs != arrays.NONE]
    table[movable, kernels.MOVES] = 1
    # A leg that may start at no time or with nobody is never tried.
    hopeless = (table[:, kernels.WINDOWS] == 0) | (day.price.min(axis=1, initial=arrays.FORBIDDEN) >= arrays.FORBIDDEN)
    for visit in set(table[hopeless, kernels.VISIT].tolist()):
        table[table[:, kernels.VISIT] == visit, kernels.MOVES] = 0
    return table


def _window_table(day: Arrays) -> Ints:
    legs, most, _ = day.windows.shape
    table = np.zeros((legs, most, 4), np.int64)
    table[:, :, kernels.FIRST] = day.windows[:, :, arrays.FIRST]
    table[:, :, kernels.LAST] = day.windows[:, :, arrays.LAST]
    table[:, :, kernels.DUE] = day.windows[:, :, arrays.DUE]
    table[:, :, kernels.JUMP] = day.windows[:, :, arrays.LAST] + 1
    return table


def _visit_table(day: Arrays) -> Ints:
    table = np.zeros((len(day.visit), kernels.VISIT_COLUMNS), np.int64)
    of_leg = day.leg[:, arrays.VISIT]
    visits = np.arange(len(day.visit))
    table[:, kernels.LEG] = np.searchsorted(of_leg, visits)
    table[:, kernels.COUNT] = np.bincount(of_leg, minlength=len(visits))
    link = day.visit[:, arrays.LINK]
    table[:, kernels.TIMED] = (link == arrays.SIMULTANEOUS) | (link == arrays.SEQUENTIAL)
    sequential = link == arrays.SEQUENTIAL
    table[sequential, kernels.LEAST_GAP] = day.visit[sequential, arrays.MIN_GAP]
    table[sequential, kernels.MOST_GAP] = day.visit[sequential, arrays.MAX_GAP]
    table[:, kernels.ABSENCE] = day.absence
    return table


def _carer_table(day: Arrays) -> Ints:
    who = day.carer
    table = np.zeros((len(who), kernels.CARER_COLUMNS), np.int64)
    for mine, theirs in (
        (kernels.MODE, arrays.MODE),
        (kernels.LEAVES, arrays.LEAVES),
        (kernels.CLOSES, arrays.CLOSES),
        (kernels.OVERTIME, arrays.OVERTIME),
        (kernels.MOST_VISITS, arrays.MOST_VISITS),
        (kernels.MOST_MINUTES, arrays.MOST_MINUTES),
        (kernels.MEAL_OPENS, arrays.LUNCH_OPENS),
        (kernels.MEAL_MINUTES, arrays.LUNCH_MINUTES),
        (kernels.SHIFT_MINUTES, arrays.SHIFT_MINUTES),
    ):
        table[:, mine] = who[:, theirs]
    table[:, kernels.MEAL_LATEST] = who[:, arrays.LUNCH_CLOSES] - who[:, arrays.LUNCH_MINUTES]
    due = who[:, arrays.LUNCH_DUE] == 1
    table[:, kernels.MEAL_PRICE] = np.where(due, arrays.FORBIDDEN, day.prices[arrays.MISSED_LUNCH_PRICE])
    table[:, kernels.SHIFTS] = (day.shifts[:, :, 0] <= day.shifts[:, :, 1]).sum(axis=1)
    return table


def _price_table(day: Arrays) -> Ints:
    table = np.zeros(kernels.PRICES, np.int64)
    for mine, theirs in (
        (kernels.TRAVEL_PRICE, arrays.TRAVEL_PRICE),
        (kernels.LATENESS_PRICE, arrays.LATENESS_PRICE),
        (kernels.WORST_PRICE, arrays.HIGHEST_LATENESS_PRICE),
        (kernels.WAITING_PRICE, arrays.WAITING_PRICE),
        (kernels.IDLE_PRICE, arrays.HIGHEST_IDLE_PRICE),
        (kernels.OVERTIME_PRICE, arrays.OVERTIME_PRICE),
        (kernels.BUFFER, arrays.BUFFER),
    ):
        table[mine] = day.prices[theirs]
    return table


def _near(day: Arrays) -> npt.NDArray[np.int32]:
    """[2, L, WIDTH] the best legs before (0) and after (1) each leg, NONE where there are fewer.

    Best = least travel, plus part of the wait and the lateness that the windows force between the two.
    """
    legs = len(day.leg)
    width = min(WIDTH, max(0, legs - 1))
    found = np.full((2, legs, width), NONE, np.int32)
    place, minutes = day.leg[:, arrays.PLACE], day.leg[:, arrays.MINUTES]
    travel = day.travel.min(axis=0)
    able = day.price < arrays.FORBIDDEN
    real = day.windows[:, :, arrays.FIRST] <= day.windows[:, :, arrays.LAST]
    first = np.where(real, day.windows[:, :, arrays.FIRST], arrays.NEVER)
    due = np.where(real, day.windows[:, :, arrays.DUE], -arrays.NEVER)
    opens, closes = first.min(axis=1, initial=arrays.NEVER), due.max(axis=1, initial=-arrays.NEVER)
    for i in range(legs):
        shared = (able & able[i]).any(axis=1) & (day.leg[:, arrays.VISIT] != day.leg[i, arrays.VISIT])
        for side in (0, 1):
            if side == 0:
                hop = travel[place, place[i]]
                wait = opens[i] - (closes + minutes + hop)
                late = opens + minutes + hop - closes[i]
            else:
                hop = travel[place[i], place]
                wait = opens - (closes[i] + minutes[i] + hop)
                late = opens[i] + minutes[i] + hop - closes
            far = hop + 0.2 * np.maximum(0, wait) + np.maximum(0, late)
            far = np.where(shared, far, np.inf)
            order = np.argsort(far, kind="stable")[:width]
            order = order[np.isfinite(far[order])]
            found[side, i, : len(order)] = order
    return found


class _Chain:
    """One chain of the annealing: its plan, its random numbers, its best plan."""

    def __init__(self, day: Arrays, tables: _Tables, start: Solution | None, seed: int) -> None:
        legs, carers = day.price.shape
        nodes = legs + 2 * carers
        self.day, self.tables = day, tables
        self.node = np.zeros((nodes, kernels.NODE_COLUMNS), np.int64)
        self.route = np.zeros((carers, kernels.ROUTE_COLUMNS), np.int64)
        self.log = np.zeros((400 * nodes + 1000, 2), np.int64)
        self.queue = np.zeros(8 * nodes + 200, np.int64)
        self.queued = np.zeros(nodes, np.int8)
        self.dirty = np.zeros(carers, np.int64)
        self.found = np.zeros(int(tables.visit[:, kernels.COUNT].max(initial=1)), np.int64)
        self.marks = np.zeros(16, np.int64)
        self.now = np.zeros(kernels.NOW, np.int64)
        state = (seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) % 2**64
        self.seed = np.array([state or 1], np.uint64)
        for _ in range(8):
            kernels.draw(self.seed)
        self._lay(start)
        self.best, self.best_route = self.node.copy(), self.route.copy()

    def _lay(self, start: Solution | None) -> None:
        """Empty routes, then the facts and the legs of the plan to begin with."""
        legs, carers = self.day.price.shape
        node, who = self.node, np.arange(carers)
        node[:, kernels.CAR] = NONE
        node[:legs, kernels.MINUTES] = self.day.leg[:, arrays.MINUTES]
        node[:legs, kernels.PLACE] = self.day.leg[:, arrays.PLACE]
        head, tail = legs + who, legs + carers + who
        node[head, kernels.NEXT], node[tail, kernels.PREV] = tail, head
        node[head, kernels.PREV] = node[tail, kernels.NEXT] = NONE
        node[head, kernels.CAR] = node[tail, kernels.CAR] = who
        node[head, kernels.PLACE], node[tail, kernels.PLACE] = self.day.carer[:, arrays.HOME], self.day.carer[:, arrays.END]
        self.route[:, kernels.MEAL] = head
        self.reset()

    def reset(self) -> None:
        """Time and price everything anew."""
        t, now = self.tables, self.now
        legs, carers = self.day.price.shape
        kernels.start_move(now)
        for i in range(legs):
            if self.node[i, kernels.CAR] >= 0:
                kernels.push(self.queue, self.queued, now, i)
        ok = kernels.propagate(
            self.node, self.route, t.leg, t.windows, t.visit, t.carer, t.shifts, t.travel, t.prices,
            self.queue, self.queued, self.dirty, self.found, self.log, now,
            arrays.FORBIDDEN,
        )
        assert ok
        self.route[:, kernels.COST] = 0
        for c in range(carers):
            kernels.touch(self.route, self.dirty, now, c)
        now[kernels.ROUTES_COST] = 0
        absent = {int(t.leg[i, kernels.VISIT]) for i in range(legs) if self.node[i, kernels.CAR] < 0}
        now[kernels.ABSENT_COST] = sum(int(t.visit[v, kernels.ABSENCE]) for v in absent)
        assert kernels.price_dirty(
            self.node, self.route, t.leg, t.windows, t.visit, t.carer, t.travel, t.prices, self.marks, self.dirty,
            self.log, now,
        )
        now[kernels.BEST] = now[kernels.TOTAL]
        now[kernels.FIXED_COST] = int(
            (t.prices[kernels.TRAVEL_PRICE] * self.route[:, kernels.ROAD] + self.route[:, kernels.LEG_PRICES]).sum()
        )
        now[kernels.SLACK] = kernels.slack_of(self.route, t.prices, now)

    def run(self, iterations: int, hot: float, mix: Ints) -> int:
        t = self.tables
        return int(kernels.anneal_batch(
            self.node, self.route, t.leg, t.windows, t.visit, t.carer, t.shifts, t.travel, t.price, t.prices, t.near,
            self.queue, self.queued, self.dirty, self.found, self.marks, self.log, self.now, self.seed, mix,
            self.best, self.best_route, iterations, hot,
        ))

    def copy_from(self, other: _Chain) -> None:
        """Go on from the other chain's present plan."""
        self.node[:, :], self.route[:, :] = other.node, other.route
        for entry in (kernels.ROUTES_COST, kernels.ABSENT_COST, kernels.FIXED_COST, kernels.TOTAL, kernels.SLACK):
            self.now[entry] = other.now[entry]
        self.route[:, kernels.DIRTY] = 0

    def solution(self) -> Solution:
        self.node[:, :], self.route[:, :] = self.best, self.best_route
        self.reset()
        legs, carers = self.day.price.shape
        routes = []
        for c in range(carers):
            i, mine = int(self.node[legs + c, kernels.NEXT]), []
            while i < legs:
                mine.append(i)
                i = int(self.node[i, kernels.NEXT])
            routes.append(tuple(mine))
        starts = tuple(
            int(self.node[i, kernels.START]) if self.node[i, kernels.CAR] >= 0 else NONE for i in range(legs)
        )
        return Solution(
            tuple(routes), starts, tuple(self.route[:, kernels.MEAL_START].tolist()),
            int(self.now[kernels.TOTAL]), int(self.now[kernels.ITERATIONS]),
        )


class _Clock:
    """How far the search is, 0..1, by time or by iterations."""

    def __init__(self, stop: Stop, began: float, reserve: float) -> None:
        self._stop, self._began = stop, began
        self.seconds = None if stop.seconds() is None else max(0.01, (stop.seconds() or 0.0) - reserve)
        self.iterations = stop.solutions()

    def progress(self, iterations: int) -> float:
        if self._stop.is_cancelled():
            return 1.0
        done = 0.0
        if self.seconds is not None:
            done = (time.monotonic() - self._began) / self.seconds
        if self.iterations is not None:
            done = max(done, iterations / max(1, self.iterations))
        return min(1.0, done)

    def batch(self, iterations: int, until: float, rate: float) -> int:
        """Iterations to run in one go: a few milliseconds, or what is left of the phase."""
        size = max(200, int(rate * BATCH_SECONDS))
        if self.iterations is not None:
            size = min(BATCH, max(1, math.ceil(until * self.iterations) - iterations))
        return size


def anneal(day: Arrays, start: Solution | None, *, stop: Stop, seed: int, threads: int = 2) -> Solution:
    """The best plan met before the stop, never worse than `start` (None: all visits that may move are absent).

    With a stop by iterations (each chain does as many) the same seed gives the same plan.
    """
    began = time.monotonic()
    tables = _tables(day)
    chains = [_Chain(day, tables, start, seed * 64 + number) for number in range(max(1, threads))]
    clock = _Clock(stop, began, reserve=0.02)
    if len(day.leg) and len(day.carer):
        _search(chains, clock, _temperatures(day), _mix(day))
    return min((chain.solution() for chain in chains), key=lambda found: found.cost)


def _search(chains: list[_Chain], clock: _Clock, heat: tuple[float, float], mix: Ints) -> None:
    """Cool all chains in phases; between two phases the worst goes on from the best one's plan."""
    with ThreadPoolExecutor(len(chains)) as pool:
        for phase in range(1, PHASES + 1):
            until = phase / PHASES
            list(pool.map(lambda chain: _cool(chain, clock, heat, mix, until), chains))
            if len(chains) > 1 and until >= SHARED_FROM and phase < PHASES:
                chains.sort(key=lambda chain: int(chain.now[kernels.TOTAL]))
                chains[-1].copy_from(chains[0])


def _cool(chain: _Chain, clock: _Clock, heat: tuple[float, float], mix: Ints, until: float) -> None:
    """Run one chain until the clock has come so far."""
    hot, cold = heat
    rate = 200_000.0
    while True:
        iterations = int(chain.now[kernels.ITERATIONS])
        progress = clock.progress(iterations)
        if progress >= until:
            return
        size = clock.batch(iterations, until, rate)
        before = time.monotonic()
        chain.run(size, hot * (cold / hot) ** progress, mix)
        rate = size / max(1e-6, time.monotonic() - before)


def _temperatures(day: Arrays) -> tuple[float, float]:
    """First and last temperature in points, from what a usual detour costs."""
    place = day.leg[:, arrays.PLACE]
    hops = day.travel[0][np.ix_(place, place)]
    usual = float(hops[hops > 0].mean()) if (hops > 0).any() else 1.0
    points = max(1.0, usual * float(max(1, day.prices[arrays.TRAVEL_PRICE])))
    return HOT * points, COLD * points


def _mix(day: Arrays) -> Ints:
    """Cumulated shares of the kinds of moves, of 1024."""
    timed = day.prices[arrays.WAITING_PRICE] > 0 or day.windows.shape[1] > 1
    meals = bool((day.carer[:, arrays.LUNCH_MINUTES] > 0).any())
    shares = np.array([45, 20, 14, 6, 0, 8, 6 if timed else 0, 4 if meals else 0, 2], np.float64)
    return np.round(np.cumsum(shares) / shares.sum() * 1024).astype(np.int64)
