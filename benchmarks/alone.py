"""One solver, one day, one fresh process, one core: the same room for everybody.

The clock starts when the solver is handed the day and stops when it hands back its routes.
Starting Python, imports and compilation happen before it; checking happens after it.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, process_time, sleep

from benchmarks.instances.town import TownDay
from benchmarks.neutral import Row
from dispatch.engine.warm import warm_up

OURS = "ours"
# name -> module and function; imported in the child only, since a peer may not be installed.
SOLVERS = {
    OURS: ("benchmarks.ours", "solve_town"),
    "pyvrp": ("benchmarks.peers.pyvrp_peer", "solve_town"),
    "vroom": ("benchmarks.peers.vroom_peer", "solve_town"),
    "ortools": ("benchmarks.peers.ortools_peer", "solve_town"),
    "ortools-wider": ("benchmarks.peers.ortools_peer", "solve_town_wider"),
}
PEERS = tuple(name for name in SOLVERS if name != OURS)
GLANCE_SECONDS = 0.5  # at the machine's load, to choose a core
QUIET = 0.9  # idle share of a core that nobody else measures on
GRACE_SECONDS = 120.0  # for start, compilation and a solver that overruns, before it is ended


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: routes, wall seconds by the clock above, and the share of them the core was ours."""

    routes: dict[str, list[Row]]
    seconds: float
    cpu_share: float  # far below 1: somebody else used the core; above 1: more threads than one


class SolverFailed(RuntimeError):
    """The solver's process ended without routes."""


def solve_alone(solver: str, day: TownDay, *, seconds: float, seed: int, patience: float = 0.0) -> Answer:
    """The solver's routes for the day; `patience` = seconds to wait for a quiet core before the clock starts.

    Raises:
        SolverFailed: it crashed, is not installed, or did not end.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, quiet_core(patience), solver, day, seconds, seed), daemon=True)
    child.start()
    theirs.close()
    try:
        if not ours.poll(seconds + GRACE_SECONDS):
            raise SolverFailed(f"{solver} did not end on {day.name}")
        answer: Answer | str = ours.recv()
    except EOFError:
        raise SolverFailed(f"{solver} died on {day.name}") from None
    finally:
        child.kill()
        child.join()
    if isinstance(answer, str):
        raise SolverFailed(f"{solver} on {day.name}: {answer}")
    return answer


def quiet_core(patience: float) -> int:
    """The core that did least during a glance, after waiting for a quiet one: others may measure here too."""
    allowed = sorted(os.sched_getaffinity(0))
    give_up = perf_counter() + patience
    while True:
        before, began = _idle_ticks(), perf_counter()
        sleep(GLANCE_SECONDS)
        after, now = _idle_ticks(), perf_counter()
        idlest = max(allowed, key=lambda core: after[core] - before[core])
        share = (after[idlest] - before[idlest]) / os.sysconf("SC_CLK_TCK") / (now - began)
        if share >= QUIET or now >= give_up:
            return idlest


def _idle_ticks() -> dict[int, int]:
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    return {
        int(line.split()[0].removeprefix("cpu")): int(line.split()[4])
        for line in lines
        if line.startswith("cpu") and line.split()[0] != "cpu"
    }


def _child(back: Connection, core: int, solver: str, day: TownDay, seconds: float, seed: int) -> None:
    os.sched_setaffinity(0, {core})
    try:
        module, name = SOLVERS[solver]
        function: Callable[[TownDay, float, int], dict[str, list[Row]]] = getattr(import_module(module), name)
        if solver == OURS:
            warm_up()
        began, worked = perf_counter(), process_time()
        routes = function(day, seconds, seed)
        took = perf_counter() - began
        back.send(Answer(routes, took, (process_time() - worked) / took if took else 1.0))
    except Exception as failure:  # The parent reports it: a failed peer is a row, not the end of the run.
        back.send(f"{type(failure).__name__}: {failure}")
