"""`solve`: search with the kernel that suits the day, let OR-Tools choose among the routes met, explain.

Days with hard windows go to ruin and recreate, days that price waiting, idleness or the largest lateness to the
annealing, which moves linked starts freely.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic

from dispatch.engine import bound
from dispatch.engine.annealing import anneal, suits
from dispatch.engine.annealing_chain import Solution
from dispatch.engine.answer import figures_of, routes_of
from dispatch.engine.arrays import NO_MINUTE, Arrays, pack
from dispatch.engine.bound import Proof
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.explain import unserved
from dispatch.engine.linking import settled
from dispatch.engine.params import Params
from dispatch.engine.plan import Plan, Scarcity, Status
from dispatch.engine.pool import Column
from dispatch.engine.problem import Problem
from dispatch.engine.ruin import RuinAndRecreate
from dispatch.engine.ruin_setup import Found
from dispatch.engine.schedule import Scheduler
from dispatch.engine.stop import Stop
from dispatch.engine.warm import warm_annealing, warm_ruin
from dispatch.engine.warm_start import known_routes

Progress = Callable[[float, int], None]

CHOICE_SHARE = 0.04  # of the time goes to CP-SAT's choice among the routes met,
EXCHANGE_SHARE = 0.06  # to its exchanges
POLISH_SHARE = 0.05  # and to a cool walk from there
POLISH_HEAT = 1.0  # points
FINISH_SHARE, LONGEST_FINISH = 0.22, 0.5  # kept for times, figures and reasons; seconds at most
GRACE = 0.5  # seconds past the stop for finishing a day too large for that
SHORTEST_CHOICE, SHORTEST_EXCHANGE = 0.1, 0.5  # seconds: below that they are left out
EFFORT = 2.0  # deterministic time of CP-SAT when iterations are counted


def solve(
    problem: Problem,
    *,
    stop: Stop,
    params: Params | None = None,
    seed: int = 0,
    warm: Plan | None = None,
    prove: float = 0.0,
    progress: Progress | None = None,
) -> Plan:
    """The best plan met before the stop; it keeps every hard rule and names why visits are absent.

    The search starts from `warm`, a plan of the same legs and carers (others are ignored), and tells `progress` the
    share of the time that has passed and the points of the best plan. After the stop it looks for a proven bound for up
    to `prove` seconds (the same number of rounds when the stop counts iterations). Pinned work without a minute that has no room,
    and mandatory visits nobody can serve, are listed as unserved; `verify` reports them.
    """
    began = monotonic()
    day = Day(problem, params or Params())
    scheduler = Scheduler(day)
    packed = pack(day, scheduler)
    is_soft = suits(packed)
    # Compiling, once in the life of a process, is not the search's time.
    compiled = monotonic()
    warm_annealing() if is_soft else warm_ruin()
    began += monotonic() - compiled
    start = None if warm is None else known_routes(day, scheduler, warm)
    asked = _Asked(day, scheduler, packed, start, stop, seed, began, progress)
    draft, iterations, columns = _annealed(asked) if is_soft else _ruined(asked)
    proof = _proof(asked, columns, draft.cost(), prove)
    status = Status.SEARCHED if iterations else Status.CONSTRUCTED
    if stop.is_cancelled():
        status = Status.CANCELLED
    routes = routes_of(draft)
    return Plan(
        routes=routes,
        unserved=unserved(draft, asked.last_moment()),
        figures=figures_of(draft, routes),
        params=day.params,
        seed=seed,
        seconds=round(monotonic() - began, 3),
        bound=proof.bound if proof else None,
        scarce=_scarcity(day, proof) if proof else None,
        status=status,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """One call of `solve`, made ready."""

    day: Day
    scheduler: Scheduler
    packed: Arrays
    start: Found | None
    stop: Stop
    seed: int
    began: float
    progress: Progress | None

    def last_moment(self) -> float:
        """When the answer has to go out, however much is left to finish or to explain."""
        seconds = self.stop.seconds()
        return inf if seconds is None else self.began + seconds + GRACE


def _ruined(asked: _Asked) -> tuple[Draft, int, list[Column]]:
    """The plan of ruin and recreate with CP-SAT's choice among its routes, the iterations made, and the routes met."""
    search = RuinAndRecreate(asked.packed, asked.seed)
    found = _searched(asked, search)
    draft = Draft.of_routes(asked.day, asked.scheduler, found.routes, found.fixed)
    earlier = settled(asked.day, asked.scheduler, draft.routes)
    best = earlier if earlier is not None and earlier.cost() <= draft.cost() else draft
    return best, found.iterations, search.pool.columns()


def _searched(asked: _Asked, search: RuinAndRecreate) -> Found:
    stop, seconds = asked.stop, asked.stop.seconds()
    if seconds is None:
        found = search.run(asked.start, stop=stop, until=None, progress=asked.progress)
        if not found.iterations or stop.is_cancelled():
            return found
        return search.exchange(search.choose(found, effort=EFFORT, seconds=None), effort=EFFORT, until=None)
    end = asked.began + seconds - min(FINISH_SHARE * seconds, LONGEST_FINISH)
    choice, exchange, polish = (share * seconds for share in (CHOICE_SHARE, EXCHANGE_SHARE, POLISH_SHARE))
    if choice < SHORTEST_CHOICE:
        return search.run(asked.start, stop=stop, until=end, progress=asked.progress)
    if exchange < SHORTEST_EXCHANGE:
        exchange = 0.0
    found = search.run(asked.start, stop=stop, until=end - choice - exchange - polish, progress=asked.progress)
    if stop.is_cancelled():
        return found
    found = search.choose(found, effort=choice, seconds=choice)
    if exchange:
        found = search.exchange(found, effort=exchange, until=end - polish)
    again = search.run(found, stop=stop, until=end, hot=POLISH_HEAT, progress=asked.progress)
    return min(found, again, key=lambda each: each.points)


def _annealed(asked: _Asked) -> tuple[Draft, int, list[Column]]:
    """The plan of the annealing with its starts, the iterations made, and no routes: their times hang together."""
    start = None if asked.start is None else Solution.of_routes(asked.start.routes)
    found = anneal(asked.packed, start, stop=asked.stop, seed=asked.seed)
    starts = {leg: at for leg, at in enumerate(found.starts) if at != NO_MINUTE and leg not in asked.day.facts}
    routes = [list(route) for route in found.routes]
    draft = Draft.of_routes(asked.day, asked.scheduler, routes, starts)
    _repair(draft, asked.last_moment())
    return draft, found.iterations, []


def _proof(asked: _Asked, columns: list[Column], points: int, prove: float) -> Proof | None:
    if not prove:
        return None
    if asked.stop.seconds() is None:
        return bound.prove(asked.packed, columns, points, seconds=None, rounds=int(prove))
    return bound.prove(asked.packed, columns, points, seconds=prove)


def _scarcity(day: Day, proof: Proof) -> Scarcity:
    carers = ((day.carers[carer].id, round(points)) for carer, points in proof.carers.items())
    hours = ((hour, round(points)) for hour, points in proof.hours.items())
    return Scarcity(
        carers=tuple(sorted((row for row in carers if row[1] > 0), key=lambda row: (-row[1], row[0]))),
        hours=tuple(row for row in hours if row[1] > 0),
    )


def _repair(draft: Draft, until: float) -> None:
    """Insert every absent visit that still fits, dearest first, until none does or the moment has come."""
    grew = True
    while grew:
        absent = sorted(draft.absent(), key=lambda visit: -draft.day.price[visit])
        grew = sum(monotonic() < until and draft.insert(visit) for visit in absent) > 0
