"""Corrections: new rows beside the raw evidence, always looked at by a second person."""

import pytest

from dispatch.visits.models import Correction
from dispatch.visits.services.correct import correct_time
from dispatch.visits.services.verify import review_flag
from people.errors import Invalid, NotAllowed, WrongState
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    at,
    check,
    flags_of,
    login_of,
    make_carer,
    make_manager,
    make_organisation,
    make_visit,
    promise,
    serve,
)
from volunteers.models import Carer
from volunteers.timebank.models import Transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment():
    [made] = promise(make_visit(), make_carer("C1", kind=Carer.Kind.VOLUNTEER))
    return made


@pytest.fixture
def dispatcher():
    return make_user("dispatcher", Role.DISPATCHER)


def test_a_forgotten_check_out_is_entered_and_reviewed(assignment, dispatcher):
    check(assignment, "in", "09:00")

    correct_time(
        assignment=assignment,
        kind="out",
        corrected_time=at("10:00"),
        reason="FORGOT",
        actor=dispatcher,
        now=at("12:00"),
    )

    assignment.refresh_from_db()
    assignment.visit.refresh_from_db()
    assert (assignment.status, assignment.visit.status) == ("checked_out", "disputed")
    assert assignment.ended_at == at("10:00")
    assert flags_of(assignment) == {"LATE_ENTRY": {"kind": "out", "reason": "FORGOT"}}
    review_flag(
        flag=assignment.flags.get(),
        verdict="cleared",
        reason="老人证实",
        actor=make_user("d2", Role.DISPATCHER),
        now=at("12:30"),
    )
    assert Transfer.objects.get().minutes == 60


def test_a_correction_of_disputed_times_replaces_them_and_keeps_the_raw_event(assignment, dispatcher):
    serve(assignment, "09:00", "09:20")

    correct_time(
        assignment=assignment,
        kind="out",
        corrected_time=at("10:05"),
        reason="WRONG_CLOCK",
        actor=dispatcher,
        now=at("12:00"),
    )

    assignment.refresh_from_db()
    assert assignment.delivered_minutes == 65
    assert list(assignment.check_events.values_list("device_time", flat=True)) == [at("09:00"), at("09:20")]
    assert sorted(flags_of(assignment)) == ["LATE_ENTRY", "TOO_SHORT"]


def test_both_times_may_be_entered_when_the_phone_was_broken(assignment, dispatcher):
    for kind, clock in (("in", "09:00"), ("out", "10:00")):
        correct_time(
            assignment=assignment,
            kind=kind,
            corrected_time=at(clock),
            reason="BROKEN_PHONE",
            actor=dispatcher,
            now=at("12:00"),
        )

    assignment.visit.refresh_from_db()
    assert assignment.visit.status == "disputed"
    assert Correction.objects.count() == 2


REFUSED = [
    # What is wrong with it, and the refusal.
    ({"corrected_time": "12:01"}, Invalid),  # still to come
    ({"reason": "OTHER"}, Invalid),  # not explained
]


@pytest.mark.parametrize(("changes", "refusal"), REFUSED)
def test_a_correction_that_says_too_little_is_refused(assignment, dispatcher, changes, refusal):
    check(assignment, "in", "09:00")
    values = {"corrected_time": "10:00", "reason": "FORGOT"} | changes

    with pytest.raises(refusal):
        correct_time(
            assignment=assignment,
            kind="out",
            corrected_time=at(values["corrected_time"]),
            reason=values["reason"],
            actor=dispatcher,
            now=at("12:00"),
        )

    assert not Correction.objects.exists()
    assert flags_of(assignment) == {}


def test_a_settled_visit_is_not_corrected(assignment, dispatcher):
    serve(assignment)

    with pytest.raises(WrongState):
        correct_time(
            assignment=assignment,
            kind="out",
            corrected_time=at("11:00"),
            reason="FORGOT",
            actor=dispatcher,
            now=at("12:00"),
        )

    assignment.refresh_from_db()
    assert assignment.ended_at == at("10:00")
    assert not Correction.objects.exists()


@pytest.mark.parametrize("who", ["the carer", "foreign manager", "operator", "auditor"])
def test_who_may_not_correct(assignment, who):
    actors = {
        "the carer": lambda: login_of(assignment.carer),
        "foreign manager": lambda: make_manager(make_organisation()),
        "operator": lambda: make_user("o", Role.OPERATOR),
        "auditor": lambda: make_user("a", Role.AUDITOR),
    }

    with pytest.raises(NotAllowed):
        correct_time(
            assignment=assignment,
            kind="in",
            corrected_time=at("09:00"),
            reason="FORGOT",
            actor=actors[who](),
            now=at("12:00"),
        )

    assert not Correction.objects.exists()
