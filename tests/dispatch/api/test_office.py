"""What the office does over the interface: report who did not come, and enter a forgotten time."""

import pytest

from dispatch.visits.models import Assignment, Correction
from orders.models import Visit
from people.models import TownDuty
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.api.conftest import Phone, error_of
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
)
from tests.orders import make
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment() -> Assignment:
    [made] = promise(make_visit(), make_carer())
    return made


@pytest.fixture
def desk(assignment: Assignment) -> Phone:
    user = make_user("desk", Role.DISPATCHER)
    TownDuty.objects.create(user=user, town=assignment.visit.town)
    return Phone(user)


def forgotten(which: str, clock: str, **changes):
    return {"kind": which, "corrected_time": at(clock).isoformat(), "reason": "FORGOT"} | changes


def test_a_no_show_is_reported_and_the_visit_waits_again(assignment, desk, set_clock):
    set_clock(at("09:20"))

    answer = desk.post(f"assignments/{assignment.pk}/no-show/", reason="老人来电")

    assert (answer.status_code, answer.json()["status"], answer.json()["visit_status"]) == (200, "no_show", "open")
    assert assignment.events.last().reason == "老人来电"


def test_nobody_is_missing_before_the_planned_start(assignment, desk, set_clock):
    set_clock(at("08:59"))
    early = desk.post(f"assignments/{assignment.pk}/no-show/", reason="老人来电")
    assert error_of(early) == (409, "client_error", "not_due", None)
    assert Assignment.objects.get().status == "accepted"

    set_clock(at("09:00"))
    assert desk.post(f"assignments/{assignment.pk}/no-show/", reason="老人来电").status_code == 200


def test_a_no_show_needs_a_reason(assignment, desk, set_clock):
    set_clock(at("09:20"))
    for body in ({}, {"reason": "  "}):
        assert error_of(desk.post(f"assignments/{assignment.pk}/no-show/", **body))[::3] == (400, "reason")
    assert Assignment.objects.get().status == "accepted"


def test_who_was_there_did_come(assignment, desk, set_clock):
    check(assignment, "in", "09:00")
    check(assignment, "out", "10:00")
    set_clock(at("12:00"))

    answer = desk.post(f"assignments/{assignment.pk}/no-show/", reason="x")

    assert error_of(answer) == (409, "client_error", "wrong_state", None)
    assert (Assignment.objects.get().status, Visit.objects.get().status) == ("checked_out", "verified")


def test_a_forgotten_check_out_is_entered_and_waits_for_a_review(assignment, desk, set_clock):
    check(assignment, "in", "09:00")
    set_clock(at("12:00"))

    answer = desk.post(f"assignments/{assignment.pk}/correct/", **forgotten("out", "10:00"))

    assert (answer.status_code, answer.json()["visit_status"]) == (200, "disputed")
    assert answer.json()["ended_at"] == at("10:00").isoformat()
    assert list(flags_of(assignment)) == ["LATE_ENTRY"]
    assert Correction.objects.get().actor.username == "desk"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "lunch"}, "kind"),
        ({"corrected_time": "soon"}, "corrected_time"),
        ({"corrected_time": "2026-09-14T23:00:00+08:00"}, "corrected_time"),
        ({"reason": "BORED"}, "reason"),
        ({"reason": "OTHER"}, "note"),
    ],
)
def test_a_correction_that_cannot_be_names_its_field(assignment, desk, set_clock, changes, field):
    set_clock(at("12:00"))

    answer = desk.post(f"assignments/{assignment.pk}/correct/", **forgotten("in", "09:00", **changes))

    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, field)
    assert (Correction.objects.count(), Visit.objects.get().status) == (0, "reserved")


@pytest.mark.parametrize("path", ["no-show", "correct"])
def test_carers_do_neither_for_themselves(assignment, path, set_clock):
    set_clock(at("12:00"))
    body = forgotten("in", "09:00") if path == "correct" else {"reason": "x"}

    answer = Phone(login_of(assignment.carer)).post(f"assignments/{assignment.pk}/{path}/", **body)

    assert error_of(answer) == (403, "client_error", "not_allowed", None)
    assert (Assignment.objects.get().status, Correction.objects.count()) == ("accepted", 0)


def test_a_manager_corrects_for_own_carers_but_reports_nobody(set_clock):
    [own] = promise(make_visit(), make_carer("C1", kind=Carer.Kind.WORKER))
    manager = Phone(make_manager(make_organisation()))
    set_clock(at("12:00"))

    assert manager.post(f"assignments/{own.pk}/no-show/", reason="x").status_code == 403
    assert manager.post(f"assignments/{own.pk}/correct/", **forgotten("in", "09:00")).status_code == 200


def test_a_dispatcher_of_another_town_finds_nothing(assignment, set_clock):
    set_clock(at("12:00"))
    user = make_user("far", Role.DISPATCHER)
    TownDuty.objects.create(user=user, town=make.town("T2"))
    stranger = Phone(user)

    assert stranger.post(f"assignments/{assignment.pk}/no-show/", reason="x").status_code == 404
    assert stranger.post(f"assignments/{assignment.pk}/correct/", **forgotten("in", "09:00")).status_code == 404
