"""PyVRP: a prize-collecting problem with one vehicle type per carer.

Skills: one profile per set of services, in which every way to a visit outside the set takes
far longer than the day, so no feasible solution uses it; PyVRP has no other notion of who may
serve whom. Forbidding through the durations alone served 0 to 2 visits more than through
distances as well; prizes of 300 to 3,000 and 100 neighbours instead of 50 changed less.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyvrp
from pyvrp.stop import MaxRuntime

from benchmarks.instances.town import TownDay
from benchmarks.neutral import Row
from benchmarks.peers.timing import timed

PRIZE = 1_000  # of a visit, minutes of travel: served visits come first
NO_WAY = 10_000  # minutes: longer than any day


def solve_town(day: TownDay, seconds: float, seed: int) -> dict[str, list[Row]]:
    """The best solution after that much search; building the model comes on top and is not deducted."""
    sets = sorted({tuple(sorted(carer.services)) for carer in day.carers})
    travel = np.array(day.travel, dtype=np.int64)
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(x=0, y=0) for _ in day.travel],
        clients=[
            pyvrp.Client(
                location=visit.place,
                service_duration=visit.minutes,
                tw_early=visit.opens,
                tw_late=visit.closes,
                prize=PRIZE,
                required=False,
            )
            for visit in day.visits
        ],
        depots=[pyvrp.Depot(location=carer.home) for carer in day.carers],
        vehicle_types=[
            pyvrp.VehicleType(
                start_depot=number,
                end_depot=number,
                tw_early=carer.start,
                tw_late=carer.end,
                profile=sets.index(tuple(sorted(carer.services))),
                name=carer.id,
            )
            for number, carer in enumerate(day.carers)
        ],
        distance_matrices=[travel] * len(sets),
        duration_matrices=[_durations(day, travel, frozenset(services)) for services in sets],
    )
    best = pyvrp.solve(data, stop=MaxRuntime(seconds), seed=seed, collect_stats=False, display=False).best
    if not best.is_feasible():
        return timed(day, {})
    sequences = {
        route.vehicle_type(): [activity.idx for activity in route if activity.is_client()] for route in best.routes()
    }
    return timed(day, sequences)


def _durations(day: TownDay, travel: npt.NDArray[np.int64], services: frozenset[str]) -> npt.NDArray[np.int64]:
    durations = travel.copy()
    for visit in day.visits:
        if visit.service not in services:
            durations[:, visit.place] = NO_WAY
            durations[visit.place, visit.place] = 0
    return durations
