"""A small home-care instance in UHHC form, invented for the tests: a market town with four patients."""

import json
from typing import Any

# Rows: depot, then the four patients; from row to column, and not the same both ways.
DISTANCES = [
    [0, 10, 12, 15, 9],
    [11, 0, 5, 8, 14],
    [12, 6, 0, 7, 13],
    [15, 8, 7, 0, 16],
    [9, 14, 13, 16, 0],
]


def patient(
    number: int, services: list[tuple[str, int]], windows: list[tuple[int, int]], **more: Any
) -> dict[str, Any]:
    return {
        "id": f"p{number}",
        "distance_matrix_index": number + 1,
        "location": [119.2 + number / 100, 33.8 + number / 100],
        "required_services": [{"service": service, "duration": minutes} for service, minutes in services],
        "time_windows": [{"start": start, "end": end} for start, end in windows],
        "optional": False,
        **more,
    }


def caregiver(number: int, abilities: list[str], **more: Any) -> dict[str, Any]:
    return {
        "id": f"c{number}",
        "abilities": abilities,
        "departing_point": "d0",
        "arrival_point": "d0",
        "working_shift": {"start": 0, "end": 480},
        "lunch_break": False,
        **more,
    }


def instance() -> dict[str, Any]:
    """Every feature of the form once: links of each kind, two windows, an optional patient, wishes, lunch."""
    return {
        "metadata": {
            "name": "market-town",
            "time_window_met": "at_service_start",
            "cost_components": dict.fromkeys(
                (
                    "travel_time",
                    "total_tardiness",
                    "highest_tardiness",
                    "total_waiting_time",
                    "total_extra_time",
                    "max_idle_time",
                    "caregiver_preferences",
                    "optional_patients",
                    "missed_lunch_break",
                ),
                1,
            ),
        },
        "distances": DISTANCES,
        "terminal_points": [{"id": "d0", "distance_matrix_index": 0, "location": [119.26, 33.78]}],
        "caregivers": [
            caregiver(1, ["s1", "s2"], lunch_break=True),
            caregiver(2, ["s1"]),
            caregiver(3, ["s2"], working_shift={"start": 60, "end": 540}),
        ],
        "patients": [
            patient(0, [("s1", 30)], [(0, 60), (240, 300)], preferred_caregivers=["c2"]),
            patient(1, [("s1", 20), ("s2", 40)], [(60, 180)], synchronization={"type": "simultaneous"}),
            patient(
                2,
                [("s1", 15), ("s2", 45)],
                [(180, 300)],
                synchronization={"type": "sequential", "distance": {"min": 15, "max": 60}},
            ),
            patient(3, [("s2", 30)], [(300, 420)], optional=True, incompatible_caregivers=["c1"]),
        ],
        "lunch_breaks": {"start": 180, "end": 360, "min_duration": 30},
    }


def as_bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode()
