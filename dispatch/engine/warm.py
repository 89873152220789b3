"""Compiles the searches before anybody waits for them, or loads what was compiled before."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from subprocess import Popen, run
from time import monotonic

from dispatch.engine.annealing import anneal
from dispatch.engine.arrays import pack
from dispatch.engine.compiled import nothing_compiled
from dispatch.engine.day import Day
from dispatch.engine.params import Params
from dispatch.engine.problem import Carer, Leg, Link, LinkKind, Problem, Visit, Window
from dispatch.engine.ruin import RuinAndRecreate
from dispatch.engine.schedule import Scheduler
from dispatch.engine.stop import MaxSolutions

_ROOT = Path(__file__).parents[2]
_ANNEALING = "from dispatch.engine.warm import warm_annealing; warm_annealing()"


def warm_up() -> float:
    """Make all searches ready for use; returns the seconds it took, next to none the second time.

    The first time of all a second process compiles the annealing meanwhile: numba compiles one thing at a time in each.
    """
    began = monotonic()
    helper = Popen([sys.executable, "-c", _ANNEALING], cwd=_ROOT) if nothing_compiled() else None
    warm_ruin()
    if helper is not None:
        helper.wait()
    warm_annealing()
    return monotonic() - began


def warm_slots() -> float:
    """Make the search for slots ready in a process that must go on serving; returns the seconds it took.

    What was never compiled is compiled by another process: here it would hold up everything else for half a minute.
    """
    began = monotonic()
    if nothing_compiled():
        run([sys.executable, "-m", "dispatch.engine.warm"], cwd=_ROOT, check=False)
    warm_ruin()
    return monotonic() - began


@cache
def warm_ruin() -> None:
    """Make ruin and recreate, and the search for slots, ready for use."""
    day = _small_day()
    search = RuinAndRecreate(pack(day, Scheduler(day)), seed=0)
    found = search.run(None, stop=MaxSolutions(2), until=None)
    for visit in range(len(day.visits)):
        list(search.places(found, visit))


@cache
def warm_annealing() -> None:
    """Make the annealing ready for use."""
    day = _small_day()
    anneal(pack(day, Scheduler(day)), None, stop=MaxSolutions(2), seed=0)


def _small_day() -> Day:
    """Two carers, a visit and a double-up."""
    hours, way = Window(540, 1020), ((0, 10), (10, 0))
    together = Link(LinkKind.SIMULTANEOUS)
    visits = (
        Visit("v1", 1, (hours,), (Leg("v1.1", 30),)),
        Visit("v2", 1, (hours,), (Leg("v2.1", 30), Leg("v2.2", 30)), link=together),
    )
    carers = tuple(Carer(name, 0, 0, (hours,), mode="walk") for name in ("c1", "c2"))
    return Day(Problem(visits, carers, places=2, travel={"walk": way}), Params())


if __name__ == "__main__":
    warm_up()
