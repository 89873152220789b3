"""`solve`: construct a valid plan, search from it with OR-Tools, repair, explain."""

from __future__ import annotations

import random
from time import monotonic

from dispatch.engine import routing
from dispatch.engine.answer import figures_of, routes_of
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.explain import why_absent
from dispatch.engine.linking import settled
from dispatch.engine.params import Params
from dispatch.engine.plan import Plan, Status, Unserved
from dispatch.engine.problem import Problem
from dispatch.engine.schedule import Scheduler
from dispatch.engine.stop import Stop

MOST_RUINED = 8  # visits taken out in one round
TIME_WEIGHT = 6  # minutes of difference in time that count as one minute of travel
ROUTING_SHARE = 0.25  # of the time goes to OR-Tools, the rest to ruin and recreate


def solve(problem: Problem, *, stop: Stop, params: Params | None = None, seed: int = 0) -> Plan:
    """The best plan met before the stop; it keeps every hard rule and names why visits are absent.

    Pinned work without a minute that has no room, and mandatory visits nobody can
    serve, are listed as unserved; `verify` reports them.
    """
    began = monotonic()
    day = Day(problem, params or Params())
    best = first = construct(day, random.Random(seed))
    found = _search(best, stop, seed, began)
    if found is not None:
        repair(found)
        best = min(found, best, key=Draft.cost)
    best = ruin_and_recreate(best, random.Random(seed), stop, began)
    status = Status.CONSTRUCTED if found is None and best is first else Status.SEARCHED
    if stop.is_cancelled():
        status = Status.CANCELLED
    earlier = settled(day, best.scheduler, best.routes)
    if earlier is not None and earlier.cost() <= best.cost():
        best = earlier
    routes = routes_of(best)
    return Plan(
        routes=routes,
        unserved=tuple(Unserved(day.visits[visit].id, why_absent(best, visit)) for visit in best.absent()),
        figures=figures_of(best, routes),
        params=day.params,
        seed=seed,
        seconds=round(monotonic() - began, 3),
        status=status,
    )


def ruin_and_recreate(best: Draft, luck: random.Random, stop: Stop, began: float) -> Draft:
    """Takes neighbouring visits out and puts them back in another order, as long as it pays.

    It moves linked legs together and knows lunch and lateness exactly, which the
    routing model does not.
    """
    rounds, seconds = stop.solutions(), stop.seconds()
    done = 0
    while not stop.is_cancelled() and (rounds is None or done < rounds):
        if seconds is not None and monotonic() - began >= seconds:
            break
        done += 1
        trial = best.copy()
        removed = [visit for visit in _neighbours(trial, luck) if trial.remove(visit)]
        absent = trial.absent()
        if not removed and not absent:
            continue
        luck.shuffle(absent)
        absent.sort(key=lambda visit: -trial.day.price[visit])
        for visit in absent:
            trial.insert(visit)
        if trial.cost() <= best.cost():
            best = trial
    return best


def _neighbours(draft: Draft, luck: random.Random) -> list[int]:
    """A few visits close in space and time to one drawn by lot."""
    day = draft.day
    movable = [v for v in range(len(day.visits)) if not any(leg in day.pinned for leg in day.legs_of[v])]
    if not movable:
        return []
    centre = day.visits[luck.choice(movable)]
    matrix = next(iter(day.problem.travel.values()))

    def distance(visit: int) -> float:
        other = day.visits[visit]
        apart = abs(other.windows[0].start - centre.windows[0].start)
        return matrix[centre.place][other.place] + apart / TIME_WEIGHT + luck.random()

    return sorted(movable, key=distance)[: luck.randint(2, MOST_RUINED)]


def construct(day: Day, luck: random.Random) -> Draft:
    """Greedy insertion: pins first, then dear before cheap, few choices before many."""
    draft = Draft(day, Scheduler(day))
    for visit in sorted(range(len(day.visits)), key=lambda visit: (*_urgency(day, visit), luck.random())):
        if not draft.is_served(visit):
            draft.insert(visit)
    repair(draft)
    return draft


def repair(draft: Draft) -> None:
    """Insert every absent visit that still fits, until none does."""
    grew = True
    while grew:
        absent = sorted(draft.absent(), key=lambda visit: _urgency(draft.day, visit))
        grew = sum(draft.insert(visit) for visit in absent) > 0


def _urgency(day: Day, visit: int) -> tuple[bool, int, int, int]:
    """Sorts the hardest first: pinned, high price, few carers, little freedom of time."""
    legs = day.legs_of[visit]
    freedom = min(sum(high - low for low, high in day.window_starts(leg)) for leg in legs)
    return (
        not any(leg in day.pinned for leg in legs),
        -day.price[visit],
        min(len(day.eligible[leg]) for leg in legs) // len(legs),
        freedom,
    )


def _search(draft: Draft, stop: Stop, seed: int, began: float) -> Draft | None:
    seconds, solutions = stop.seconds(), stop.solutions()
    if seconds is not None:
        seconds = (seconds - (monotonic() - began)) * ROUTING_SHARE
    if solutions == 0 or (seconds is not None and seconds <= 0) or stop.is_cancelled():
        return None
    return routing.search(draft, seed=seed, seconds=seconds, solutions=solutions, is_cancelled=stop.is_cancelled)
