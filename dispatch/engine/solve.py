"""`solve`: search with the kernel that suits the day, let OR-Tools choose among the routes met, explain.

Days with hard windows go to ruin and recreate, days that price waiting, idleness or the largest lateness to the
annealing, which moves linked starts freely.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from dispatch.engine.annealing import anneal
from dispatch.engine.answer import figures_of, routes_of
from dispatch.engine.arrays import (
    HIGHEST_IDLE_PRICE,
    HIGHEST_LATENESS_PRICE,
    NONE,
    WAITING_PRICE,
    Arrays,
    pack,
)
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.explain import why_absent
from dispatch.engine.linking import settled
from dispatch.engine.params import Params
from dispatch.engine.plan import Plan, Status, Unserved
from dispatch.engine.problem import Problem
from dispatch.engine.ruin import Found, RuinAndRecreate, routes_of_plan
from dispatch.engine.schedule import Scheduler
from dispatch.engine.stop import Stop

Progress = Callable[[float, int], None]

CHOICE_SHARE = 0.08  # of the time goes to CP-SAT
POLISH_SHARE = 0.07  # and to a cool walk from its choice
POLISH_HEAT = 1.0  # points
SHORTEST_CHOICE = 0.1  # seconds: below that the choice is left out
EFFORT = 2.0  # deterministic time of CP-SAT when iterations are counted


def solve(
    problem: Problem,
    *,
    stop: Stop,
    params: Params | None = None,
    seed: int = 0,
    warm: Plan | None = None,
    progress: Progress | None = None,
) -> Plan:
    """The best plan met before the stop; it keeps every hard rule and names why visits are absent.

    The search starts from `warm`, a plan of the same legs and carers (others are ignored), and tells `progress` the
    share of the time that has passed and the points of the best plan. Pinned work without a minute that has no room,
    and mandatory visits nobody can serve, are listed as unserved; `verify` reports them.
    """
    began = monotonic()
    day = Day(problem, params or Params())
    scheduler = Scheduler(day)
    packed = pack(day, scheduler)
    start = None if warm is None else routes_of_plan(day, warm)
    search = _annealed if _is_soft(packed) else _ruined
    draft, iterations = search(day, scheduler, packed, start, stop, seed, began, progress)
    _repair(draft)
    status = Status.SEARCHED if iterations else Status.CONSTRUCTED
    if stop.is_cancelled():
        status = Status.CANCELLED
    routes = routes_of(draft)
    return Plan(
        routes=routes,
        unserved=tuple(Unserved(day.visits[visit].id, why_absent(draft, visit)) for visit in draft.absent()),
        figures=figures_of(draft, routes),
        params=day.params,
        seed=seed,
        seconds=round(monotonic() - began, 3),
        status=status,
    )


def _is_soft(packed: Arrays) -> bool:
    return bool(packed.prices[[WAITING_PRICE, HIGHEST_IDLE_PRICE, HIGHEST_LATENESS_PRICE]].any())


def _ruined(
    day: Day,
    scheduler: Scheduler,
    packed: Arrays,
    start: Found | None,
    stop: Stop,
    seed: int,
    began: float,
    progress: Progress | None,
) -> tuple[Draft, int]:
    search = RuinAndRecreate(packed, seed)
    seconds = stop.seconds()
    if seconds is None:
        found = search.run(start, stop=stop, until=None, progress=progress)
        found = search.choose(found, effort=EFFORT, seconds=None)
    else:
        end = began + seconds
        choice = CHOICE_SHARE * seconds
        if choice < SHORTEST_CHOICE:
            found = search.run(start, stop=stop, until=end, progress=progress)
        else:
            polish = POLISH_SHARE * seconds
            found = search.run(start, stop=stop, until=end - choice - polish, progress=progress)
            if not stop.is_cancelled():
                found = search.choose(found, effort=choice, seconds=choice)
                again = search.run(found, stop=stop, until=end, hot=POLISH_HEAT, progress=progress)
                found = min(found, again, key=lambda each: each.points)
    draft = Draft.of_routes(day, scheduler, found.routes, found.fixed)
    earlier = settled(day, scheduler, draft.routes)
    if earlier is not None and earlier.cost() <= draft.cost():
        draft = earlier
    return draft, found.iterations


def _annealed(
    day: Day,
    scheduler: Scheduler,
    packed: Arrays,
    start: Found | None,
    stop: Stop,
    seed: int,
    began: float,
    progress: Progress | None,
) -> tuple[Draft, int]:
    found = anneal(packed, None, stop=stop, seed=seed)
    starts = {leg: start for leg, start in enumerate(found.starts) if start != NONE and leg not in day.facts}
    return Draft.of_routes(day, scheduler, [list(route) for route in found.routes], starts), found.iterations


def _repair(draft: Draft) -> None:
    """Insert every absent visit that still fits, dearest first, until none does."""
    grew = True
    while grew:
        absent = sorted(draft.absent(), key=lambda visit: -draft.day.price[visit])
        grew = sum(draft.insert(visit) for visit in absent) > 0
