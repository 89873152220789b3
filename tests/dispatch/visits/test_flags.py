"""Every doubt at its exact threshold: the last value that passes and the first that is written down."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.visits.models import Assignment, CarerPreference
from people.models import PolicySetting
from tests.dispatch.factories import (
    DEGREES_PER_KILOMETRE,
    TODAY,
    at,
    check,
    flags_of,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
    serve,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment():
    [made] = promise(make_visit(), make_carer())
    return made


def north_of(place, metres: float) -> dict[str, Any]:
    return {"latitude": place.latitude + metres / 1000 * DEGREES_PER_KILOMETRE, "longitude": place.longitude}


@pytest.mark.parametrize(
    ("metres", "accuracy", "facts"),
    [
        (149, 0, None),
        (151, 0, {"kind": "in", "metres": 151, "limit": 150}),
        (189, 40, None),  # 150 of fence and 40 of accuracy
        (191, 40, {"kind": "in", "metres": 191, "limit": 190}),
        (151, None, {"kind": "in", "metres": 151, "limit": 150}),  # no accuracy given: none is granted
    ],
)
def test_outside_the_fence_by_more_than_the_accuracy(assignment, metres, accuracy, facts):
    check(assignment, "in", "09:00", accuracy_metres=accuracy, **north_of(assignment.visit.place, metres))

    assert flags_of(assignment).get("OUTSIDE_FENCE") == facts


def test_the_fence_of_the_visits_day_counts(assignment):
    PolicySetting.objects.create(key="fence_metres", value=500, effective_from=TODAY, owner="民政局")

    check(assignment, "in", "09:00", **north_of(assignment.visit.place, 499))

    assert flags_of(assignment) == {}


@pytest.mark.parametrize(
    ("source", "code", "doubt"),
    [("APP", "", "NO_POSITION"), ("QR", "4711", None), ("CODE", "4711", None), ("CODE", "4712", "WRONG_CODE")],
)
def test_without_a_position_something_else_must_prove_the_place(assignment, source, code, doubt):
    check(assignment, "in", "09:00", source=source, code=code, latitude=None, longitude=None)

    assert list(flags_of(assignment)) == ([doubt] if doubt else [])


@pytest.mark.parametrize(("seconds", "doubted"), [(300, False), (301, True), (-300, False), (-301, True)])
def test_a_device_clock_off_by_more_than_five_minutes(assignment, seconds, doubted):
    truth = at("09:00")
    device = truth + timedelta(seconds=seconds)

    event = check(assignment, "in", "09:00", now=truth, device_time=device, sent_at=device)

    assert ("CLOCK_SKEW" in flags_of(assignment)) == doubted
    # A clock that is off is not believed; one within tolerance is, but nothing counts as later than now.
    assert event.evidence_time == (truth if doubted else min(device, truth))
    assert (event.device_time, event.server_time) == (device, truth)


@pytest.mark.parametrize(("out", "doubted"), [("09:41", True), ("09:42", False)])  # 0.7 of 60 minutes is 42
def test_too_short_a_visit(assignment, out, doubted):
    serve(assignment, "09:00", out)

    assert flags_of(assignment) == ({"TOO_SHORT": {"delivered": 41.0, "planned": 60}} if doubted else {})


@pytest.mark.parametrize(
    ("planned", "out", "delivered"),
    [
        (60, "10:30", None),  # 1.5 of 60 minutes is 90
        (60, "10:31", 91.0),
        (20, "09:34", None),  # over 1.5 of 20 minutes, but not 15 minutes more
        (20, "09:35", 35.0),
    ],
)
def test_too_long_a_visit(planned, out, delivered):
    [assignment] = promise(make_visit(duration_minutes=planned), make_carer())

    serve(assignment, "09:00", out)

    assert flags_of(assignment) == ({"TOO_LONG": {"delivered": delivered, "planned": planned}} if delivered else {})


@pytest.mark.parametrize(("start", "minutes"), [("06:59", -121.0), ("07:00", None), ("11:00", None), ("11:01", 121.0)])
def test_a_check_in_more_than_two_hours_from_the_planned_start(assignment, start, minutes):
    check(assignment, "in", start)

    facts = {"kind": "in", "minutes": minutes, "limit": 120}
    assert flags_of(assignment) == ({"OFF_SCHEDULE": facts} if minutes else {})


def test_a_visit_told_a_day_early_waits_for_a_person(assignment):
    begin, end = (at(clock) - timedelta(days=1) for clock in ("09:00", "10:00"))

    check(assignment, "in", "09:00", now=begin, device_time=begin)
    check(assignment, "out", "10:00", now=end, device_time=end)

    assert flags_of(assignment) == {"OFF_SCHEDULE": {"kind": "in", "minutes": -1440.0, "limit": 120}}
    assignment.visit.refresh_from_db()
    assert assignment.visit.status == "disputed"


@pytest.mark.parametrize(("start", "doubted"), [("09:59", True), ("10:00", False)])
def test_two_visits_at_once(start, doubted):
    carer, elder = make_carer(), make_elder()
    [first] = promise(make_visit(elder), carer, start="09:00")
    [second] = promise(make_visit(elder, start="10:00", end="12:00"), carer, start="10:00")
    serve(first, "09:00", "10:00")

    serve(second, start, "11:00")

    assert flags_of(second) == ({"TWO_AT_ONCE": {"assignment": first.pk}} if doubted else {})


@pytest.mark.parametrize(
    ("arrival", "facts"),
    [
        ("11:10", None),  # 10 km at 60 km/h as the crow flies takes ten minutes
        ("11:09", {"metres": 10_000, "minutes": 9.0}),
    ],
)
def test_impossible_travel(arrival, facts):
    carer = make_carer()
    [first] = promise(make_visit(make_elder("E1")), carer, start="10:00")
    far = make_elder("E2", name="李兰英", kilometres_north=9.999)
    [second] = promise(make_visit(far, start="11:00", end="13:00"), carer, start="11:30")
    serve(first, "10:00", "11:00")

    serve(second, arrival, "12:30")

    found = flags_of(second).get("IMPOSSIBLE_TRAVEL")
    assert (found and found["minutes"]) == (facts and facts["minutes"])


@pytest.mark.parametrize(
    ("travel", "arrival", "doubted"),
    [
        (5, "11:05", False),  # the town's own travel times say five minutes, and that is what it took
        (5, "11:04", True),  # faster than even the plan
        (6, "11:05", True),  # forced into the plan: five minutes where it knows of six
        (0, "11:05", True),  # nobody has planned the way
    ],
)
def test_a_way_that_the_plan_knows_to_be_so_fast_is_not_impossible(travel, arrival, doubted):
    carer = make_carer()
    [first] = promise(make_visit(make_elder("E1")), carer, start="10:00")
    far = make_elder("E2", name="李兰英", kilometres_north=10)
    [second] = promise(make_visit(far, start="11:00", end="13:00"), carer, start="11:05")
    Assignment.objects.filter(pk=second.pk).update(travel_minutes=travel)
    serve(first, "10:00", "11:00")

    serve(Assignment.objects.get(pk=second.pk), arrival, "12:00")

    assert ("IMPOSSIBLE_TRAVEL" in flags_of(second)) is doubted


def test_impossible_travel_is_seen_from_whichever_visit_is_told_last():
    carer = make_carer()
    [first] = promise(make_visit(make_elder("E1")), carer, start="10:00")
    far = make_elder("E2", name="李兰英", kilometres_north=20)
    [second] = promise(make_visit(far, start="11:00", end="13:00"), carer, start="11:30")
    serve(second, "11:05", "12:30")

    check(first, "in", "10:00", now=at("13:00"))
    check(first, "out", "11:00", now=at("13:00"))

    assert list(flags_of(first)) == ["IMPOSSIBLE_TRAVEL"]
    assert flags_of(second) == {}


def test_one_device_for_two_carers():
    elder = make_elder()
    [first] = promise(make_visit(elder), make_carer("C1"))
    [second] = promise(make_visit(elder, start="14:00", end="16:00"), make_carer("C2"), start="14:00")
    check(first, "in", "09:00", device="phone-a")

    check(second, "in", "14:00", device="phone-a")

    assert flags_of(second) == {"SHARED_DEVICE": {"kind": "in", "assignment": first.pk}}
    assert flags_of(first) == {}


def test_ones_own_device_twice_is_no_doubt():
    [assignment] = promise(make_visit(), make_carer())

    check(assignment, "in", "09:00", device="phone-a")
    check(assignment, "out", "10:00", device="phone-a")

    assert flags_of(assignment) == {}


def test_a_certificate_that_ran_out_since_acceptance_is_a_doubt_not_a_wall():
    carer = make_carer(certificates=("BATH",))
    [assignment] = promise(make_visit(item=make_item("BATH", skill="CLEAN", certificate="BATH")), carer)
    carer.certificates.update(revoked_on=TODAY)

    check(assignment, "in", "09:00")

    assignment.refresh_from_db()
    assert assignment.status == "checked_in"
    assert flags_of(assignment) == {"NOT_QUALIFIED": {"because": "no_certificate"}}


def test_a_carer_refused_since_acceptance_is_a_doubt(assignment):
    CarerPreference.objects.create(
        elder=assignment.visit.elder, carer=assignment.carer, kind=CarerPreference.Kind.BARRED, since=TODAY
    )

    check(assignment, "in", "09:00")

    assert flags_of(assignment) == {"NOT_QUALIFIED": {"because": "carer_barred"}}


def test_a_doubt_is_written_once(assignment):
    check(assignment, "in", "09:00", latitude=None, longitude=None)
    check(assignment, "out", "10:00", latitude=None, longitude=None)

    assert flags_of(assignment) == {"NO_POSITION": {"kind": "in"}}
    assert login_of(assignment.carer) == assignment.flags.get().events.get().actor
