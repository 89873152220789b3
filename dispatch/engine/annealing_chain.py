"""One chain of the annealing, and the plan that it hands back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.engine import annealing_state as state
from dispatch.engine import arrays
from dispatch.engine.annealing_kernels import anneal_batch, start_move
from dispatch.engine.annealing_moves import attach
from dispatch.engine.annealing_price import price_dirty, slack_of
from dispatch.engine.annealing_starts import propagate
from dispatch.engine.annealing_tables import Tables
from dispatch.engine.arrays import Arrays, Ints


@dataclass(frozen=True)
class Solution:
    """A plan in the numbers of `Arrays`; times in its minutes, `cost` in its points."""

    routes: tuple[tuple[int, ...], ...]  # [carer] legs in order
    starts: tuple[int, ...]  # [leg], arrays.NONE when absent
    lunch: tuple[int, ...]  # [carer] start of the break, arrays.NONE without one
    cost: int
    iterations: int = 0

    @classmethod
    def of_routes(cls, routes: Sequence[Sequence[int]]) -> Solution:
        """Routes to start from; their times are found anew."""
        return cls(tuple(map(tuple, routes)), (), (), 0)


class Chain:
    """One chain of the annealing: its plan, its random numbers, its best plan."""

    def __init__(self, day: Arrays, tables: Tables, start: Solution | None, seed: int) -> None:
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
        node[:, state.CAR] = arrays.NONE
        node[:legs, state.MINUTES] = self.day.leg[:, arrays.MINUTES]
        node[:legs, state.PLACE] = self.day.leg[:, arrays.PLACE]
        head, tail = legs + who, legs + carers + who
        node[head, state.NEXT], node[tail, state.PREV] = tail, head
        node[head, state.PREV] = node[tail, state.NEXT] = arrays.NONE
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

    def copy_from(self, other: Chain) -> None:
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
        starts = tuple(
            int(self.node[i, state.START]) if self.node[i, state.CAR] >= 0 else arrays.NONE for i in range(legs)
        )
        return Solution(
            tuple(routes),
            starts,
            tuple(self.route[:, state.MEAL_START].tolist()),
            int(self.now[state.TOTAL]),
            int(self.now[state.ITERATIONS]),
        )
