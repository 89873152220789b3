"""Starts for sequences without links: each visit as early as it can, the same for every peer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.instances.town import TownDay
from benchmarks.neutral import Row


def timed(day: TownDay, sequences: Mapping[int, Sequence[int]]) -> dict[str, list[Row]]:
    """Neutral routes of visit numbers by carer number; it does not judge, the checker does."""
    routes: dict[str, list[Row]] = {carer.id: [] for carer in day.carers}
    for number, sequence in sequences.items():
        carer = day.carers[number]
        here, ready = carer.home, carer.start
        for which in sequence:
            visit = day.visits[which]
            start = max(visit.opens, ready + day.travel[here][visit.place])
            routes[carer.id].append([visit.id, visit.service, start])
            here, ready = visit.place, start + visit.minutes
    return routes
