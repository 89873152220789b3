"""Our engine, called as the peers are: a town day in, neutral routes out."""

from __future__ import annotations

from time import perf_counter

from benchmarks.instances.town import TownDay, town_day
from benchmarks.instances.town_problem import problem_of, routes_of
from benchmarks.neutral import Row
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSeconds

WARM_UP_SECONDS = 0.2  # of search on a tiny day, after which everything is compiled and loaded


def solve_town(day: TownDay, seconds: float, seed: int) -> dict[str, list[Row]]:
    """The plan after that much search with the product's own prices; building the problem comes on top."""
    return routes_of(day, solve(problem_of(day), stop=MaxSeconds(seconds), seed=seed))


def warm_up() -> float:
    """Compiles or loads the kernels on a tiny day with double-ups; says how many seconds that took."""
    began = perf_counter()
    solve_town(town_day(0, visits=24, carers=5, double_ups=1), WARM_UP_SECONDS, seed=0)
    return perf_counter() - began
