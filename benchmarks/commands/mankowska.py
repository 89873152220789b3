"""`mankowska`: the public set of Mankowska, Meisel & Bierwirth 2014 with its exact objective.

The engine plans in ticks; its sequences are then timed again, exactly (`mankowska_times`).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

from benchmarks import public_set
from benchmarks.checkers.mankowska import check_mankowska
from benchmarks.instances.mankowska import Instance, params_of, problem_of, read_instance, sequences_of
from benchmarks.instances.mankowska_times import timed_routes
from benchmarks.neutral import Row
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSeconds

add_arguments = public_set.add_arguments


def run(args: argparse.Namespace) -> int:
    return public_set.measure(
        public_set.PublicSet("mankowska", _read, _solve, check_mankowska, families=True),
        args,
    )


def _read(path: Path) -> tuple[str, Instance]:
    instance = read_instance(path)
    return instance.name, instance


def _solve(instance: Instance, seconds: float, seed: int) -> dict[str, list[Row]]:
    began = perf_counter()
    problem = problem_of(instance)
    stop = MaxSeconds(max(0.0, seconds - (perf_counter() - began)))
    plan = solve(problem, stop=stop, params=params_of(), seed=seed)
    return timed_routes(instance, sequences_of(plan))
