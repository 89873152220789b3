"""The judge of UHHC solutions: each of the nine terms worked out by hand, then each rule broken once."""

import copy
from typing import Any

import pytest

from benchmarks.checkers.uhhc import check_uhhc

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
# Places 0 (base), 1, 2, 3 on a line, 10 minutes from one to the next.
INSTANCE: dict[str, Any] = {
    "metadata": {"time_window_met": "at_service_start", "cost_components": WEIGHTS},
    "distances": [[10 * abs(a - b) for b in range(4)] for a in range(4)],
    "terminal_points": [{"id": "d0", "distance_matrix_index": 0}],
    "lunch_breaks": {"start": 180, "end": 360, "min_duration": 30},
    "caregivers": [
        {
            "id": name,
            "abilities": abilities,
            "departing_point": "d0",
            "arrival_point": "d0",
            "working_shift": {"start": 60, "end": 300},
            "lunch_break": name == "c1",
        }
        for name, abilities in (("c1", ["s0", "s1"]), ("c2", ["s1"]))
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
            "required_services": [{"service": "s0", "duration": 40}, {"service": "s1", "duration": 20}],
            "time_windows": [{"start": 150, "end": 200}],
            "optional": False,
            "synchronization": {"type": "sequential", "distance": {"min": 10, "max": 20}},
            "incompatible_caregivers": [],
        },
        {
            "id": "p3",
            "distance_matrix_index": 3,
            "required_services": [{"service": "s1", "duration": 10}],
            "time_windows": [{"start": 100, "end": 400}],
            "optional": True,
        },
    ],
}
P1, P2A, P2B, LUNCH = ["p1", "s0", 125], ["p2", "s0", 210], ["p2", "s1", 225], [None, "lunch_break", 180, 30]
VALID = {"c1": [P1, LUNCH, P2A], "c2": [P2B]}


def changed(**patients: dict[str, Any]) -> dict[str, Any]:
    """The instance with some fields of some patients set."""
    instance = copy.deepcopy(INSTANCE)
    for patient in instance["patients"]:
        patient.update(patients.get(patient["id"], {}))
    return instance


def test_each_cost_term_by_hand():
    verdict = check_uhhc(INSTANCE, VALID)

    assert verdict.broken == ()
    assert verdict.terms == {
        "travel_time": 80,  # c1: 10 + 10 + 20, c2: 20 + 20
        "total_tardiness": 40,  # p1 125 - 120 = 5 (the window that has opened), p2 210 - 200 = 10, 225 - 200 = 25
        "highest_tardiness": 25,
        "total_waiting_time": 15,  # c1: 210 - (155 + 10 + 30 of lunch); before the first visit nothing counts
        "total_extra_time": 0,  # c1 is home at 270, c2 at 265
        "max_idle_time": 180,  # c2: 240 - 40 - 20; c1: 240 - 40 - 70 - 30
        "caregiver_preferences": 1,
        "optional_patients": 1,
        "missed_lunch_break": 0,
    }
    assert verdict.objective == 80 + 400 + 2500 + 30 + 0 + 720 + 5 + 1000 + 0


def test_overtime_is_idle_time_too_and_an_unused_carer_idles_all_day():
    # c2 starts p3 at 290 and is home at 330: 30 over; idle 240 + 30 - 60 - 10 = 200. c1 is unused: 240, no break.
    instance = changed(p1={"optional": True}, p2={"optional": True})

    verdict = check_uhhc(instance, {"c2": [["p3", "s1", 290]]})

    assert verdict.broken == ()
    assert verdict.terms["total_extra_time"] == 30
    assert verdict.terms["max_idle_time"] == 240
    assert verdict.terms["missed_lunch_break"] == 1
    assert verdict.terms["optional_patients"] == 2


def test_the_end_of_a_service_may_be_what_counts():
    instance = changed()
    instance["metadata"] = instance["metadata"] | {"time_window_met": "at_service_end"}

    # p1 ends at 155 (35 late), p2 at 250 (50) and 245 (45).
    assert check_uhhc(instance, VALID).terms["total_tardiness"] == 130


def test_a_break_after_the_last_visit_delays_the_way_home():
    # c1 ends p2 at 250, eats 30 minutes there, then drives 20: home at 300.
    verdict = check_uhhc(INSTANCE, VALID | {"c1": [P1, P2A, [None, "lunch_break", 250, 40]]})

    assert verdict.broken == ()
    assert verdict.terms["total_extra_time"] == 10
    assert verdict.terms["total_waiting_time"] == 45


@pytest.mark.parametrize("start", [60, 200, 270])
def test_a_break_may_lie_at_home_before_or_after_the_work(start):
    instance = changed(p1={"optional": True}, p2={"optional": True})
    instance["lunch_breaks"] = {"start": 60, "end": 360, "min_duration": 30}
    instance["caregivers"][1]["lunch_break"] = True

    # c2 leaves home at 120 for p3 at 150, ends at 160 and is back at 190.
    assert check_uhhc(instance, {"c2": [["p3", "s1", 150], [None, "lunch_break", start, 30]]}).broken == ()


@pytest.mark.parametrize(
    ("routes", "rule"),
    [
        ({"c9": []}, "carer c9 is not in the instance"),
        (VALID | {"c2": [["p9", "s1", 200]]}, "patient p9 is not in the instance"),
        (VALID | {"c2": [["p2", "s2", 200]]}, "p2 does not need s2"),
        (VALID | {"c2": [["p2", "s1", 225.5]]}, "p2 s1 starts at 225.5, which is no whole minute"),
        # Who may come.
        ({"c2": [P1]}, "c2 cannot give s0 to p1"),
        # Required patients, all services, each once, by different carers.
        ({}, "p1 is left out and not optional"),
        ({"c1": [P2A]}, "p2 gets ['s0'], needed: ['s0', 's1']"),
        ({"c1": [P1, ["p1", "s0", 200]]}, "p1 gets ['s0', 's0'], needed: ['s0']"),
        ({"c1": [["p2", "s0", 160], ["p2", "s1", 200]]}, "both services of p2 are given by one carer"),
        # Windows and ways: p1 opens at 100, is left at 155, and p2 lies 10 minutes on.
        ({"c1": [["p1", "s0", 99]]}, "p1 s0 starts at 99, before any window opens"),
        ({"c1": [P1, ["p2", "s0", 164]]}, "c1 needs 10 minutes from 155 on and is expected at 164"),
        ({"c2": [["p3", "s1", 100], ["p2", "s1", 119]]}, "c2 needs 10 minutes from 110 on and is expected at 119"),
        # The second service 10 to 20 minutes after the first.
        (VALID | {"c2": [["p2", "s1", 219]]}, "the second service of p2 starts 9 minutes after the first"),
        (VALID | {"c2": [["p2", "s1", 231]]}, "the second service of p2 starts 21 minutes after the first"),
        # Breaks: who, how many, how long, when, and free of travel and visits.
        (VALID | {"c2": [P2B, [None, "lunch_break", 300, 30]]}, "c2 takes a break without asking for one"),
        (VALID | {"c1": [P1, LUNCH, P2A, [None, "lunch_break", 280, 30]]}, "c1 takes 2 breaks"),
        (VALID | {"c1": [P1, [None, "lunch_break", 180, 29], P2A]}, "the break of c1 lasts 29 minutes"),
        (VALID | {"c1": [P1, [None, "lunch_break", 179, 30], P2A]}, "the break of c1 at 179 is outside 180-360"),
        (VALID | {"c1": [P1, P2A, [None, "lunch_break", 361, 30]]}, "the break of c1 at 361 is outside 180-360"),
        (VALID | {"c1": [P1, [None, "lunch_break", 181, 30], P2A]}, "the break of c1 at 181 meets travel or a visit"),
        (VALID | {"c1": [P1, [None, "lunch_break", 215, 30], P2A]}, "the break of c1 at 215 meets travel or a visit"),
    ],
)
def test_each_broken_rule_is_named(routes, rule):
    assert any(rule in broken for broken in check_uhhc(INSTANCE, routes).broken)


def test_a_carer_cannot_leave_before_the_shift():
    # The shift starts at 60 and p3 is 30 minutes away.
    instance = changed(p3={"time_windows": [{"start": 80, "end": 400}]})

    assert (
        "c2 needs 30 minutes from 60 on and is expected at 89"
        in check_uhhc(instance, {"c2": [["p3", "s1", 89]]}).broken
    )


def test_a_carer_who_must_not_come_is_reported():
    barred = changed(p2={"incompatible_caregivers": ["c2"]})

    assert check_uhhc(barred, VALID).broken == ("c2 must not come to p2",)


def test_simultaneous_services_start_in_the_same_minute():
    together = changed(p2={"synchronization": {"type": "simultaneous"}})

    assert check_uhhc(together, VALID).broken == ("the services of p2 start 15 minutes apart",)
    assert check_uhhc(together, VALID | {"c2": [["p2", "s1", 210]]}).broken == ()


def test_independent_services_have_no_time_link():
    apart = changed(p2={"synchronization": {"type": "independent"}})

    assert check_uhhc(apart, VALID | {"c2": [["p2", "s1", 150]]}).broken == ()
