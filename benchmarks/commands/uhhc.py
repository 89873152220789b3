"""`uhhc`: the public set of the unified formulation 2026 with each instance's own weights."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import public_set
from benchmarks.checkers.uhhc import check_uhhc
from benchmarks.neutral import Row
from dispatch.engine.params import Params
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSeconds
from dispatch.engine.uhhc import params_of, problem_of, solution_of

add_arguments = public_set.add_arguments


def run(args: argparse.Namespace) -> int:
    return public_set.measure(public_set.PublicSet("uhhc", _read, _solve, check_uhhc, families=False), args)


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    instance: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return path.stem, instance


def _solve(instance: dict[str, Any], seconds: float, seed: int) -> dict[str, list[Row]]:
    began = perf_counter()
    problem = problem_of(instance)
    stop = MaxSeconds(max(0.0, seconds - (perf_counter() - began)))
    plan = solve(problem, stop=stop, params=_prices(instance), seed=seed)
    return {carer: list(rows) for carer, rows in solution_of(problem, plan)["routes"].items()}


def _prices(instance: dict[str, Any]) -> Params:
    """All nine weights of the instance, also those that a plan has only one of."""
    weights = instance["metadata"]["cost_components"]
    return replace(
        params_of(instance),
        highest_lateness=weights["highest_tardiness"],
        waiting=weights["total_waiting_time"],
        highest_idle=weights["max_idle_time"],
    )
