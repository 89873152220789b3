"""Where one more visit fits into a running plan: the slots for the caller on the telephone.

Everything planned stays with its carer; times that nobody was promised may float.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatch.engine.arrays import pack
from dispatch.engine.day import Day
from dispatch.engine.plan import Plan
from dispatch.engine.problem import Problem, Visit
from dispatch.engine.ruin import Placing, RuinAndRecreate
from dispatch.engine.schedule import Scheduler
from dispatch.engine.warm_start import known_routes

APART = 30  # minutes between the starts of two slots, as long as there are enough


@dataclass(frozen=True, slots=True)
class Slot:
    """One way to serve the visit: for each leg its carer and its minute, and what it adds to the plan."""

    legs: tuple[str, ...]
    carers: tuple[str, ...]
    starts: tuple[int, ...]  # the earliest; the work may also begin later, up to `latest`
    latest: int
    extra_travel: int  # minutes
    extra_cost: int  # points


def best_slots(problem: Problem, plan: Plan, visit: Visit, *, count: int = 3) -> tuple[Slot, ...]:
    """The cheapest slots for a visit that the problem does not have yet, cheapest first; none when nothing fits.

    The problem's places include the visit's. Slots differ by half an hour where there are enough of them.
    """
    day = Day(replace(problem, visits=(*problem.visits, visit)), plan.params)
    number = len(problem.visits)
    scheduler = Scheduler(day)
    search = RuinAndRecreate(pack(day, scheduler), seed=0)
    found = sorted(search.places(known_routes(day, scheduler, plan), number), key=_rank)
    legs = tuple(leg.id for leg in visit.legs)
    return tuple(
        Slot(
            legs=legs,
            carers=tuple(day.carers[carer].id for carer in place.carers),
            starts=place.starts,
            latest=place.latest,
            extra_travel=place.travel,
            extra_cost=place.points,
        )
        for place in _spread(found, count)
    )


def _spread(places: list[Placing], count: int) -> list[Placing]:
    """The first places with starts well apart, then others with new carers, until there are enough."""
    chosen: list[Placing] = []
    for place in places:
        if len(chosen) < count and all(abs(place.starts[0] - other.starts[0]) >= APART for other in chosen):
            chosen.append(place)
    for place in places:
        if len(chosen) < count and all(place.carers != other.carers for other in chosen):
            chosen.append(place)
    return sorted(chosen, key=_rank)


def _rank(place: Placing) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    return (place.points, place.starts, place.carers)
