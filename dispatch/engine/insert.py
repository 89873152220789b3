"""Where one more visit fits into a running plan: the slots for the caller on the telephone.

Everything planned stays with its carer; times that nobody was promised may float.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.engine.arrays import pack
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.explain import why_absent
from dispatch.engine.plan import Plan, Reason
from dispatch.engine.problem import Problem, Window
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
    ways: tuple[int, ...]  # minutes on the road to get here
    extra_travel: int  # minutes
    extra_cost: int  # points


class Question:
    """One visit of the problem that the plan leaves out, put to the plan.

    Other visits that the plan leaves out were there before: where they fit, they hold a place.
    """

    def __init__(self, problem: Problem, plan: Plan, visit: str) -> None:
        self._day = Day(problem, plan.params)
        self._visit = self._day.visit_number[visit]
        self._scheduler = Scheduler(self._day)
        self._search = RuinAndRecreate(pack(self._day, self._scheduler), seed=0)
        self._running = self._search.completed(known_routes(self._day, self._scheduler, plan), but=self._visit)

    def best_slots(self, count: int = 3) -> tuple[Slot, ...]:
        """The cheapest slots, cheapest first; none when nothing fits. They differ by half an hour where there are
        enough of them."""
        found = sorted(self._search.places(self._running, self._visit), key=_rank)
        return tuple(map(self._slot, _spread(found, count)))

    def nearest_slot(self, window: Window) -> Slot | None:
        """The slot that begins the fewest minutes before or after the window, the cheapest of these; else None."""
        places = self._search.places(self._running, self._visit, near=window)
        nearest = min(places, key=lambda place: (window.away(place.starts[0]), *_rank(place)), default=None)
        return None if nearest is None else self._slot(nearest)

    def reasons(self) -> tuple[Reason, ...]:
        """Why no slot is left, unproven; meaningless when there is one."""
        draft = Draft.of_routes(self._day, self._scheduler, self._running.routes, self._running.fixed)
        return why_absent(draft, self._visit, searched=True)

    def _slot(self, place: Placing) -> Slot:
        return Slot(
            legs=tuple(leg.id for leg in self._day.visits[self._visit].legs),
            carers=tuple(self._day.carers[carer].id for carer in place.carers),
            starts=place.starts,
            latest=place.latest,
            ways=place.ways,
            extra_travel=place.travel,
            extra_cost=place.points,
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
