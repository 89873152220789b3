"""Our engine, called as the peers are: a town day in, neutral routes out."""

from __future__ import annotations

from benchmarks.instances.town import TownDay
from benchmarks.instances.town_problem import problem_of, routes_of
from benchmarks.neutral import Row
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSeconds


def solve_town(day: TownDay, seconds: float, seed: int) -> dict[str, list[Row]]:
    """The plan after that much search with the product's own prices; building the problem comes on top."""
    return routes_of(day, solve(problem_of(day), stop=MaxSeconds(seconds), seed=seed))
