"""Simulated annealing for days with linked starts and soft windows: packing, driving, unpacking."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.engine import annealing_state as state
from dispatch.engine import arrays
from dispatch.engine.annealing_kernels import anneal_batch, start_move
from dispatch.engine.annealing_moves import attach
from dispatch.engine.annealing_price import price_dirty, slack_of
from dispatch.engine.annealing_starts import propagate
from dispatch.engine.arrays import Arrays
from dispatch.engine.stop import Stop

Ints = npt.NDArray[np.int64]

NONE = arrays.NONE
WIDTH = 24  # near legs kept for each leg
HOT, COLD = 1.0, 0.01  # first and last temperature, in the price of a usual way between two visits
EXPLORED = 0.5  # of the time goes to short chains, where there is time for several
SHORT_CHAIN = 15_000  # iterations for each leg
MOST_PARTS = 16  # short chains of a thread
REHEAT = 0.1  # of the first temperature, for the chains that go on
PROBE = 2_000  # iterations that tell the speed
RESERVE = 0.02  # seconds for the end
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

    @classmethod
    def of_routes(cls, routes: Sequence[Sequence[int]]) -> Solution:
        """Routes to start from; their times are found anew."""
        return cls(tuple(map(tuple, routes)), (), (), 0)


class _Tables(NamedTuple):
    """The fixed tables in the form of the state."""

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
        _leg_table(day),
        _window_table(day),
        _visit_table(day),
        _carer_table(day),
        day.shifts,
        day.travel,
        day.price,
        _price_table(day),
        _near(day),
    )


def _leg_table(day: Arrays) -> Ints:
    legs = len(day.leg)
    table = np.zeros((legs, state.LEG_COLUMNS), np.int64)
    table[:, state.VISIT] = day.leg[:, arrays.VISIT]
    table[:, state.WINDOWS] = (day.windows[:, :, arrays.FIRST] <= day.windows[:, :, arrays.LAST]).sum(axis=1)
    table[:, state.FACT] = day.leg[:, arrays.FACT]
    movable = day.jobs[day.jobs != arrays.NONE]
    table[movable, state.MOVES] = 1
    # A leg that may start at no time or with nobody is never tried.
    hopeless = (table[:, state.WINDOWS] == 0) | (day.price.min(axis=1, initial=arrays.FORBIDDEN) >= arrays.FORBIDDEN)
    for visit in set(table[hopeless, state.VISIT].tolist()):
        table[table[:, state.VISIT] == visit, state.MOVES] = 0
    return table


def _window_table(day: Arrays) -> Ints:
    legs, most, _ = day.windows.shape
    table = np.zeros((legs, most, 4), np.int64)
    table[:, :, state.FIRST] = day.windows[:, :, arrays.FIRST]
    table[:, :, state.LAST] = day.windows[:, :, arrays.LAST]
    table[:, :, state.DUE] = day.windows[:, :, arrays.DUE]
    table[:, :, state.JUMP] = day.windows[:, :, arrays.LAST] + 1
    return table


def _visit_table(day: Arrays) -> Ints:
    table = np.zeros((len(day.visit), state.VISIT_COLUMNS), np.int64)
    of_leg = day.leg[:, arrays.VISIT]
    visits = np.arange(len(day.visit))
    table[:, state.LEG] = np.searchsorted(of_leg, visits)
    table[:, state.COUNT] = np.bincount(of_leg, minlength=len(visits))
    link = day.visit[:, arrays.LINK]
    table[:, state.TIMED] = (link == arrays.SIMULTANEOUS) | (link == arrays.SEQUENTIAL)
    sequential = link == arrays.SEQUENTIAL
    table[sequential, state.LEAST_GAP] = day.visit[sequential, arrays.MIN_GAP]
    table[sequential, state.MOST_GAP] = day.visit[sequential, arrays.MAX_GAP]
    table[:, state.ABSENCE] = day.absence
    return table


def _carer_table(day: Arrays) -> Ints:
    who = day.carer
    table = np.zeros((len(who), state.CARER_COLUMNS), np.int64)
    for mine, theirs in (
        (state.MODE, arrays.MODE),
        (state.LEAVES, arrays.LEAVES),
        (state.CLOSES, arrays.CLOSES),
        (state.OVERTIME, arrays.OVERTIME),
        (state.MOST_VISITS, arrays.MOST_VISITS),
        (state.MOST_MINUTES, arrays.MOST_MINUTES),
        (state.MEAL_OPENS, arrays.LUNCH_OPENS),
        (state.MEAL_MINUTES, arrays.LUNCH_MINUTES),
        (state.SHIFT_MINUTES, arrays.SHIFT_MINUTES),
    ):
        table[:, mine] = who[:, theirs]
    table[:, state.MEAL_LATEST] = who[:, arrays.LUNCH_CLOSES] - who[:, arrays.LUNCH_MINUTES]
    due = who[:, arrays.LUNCH_DUE] == 1
    table[:, state.MEAL_PRICE] = np.where(due, arrays.FORBIDDEN, day.prices[arrays.MISSED_LUNCH_PRICE])
    table[:, state.SHIFTS] = (day.shifts[:, :, 0] <= day.shifts[:, :, 1]).sum(axis=1)
    return table


def _price_table(day: Arrays) -> Ints:
    table = np.zeros(state.PRICES, np.int64)
    for mine, theirs in (
        (state.TRAVEL_PRICE, arrays.TRAVEL_PRICE),
        (state.LATENESS_PRICE, arrays.LATENESS_PRICE),
        (state.WORST_PRICE, arrays.HIGHEST_LATENESS_PRICE),
        (state.WAITING_PRICE, arrays.WAITING_PRICE),
        (state.IDLE_PRICE, arrays.HIGHEST_IDLE_PRICE),
        (state.OVERTIME_PRICE, arrays.OVERTIME_PRICE),
        (state.BUFFER, arrays.BUFFER),
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
        self.node = np.zeros((nodes, state.NODE_COLUMNS), np.int64)
        self.route = np.zeros((carers, state.ROUTE_COLUMNS), np.int64)
        self.log = np.zeros((400 * nodes + 1000, 2), np.int64)
        self.queue = np.zeros(8 * nodes + 200, np.int64)
        self.queued = np.zeros(nodes, np.int8)
        self.dirty = np.zeros(carers, np.int64)
        self.found = np.zeros(int(tables.visit[:, state.COUNT].max(initial=1)), np.int64)
        self.marks = np.zeros(16, np.int64)
        self.now = np.zeros(state.NOW, np.int64)
        self._before = 0
        first = (seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) % 2**64
        self.seed = np.array([first or 1], np.uint64)
        for _ in range(8):
            state.draw(self.seed)
        self._lay(start)
        self.best, self.best_route = self.node.copy(), self.route.copy()

    def _lay(self, start: Solution | None) -> None:
        """Empty routes, then the legs of the plan to begin with; none of them when the day cannot keep them all."""
        legs, carers = self.day.price.shape
        node, who = self.node, np.arange(carers)
        node[:, state.CAR] = NONE
        node[:legs, state.MINUTES] = self.day.leg[:, arrays.MINUTES]
        node[:legs, state.PLACE] = self.day.leg[:, arrays.PLACE]
        head, tail = legs + who, legs + carers + who
        node[head, state.NEXT], node[tail, state.PREV] = tail, head
        node[head, state.PREV] = node[tail, state.NEXT] = NONE
        node[head, state.CAR] = node[tail, state.CAR] = who
        node[head, state.PLACE], node[tail, state.PLACE] = self.day.carer[:, arrays.HOME], self.day.carer[:, arrays.END]
        self.route[:, state.MEAL] = head
        empty = node.copy(), self.route.copy()
        for carer, route in enumerate(start.routes if start is not None else ()):
            for leg in route:
                self._append(carer, leg)
        if not self.reset():
            node[:, :], self.route[:, :] = empty
            self.reset()

    def _append(self, carer: int, leg: int) -> None:
        """Put a leg at the end of a route."""
        legs, carers = self.day.price.shape
        t, now, tail = self.tables, self.now, legs + carers + carer
        attach(
            self.node,
            self.route,
            t.carer,
            t.travel,
            t.price,
            t.prices,
            self.queue,
            self.queued,
            self.dirty,
            self.log,
            now,
            leg,
            int(self.node[tail, state.PREV]),
            0,
            0,
        )
        now[state.LOGGED] = 0

    def reset(self) -> bool:
        """Time and price everything anew; False when a rule of time or a limit of the day is broken."""
        t, now = self.tables, self.now
        legs, carers = self.day.price.shape
        start_move(now)
        for i in range(legs):
            if self.node[i, state.CAR] >= 0:
                state.push(self.queue, self.queued, now, i)
        if not propagate(
            self.node,
            self.route,
            t.leg,
            t.windows,
            t.visit,
            t.carer,
            t.shifts,
            t.travel,
            t.prices,
            self.queue,
            self.queued,
            self.dirty,
            self.found,
            self.log,
            now,
            arrays.FORBIDDEN,
        ):
            return False
        self.route[:, state.COST] = 0
        for c in range(carers):
            state.touch(self.route, self.dirty, now, c)
        now[state.ROUTES_COST] = 0
        absent = {int(t.leg[i, state.VISIT]) for i in range(legs) if self.node[i, state.CAR] < 0}
        now[state.ABSENT_COST] = sum(int(t.visit[v, state.ABSENCE]) for v in absent)
        if not price_dirty(
            self.node,
            self.route,
            t.leg,
            t.windows,
            t.visit,
            t.carer,
            t.travel,
            t.prices,
            self.marks,
            self.dirty,
            self.log,
            now,
        ):
            return False
        now[state.BEST] = now[state.TOTAL]
        now[state.FIXED_COST] = int(
            (t.prices[state.TRAVEL_PRICE] * self.route[:, state.ROAD] + self.route[:, state.LEG_PRICES]).sum()
        )
        now[state.SLACK] = slack_of(self.route, t.prices, now)
        return True

    def run(self, iterations: int, hot: float, mix: Ints) -> int:
        t = self.tables
        return int(
            anneal_batch(
                self.node,
                self.route,
                t.leg,
                t.windows,
                t.visit,
                t.carer,
                t.shifts,
                t.travel,
                t.price,
                t.prices,
                t.near,
                self.queue,
                self.queued,
                self.dirty,
                self.found,
                self.marks,
                self.log,
                self.now,
                self.seed,
                mix,
                self.best,
                self.best_route,
                iterations,
                hot,
            )
        )

    def done(self) -> int:
        """Iterations since the chain began, or was returned to its best plan."""
        return int(self.now[state.ITERATIONS]) - self._before

    def return_to_best(self) -> None:
        """Go on from the best plan, counting iterations anew."""
        self.node[:, :], self.route[:, :] = self.best, self.best_route
        self.reset()
        self._before = int(self.now[state.ITERATIONS])

    def copy_from(self, other: _Chain) -> None:
        """Go on from the other chain's present plan."""
        self.node[:, :], self.route[:, :] = other.node, other.route
        for entry in (state.ROUTES_COST, state.ABSENT_COST, state.FIXED_COST, state.TOTAL, state.SLACK):
            self.now[entry] = other.now[entry]
        self.route[:, state.DIRTY] = 0

    def solution(self) -> Solution:
        self.node[:, :], self.route[:, :] = self.best, self.best_route
        self.reset()
        legs, carers = self.day.price.shape
        routes = []
        for c in range(carers):
            i, mine = int(self.node[legs + c, state.NEXT]), []
            while i < legs:
                mine.append(i)
                i = int(self.node[i, state.NEXT])
            routes.append(tuple(mine))
        starts = tuple(int(self.node[i, state.START]) if self.node[i, state.CAR] >= 0 else NONE for i in range(legs))
        return Solution(
            tuple(routes),
            starts,
            tuple(self.route[:, state.MEAL_START].tolist()),
            int(self.now[state.TOTAL]),
            int(self.now[state.ITERATIONS]),
        )


class _Stage:
    """A part of the search: from one share of its time, or of its iterations, to another."""

    def __init__(self, stop: Stop, began: float, first: float, last: float) -> None:
        seconds, iterations = stop.seconds(), stop.solutions()
        self._stop, self._began = stop, began
        self._window = None if seconds is None else (first * seconds, last * max(0.0, seconds - RESERVE))
        self._quota = None if iterations is None else (last - first) * iterations

    def progress(self, done: int) -> float:
        """How far a chain with so many iterations in this stage is, 0..1."""
        if self._stop.is_cancelled():
            return 1.0
        if self._quota is not None:
            return 1.0 if done >= self._quota else done / self._quota
        assert self._window is not None
        first, last = self._window
        passed = time.monotonic() - self._began
        return 1.0 if passed >= last else max(0.0, (passed - first) / (last - first))

    def batch(self, done: int, until: float, rate: float) -> int:
        """Iterations to run in one go: a few milliseconds, or what is left until a progress."""
        if self._quota is None:
            return max(200, int(rate * BATCH_SECONDS))
        return min(BATCH, max(1, math.ceil(until * self._quota) - done))


def suits(day: Arrays) -> bool:
    """True for a day whose prices need the annealing and whose rules it knows.

    It knows no facts, no limits of organisations, no visits to one person that must not overlap, and no prices of
    fairness or of changed starts.
    """
    needs = day.prices[[arrays.WAITING_PRICE, arrays.HIGHEST_IDLE_PRICE, arrays.HIGHEST_LATENESS_PRICE]].any()
    strange = (
        (day.leg[:, [arrays.FACT, arrays.TOLD]] != NONE).any()
        or (day.leg[:, arrays.POPULAR] > 0).any()
        or (day.siblings != NONE).any()
        or len(day.organisation)
    )
    return bool(needs and not strange)


def anneal(day: Arrays, start: Solution | None, *, stop: Stop, seed: int, threads: int = 2) -> Solution:
    """The best plan met before the stop, never worse than `start` (None: all visits that may move are absent).

    With a stop by iterations (each thread does as many) the same seed gives the same plan.
    """
    search = _Search(day, start, stop, seed, threads)
    if not len(day.leg) or not len(day.carer):
        return search.chain(0).solution()
    return min((chain.solution() for chain in search.run()), key=lambda found: found.cost)


class _Search:
    """Several chains: short ones first, of which the best are heated again and go on together.

    Where one carer's queue decides the lateness of the day, a chain that cooled into the wrong order never leaves it;
    the next chain falls elsewhere.
    """

    def __init__(self, day: Arrays, start: Solution | None, stop: Stop, seed: int, threads: int) -> None:
        self._began = time.monotonic()
        self._day, self._start, self._stop, self._seed, self._threads = day, start, stop, seed, threads
        self._tables = _tables(day)
        self._hot, self._cold = _temperatures(day)
        self._mix = _mix(day)

    def chain(self, number: int) -> _Chain:
        return _Chain(self._day, self._tables, self._start, self._seed * 64 + number)

    def run(self) -> list[_Chain]:
        """The chains that went on to the end."""
        parts = self._parts()
        with ThreadPoolExecutor(self._threads) as pool:
            if parts == 1:
                chains = [self.chain(thread) for thread in range(self._threads)]
                self._go_on(pool, chains, self._stage(0.0, 1.0), self._hot)
                return chains
            found = [chain for each in pool.map(self._explore, range(self._threads), repeat(parts)) for chain in each]
            leaders = sorted(found, key=lambda chain: int(chain.now[state.BEST]))[: self._threads]
            for chain in leaders:
                chain.return_to_best()
            self._go_on(pool, leaders, self._stage(EXPLORED, 1.0), self._hot * REHEAT)
            return leaders

    def _stage(self, first: float, last: float) -> _Stage:
        return _Stage(self._stop, self._began, first, last)

    def _parts(self) -> int:
        """How many short chains a thread has time for, by the speed of a first few iterations."""
        iterations = self._stop.solutions()
        if iterations is None:
            probe = self.chain(0)
            began = time.monotonic()
            probe.run(PROBE, self._hot, self._mix)
            iterations = int(PROBE * (self._stop.seconds() or 0.0) / max(1e-6, time.monotonic() - began))
        return min(MOST_PARTS, max(1, int(EXPLORED * iterations / (SHORT_CHAIN * len(self._day.leg)))))

    def _explore(self, thread: int, parts: int) -> list[_Chain]:
        """Short chains of one thread, one after the other."""
        chains = []
        for part in range(parts):
            chain = self.chain(thread * MOST_PARTS + part)
            stage = self._stage(EXPLORED * part / parts, EXPLORED * (part + 1) / parts)
            self._cool(chain, stage, self._hot, 1.0)
            chains.append(chain)
        return chains

    def _go_on(self, pool: ThreadPoolExecutor, chains: list[_Chain], stage: _Stage, hot: float) -> None:
        """Cool all chains in phases; from some point on the worst goes on from the best one's plan."""
        for phase in range(1, PHASES + 1):
            until = phase / PHASES
            list(pool.map(self._cool, chains, repeat(stage), repeat(hot), repeat(until)))
            if len(chains) > 1 and until >= SHARED_FROM and phase < PHASES:
                chains.sort(key=lambda chain: int(chain.now[state.TOTAL]))
                chains[-1].copy_from(chains[0])

    def _cool(self, chain: _Chain, stage: _Stage, hot: float, until: float) -> None:
        """Run one chain until the stage has come so far."""
        rate = 200_000.0
        while (progress := stage.progress(chain.done())) < until:
            size = stage.batch(chain.done(), until, rate)
            before = time.monotonic()
            chain.run(size, hot * (self._cold / hot) ** progress, self._mix)
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
    cumulated: Ints = np.round(np.cumsum(shares) / shares.sum() * 1024).astype(np.int64)
    return cumulated
