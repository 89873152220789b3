"""VROOM through pyvroom, at its highest exploration level and on one thread; it has skills of its own."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import vroom

from benchmarks.instances.town import SERVICES, TownDay
from benchmarks.neutral import Row
from benchmarks.peers.timing import timed

EXPLORATION = 5  # the highest; VROOM may end before its time
SECOND = 60  # VROOM's own unit


def solve_town(day: TownDay, seconds: float, seed: int) -> dict[str, list[Row]]:
    """The solution after at most that much search; VROOM takes no seed."""
    number_of = {service.name: number for number, service in enumerate(SERVICES)}
    problem = vroom.Input()
    problem.set_durations_matrix("car", np.array(day.travel) * SECOND)
    problem.add_vehicle(
        [
            vroom.Vehicle(
                number,
                start=carer.home,
                end=carer.home,
                skills={number_of[service] for service in carer.services},
                time_window=vroom.TimeWindow(carer.start * SECOND, carer.end * SECOND),
            )
            for number, carer in enumerate(day.carers)
        ]
    )
    problem.add_job(
        [
            vroom.Job(
                number,
                location=visit.place,
                default_service=visit.minutes * SECOND,
                skills={number_of[visit.service]},
                time_windows=[vroom.TimeWindow(visit.opens * SECOND, visit.closes * SECOND)],
            )
            for number, visit in enumerate(day.visits)
        ]
    )
    solution = problem.solve(exploration_level=EXPLORATION, nb_threads=1, timeout=timedelta(seconds=seconds))
    sequences = {
        route["vehicle"]: [step["id"] for step in route["steps"] if step["type"] == "job"]
        for route in solution.to_dict()["routes"]
    }
    return timed(day, sequences)
