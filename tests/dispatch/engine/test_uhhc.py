"""Public home-care instances: to a problem and back to their own form, with each cost term by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from dispatch.engine.problem import Link, LinkKind, Lunch, Window, WindowRule
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSeconds, MaxSolutions
from dispatch.engine.uhhc import cost_terms, params_of, problem_of, solution_of
from dispatch.engine.verify import verify

PUBLIC = Path(__file__).resolve().parents[4] / "shared" / "benchmarks" / "uhhc"

WEIGHTS = {
    "travel_time": 1,
    "total_tardiness": 10,
    "highest_tardiness": 100,
    "total_waiting_time": 2,
    "total_extra_time": 3,
    "max_idle_time": 4,
    "caregiver_preferences": 5,
    "optional_patients": 1000,
    "missed_lunch_break": 50,
}

# Places 0 (base), 1, 2, 3 with 10 minutes between neighbours.
SMALL: dict[str, Any] = {
    "metadata": {"time_window_met": "at_service_end", "cost_components": WEIGHTS, "name": "small"},
    "distances": [[10 * abs(a - b) for b in range(4)] for a in range(4)],
    "terminal_points": [{"id": "d0", "distance_matrix_index": 0}],
    "lunch_breaks": {"start": 180, "end": 360, "min_duration": 30},
    "caregivers": [
        {
            "id": name,
            "abilities": ["s0", "s1"],
            "departing_point": "d0",
            "arrival_point": "d0",
            "working_shift": {"start": 60, "end": 300},
            "lunch_break": name == "c1",
        }
        for name in ("c1", "c2")
    ],
    "patients": [
        {
            "id": "p1",
            "distance_matrix_index": 1,
            "required_services": [{"service": "s0", "duration": 30}],
            "time_windows": [{"start": 100, "end": 120}, {"start": 200, "end": 230}],
            "optional": False,
            "preferred_caregivers": ["c2"],
        },
        {
            "id": "p2",
            "distance_matrix_index": 2,
            "required_services": [{"service": "s0", "duration": 30}, {"service": "s1", "duration": 30}],
            "time_windows": [{"start": 150, "end": 200}],
            "optional": False,
            "synchronization": {"type": "sequential", "distance": {"min": 10, "max": 20}},
            "incompatible_caregivers": [],
        },
        {
            "id": "p3",
            "distance_matrix_index": 3,
            "required_services": [{"service": "s9", "duration": 30}],
            "time_windows": [{"start": 150, "end": 200}],
            "optional": True,
        },
    ],
}


def test_an_instance_becomes_a_problem_shifted_to_the_morning():
    asked = problem_of(SMALL, offset=480)

    first, double, optional = asked.visits
    assert first.windows == (Window(580, 600), Window(680, 710))
    assert first.window_rule is WindowRule.END
    assert (first.mandatory, optional.mandatory) == (True, False)
    assert [leg.id for leg in double.legs] == ["p2/s0", "p2/s1"]
    assert double.link == Link(LinkKind.SEQUENTIAL, 10, 20)
    assert asked.carers[0].shifts == (Window(540, 780),)
    assert asked.carers[0].lunch == Lunch(Window(660, 840), 30, required=False)
    assert asked.carers[1].lunch is None


def test_every_cost_term_is_worked_out_by_hand():
    solution = {
        "routes": {
            # c1: 10 there, p1 100-130 (10 late), 10 on, waits 10, p2 150-180, lunch 180-210, 20 home at 230
            "c1": [["p1", "s0", 100], ["p2", "s0", 150], [None, "lunch_break", 180, 30]],
            # c2: 20 there, p2 165-195, home at 215
            "c2": [["p2", "s1", 165]],
        }
    }

    assert cost_terms(SMALL, solution) == {
        "travel_time": 10 + 10 + 20 + 20 + 20,
        "total_tardiness": 10,
        "highest_tardiness": 10,
        "total_waiting_time": 10,
        "total_extra_time": 0,
        "max_idle_time": 240 - 40 - 30,  # c2
        "caregiver_preferences": 1,
        "optional_patients": 1,
        "missed_lunch_break": 0,
        "objective": 80 + 100 + 1000 + 20 + 0 + 680 + 5 + 1000 + 0,
    }


def test_overtime_and_a_missed_break_are_counted():
    solution = {"routes": {"c1": [["p1", "s0", 280]], "c2": []}}

    terms = cost_terms(SMALL, solution)

    assert terms["total_extra_time"] == 20  # back at 320, shift ends 300
    assert terms["total_tardiness"] == 310 - 230  # against the second window
    assert terms["missed_lunch_break"] == 1
    assert terms["max_idle_time"] == 240  # c2 stays at home
    assert terms["optional_patients"] == 2


@pytest.mark.parametrize("offset", [0, 480])
def test_the_small_instance_is_solved_verified_and_priced_alike(offset):
    asked = problem_of(SMALL, offset=offset)

    plan = solve(asked, stop=MaxSolutions(20), params=params_of(SMALL))

    assert verify(asked, plan).violations == ()
    assert [unserved.visit for unserved in plan.unserved] == ["p3"]
    terms = cost_terms(SMALL, solution_of(asked, plan, offset=offset))
    figures = plan.figures
    assert (terms["travel_time"], terms["total_tardiness"], terms["total_waiting_time"], terms["total_extra_time"]) == (
        figures.travel,
        figures.lateness,
        figures.waiting,
        figures.overtime,
    )
    assert (terms["optional_patients"], terms["missed_lunch_break"]) == (1, figures.missed_lunches)


def _instances() -> dict[str, dict[str, Any]]:
    """The small instance always, three public ones when their folder stands beside the checkout."""
    paths = [PUBLIC / f"{name}.json" for name in ("i-116", "i-100", "i-247")]
    return {"small": SMALL} | {path.stem: json.loads(path.read_text("utf-8")) for path in paths if path.exists()}


@pytest.mark.parametrize("instance", _instances().values(), ids=_instances().keys())
def test_instances_come_out_verified_with_the_same_terms_on_both_sides(instance):
    asked = problem_of(instance)

    plan = solve(asked, stop=MaxSeconds(1), params=params_of(instance))

    assert verify(asked, plan).violations == ()
    terms = cost_terms(instance, solution_of(asked, plan))
    for term, figure in (
        ("travel_time", plan.figures.travel),
        ("total_tardiness", plan.figures.lateness),
        ("highest_tardiness", plan.figures.highest_lateness),
        ("total_waiting_time", plan.figures.waiting),
        ("total_extra_time", plan.figures.overtime),
        ("caregiver_preferences", plan.figures.not_preferred),
        ("optional_patients", plan.figures.unserved),
        ("missed_lunch_break", plan.figures.missed_lunches),
    ):
        assert terms[term] == figure, term
