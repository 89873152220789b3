"""One chain of the annealing, and the plan that it hands back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.engine import annealing_state as state
from dispatch.engine import arrays
from dispatch.engine.annealing_kernels import anneal_batch, append, begin, count_anew
from dispatch.engine.annealing_tables import Tables
from dispatch.engine.arrays import Arrays, Ints


@dataclass(frozen=True)
class Solution:
    """A plan in the numbers of `Arrays`; times in its minutes, `cost` in its points."""

    routes: tuple[tuple[int, ...], ...]  # [carer] legs in order
    starts: tuple[int, ...]  # [leg], arrays.NO_MINUTE when absent
    cost: int
    iterations: int = 0

    @classmethod
    def of_routes(cls, routes: Sequence[Sequence[int]]) -> Solution:
        """Routes to start from; their times are found anew."""
        return cls(tuple(map(tuple, routes)), (), 0)


class Chain:
    """One chain of the annealing: its plan, its random numbers, its best plan."""

    def __init__(self, day: Arrays, tables: Tables, start: Solution | None, seed: int) -> None:
        legs, carers = day.price.shape
        nodes = legs + 2 * carers
        self._day, self._before = day, 0
        node, route = np.zeros((nodes, state.NODE_COLUMNS), np.int64), np.zeros((carers, state.ROUTE_COLUMNS), np.int64)
        first = (seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) % 2**64
        self._state = state.State(
            *tables,
            node=node,
            route=route,
            queue=np.zeros(8 * nodes + 200, np.int64),
            queued=np.zeros(nodes, np.int8),
            dirty=np.zeros(carers, np.int64),
            found=np.zeros(int(tables.visit[:, state.COUNT].max(initial=1)), np.int64),
            marks=np.zeros(16, np.int64),
            log=np.zeros((400 * nodes + 1000, 2), np.int64),
            now=np.zeros(state.NOW, np.int64),
            seed=np.array([first or 1], np.uint64),
            best=node.copy(),
            best_route=route.copy(),
        )
        self.now = self._state.now
        begin(self._state)
        self._lay(start)
        self._keep()

    def _keep(self) -> None:
        s = self._state
        s.best[:, :], s.best_route[:, :] = s.node, s.route

    def _lay(self, start: Solution | None) -> None:
        """Empty routes, then the legs of the plan to begin with; none of them when the day cannot keep them all."""
        legs, carers = self._day.price.shape
        node, who = self._state.node, np.arange(carers)
        node[:, state.CAR] = arrays.NONE
        node[:legs, state.MINUTES] = self._day.leg[:, arrays.MINUTES]
        node[:legs, state.PLACE] = self._day.leg[:, arrays.PLACE]
        head, tail = legs + who, legs + carers + who
        node[head, state.NEXT], node[tail, state.PREV] = tail, head
        node[head, state.PREV] = node[tail, state.NEXT] = arrays.NONE
        node[head, state.CAR] = node[tail, state.CAR] = who
        node[head, state.PLACE], node[tail, state.PLACE] = (
            self._day.carer[:, arrays.HOME],
            self._day.carer[:, arrays.END],
        )
        self._state.route[:, state.MEAL] = head
        empty = node.copy(), self._state.route.copy()
        for carer, route in enumerate(start.routes if start is not None else ()):
            for leg in route:
                append(self._state, carer, leg, 0)
        if not count_anew(self._state, arrays.FORBIDDEN):
            node[:, :], self._state.route[:, :] = empty
            count_anew(self._state, arrays.FORBIDDEN)

    def run(self, iterations: int, hot: float, mix: Ints) -> int:
        """Iterations at one temperature; answers how many moves were tried."""
        return int(anneal_batch(self._state, mix, iterations, hot))

    def done(self) -> int:
        """Iterations since the chain began, or was returned to its best plan."""
        return int(self.now[state.ITERATIONS]) - self._before

    def return_to_best(self) -> None:
        """Go on from the best plan, counting iterations anew."""
        self._state.node[:, :], self._state.route[:, :] = self._state.best, self._state.best_route
        count_anew(self._state, arrays.FORBIDDEN)
        self._before = int(self.now[state.ITERATIONS])

    def copy_from(self, other: Chain) -> None:
        """Go on from the other chain's present plan."""
        self._state.node[:, :], self._state.route[:, :] = other._state.node, other._state.route
        for entry in (state.ROUTES_COST, state.ABSENT_COST, state.FIXED_COST, state.TOTAL, state.SLACK):
            self.now[entry] = other.now[entry]
        self._state.route[:, state.DIRTY] = 0

    def solution(self) -> Solution:
        self._state.node[:, :], self._state.route[:, :] = self._state.best, self._state.best_route
        count_anew(self._state, arrays.FORBIDDEN)
        legs, carers = self._day.price.shape
        routes = []
        for c in range(carers):
            i, mine = int(self._state.node[legs + c, state.NEXT]), []
            while i < legs:
                mine.append(i)
                i = int(self._state.node[i, state.NEXT])
            routes.append(tuple(mine))
        starts = tuple(
            int(self._state.node[i, state.START]) if self._state.node[i, state.CAR] >= 0 else arrays.NO_MINUTE
            for i in range(legs)
        )
        return Solution(
            tuple(routes),
            starts,
            int(self.now[state.TOTAL]),
            int(self.now[state.ITERATIONS]),
        )
