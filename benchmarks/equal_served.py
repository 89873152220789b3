"""Travel at equal served: what a plan drives once it serves no more visits than the others.

From each plan the visit whose removal saves most travel is taken out, again and again, until
so many are left. Travel obeys the triangle inequality, so what remains stays feasible.
"""

from __future__ import annotations

from itertools import pairwise

from benchmarks.instances.town import TownDay
from benchmarks.neutral import Routes


def travel_at(day: TownDay, routes: Routes, served: int) -> int:
    """Minutes of travel of the plan cut down to that many visits.

    Raises:
        ValueError: the plan serves fewer.
    """
    place = {visit.id: visit.place for visit in day.visits}
    home = {carer.id: carer.home for carer in day.carers}
    left = {carer: [str(row[0]) for row in rows] for carer, rows in routes.items()}
    kept = {visit for visits in left.values() for visit in visits}
    if len(kept) < served:
        raise ValueError(f"the plan serves {len(kept)} visits, fewer than {served}")
    while len(kept) > served:
        saved: dict[str, int] = dict.fromkeys(sorted(kept), 0)
        for carer, visits in left.items():
            stops = [home[carer], *(place[visit] for visit in visits), home[carer]]
            for at, visit in enumerate(visits, start=1):
                before, here, after = stops[at - 1], stops[at], stops[at + 1]
                saved[visit] += day.travel[before][here] + day.travel[here][after] - day.travel[before][after]
        dearest = max(saved, key=lambda visit: saved[visit])
        kept.remove(dearest)
        left = {carer: [visit for visit in visits if visit != dearest] for carer, visits in left.items()}
    total = 0
    for carer, visits in left.items():
        stops = [home[carer], *(place[visit] for visit in visits), home[carer]]
        total += sum(day.travel[here][there] for here, there in pairwise(stops))
    return total
