"""Check events: stored exactly once in any order, and the state follows from all of them."""

from datetime import datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from dispatch.offers.services.end import cancel_visit, release_assignment, report_no_show
from dispatch.visits.models import CheckEvent
from dispatch.visits.services.check import record_check
from orders.models import Visit
from people.errors import Conflict, Invalid, NotAllowed, WrongState
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    NOW,
    TODAY,
    accept,
    ask,
    at,
    check,
    flags_of,
    login_of,
    make_carer,
    make_item,
    make_manager,
    make_organisation,
    make_visit,
    promise,
)
from tests.orders.make import SHANGHAI
from volunteers.models import Carer
from volunteers.timebank.models import Transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment():
    [made] = promise(make_visit(), make_carer())
    return made


def states(assignment) -> tuple[str, str]:
    assignment.refresh_from_db()
    assignment.visit.refresh_from_db()
    return assignment.status, assignment.visit.status


def test_a_check_in_starts_the_visit(assignment):
    event = check(assignment, "in", "09:03")

    assert states(assignment) == ("checked_in", "started")
    assert (assignment.started_at, assignment.ended_at) == (at("09:03"), None)
    assert not event.is_repeat


def test_a_repeated_send_stores_nothing(assignment):
    key = uuid4()
    first = check(assignment, "in", "09:00", client_id=key)

    for minute in range(1, 10):
        again = check(assignment, "in", "09:00", client_id=key, now=at(f"09:{minute:02}"))
        assert (again.pk, again.is_repeat) == (first.pk, True)

    assert CheckEvent.objects.count() == 1
    assert assignment.events.filter(new="checked_in").count() == 1


def test_an_event_id_cannot_be_used_for_another_check(assignment):
    key = uuid4()
    check(assignment, "in", "09:00", client_id=key)

    with pytest.raises(Conflict) as refusal:
        check(assignment, "out", "10:00", client_id=key)

    assert refusal.value.code == "event_id_reused"
    assert states(assignment) == ("checked_in", "started")


def test_a_check_out_that_arrives_first_waits_for_its_check_in(assignment):
    check(assignment, "out", "10:00", now=at("11:00"))
    assert states(assignment) == ("accepted", "reserved")

    check(assignment, "in", "09:00", now=at("11:01"))

    assert states(assignment) == ("checked_out", "verified")
    assert (assignment.started_at, assignment.ended_at) == (at("09:00"), at("10:00"))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_arrival_does_not_matter(order):
    """Two check-ins and a short check-out, hours late, in each order: the same times and the same doubt."""
    [assignment] = promise(make_visit(), make_carer())
    sends = [("in", "09:00"), ("in", "09:04"), ("out", "09:30")]

    for index in order:
        check(assignment, *sends[index], now=at("20:00"))

    assert states(assignment) == ("checked_out", "disputed")
    assert (assignment.started_at, assignment.ended_at) == (at("09:00"), at("09:30"))
    assert flags_of(assignment)["TOO_SHORT"]["planned"] == 60
    assert CheckEvent.objects.count() == 3


def test_three_days_in_a_dead_zone_lose_nothing(assignment):
    late = at("09:00") + timedelta(hours=72)

    check(assignment, "out", "10:00", now=late)
    check(assignment, "in", "09:00", now=late)

    assert states(assignment) == ("checked_out", "verified")
    assert Transfer.objects.get().minutes == 60
    assert flags_of(assignment) == {}


def test_late_sends_of_a_wrong_clock_are_set_right_by_its_skew(assignment):
    """The clock is a day ahead and the events were sent three hours late: the skew is known from the sending."""
    ahead, now = timedelta(days=1), at("13:00")

    for kind, clock in (("in", "09:00"), ("out", "10:00")):
        check(assignment, kind, clock, now=now, device_time=at(clock) + ahead, sent_at=now + ahead)

    assert states(assignment) == ("checked_out", "disputed")
    assert (assignment.started_at, assignment.ended_at) == (at("09:00"), at("10:00"))
    assert flags_of(assignment)["CLOCK_SKEW"] == {"kind": "in", "minutes": 1440.0}


def test_without_the_sending_time_a_far_off_clock_is_not_believed(assignment):
    event = check(assignment, "in", "09:00", now=at("09:30"), device_time=at("05:00"), sent_at=None)

    assert event.evidence_time == at("09:30")
    assert list(flags_of(assignment)) == ["CLOCK_SKEW"]


def test_a_check_out_before_the_check_in_makes_a_visit_of_no_length(assignment):
    check(assignment, "in", "10:00")
    check(assignment, "out", "09:00", now=at("10:01"))

    assert states(assignment) == ("checked_out", "disputed")
    assert assignment.started_at == assignment.ended_at == at("10:00")


def test_nothing_changes_a_settled_visit(assignment):
    check(assignment, "in", "09:00")
    check(assignment, "out", "10:00")

    check(assignment, "out", "11:00")

    assert states(assignment) == ("checked_out", "verified")
    assert assignment.ended_at == at("10:00")
    assert CheckEvent.objects.count() == 3
    assert Transfer.objects.count() == 1


def test_who_comes_after_another_took_over_changes_no_times(assignment):
    """The visit is promised again, so it is not settled: the late check-in must not begin it."""
    report_no_show(assignment=assignment, reason="老人来电", actor=None, now=at("09:10"))
    [other] = promise(assignment.visit, make_carer("C9"), start="10:00")

    check(assignment, "in", "09:20")

    assert states(assignment) == ("no_show", "reserved")
    assert assignment.started_at is None
    assert list(flags_of(assignment)) == ["TAKEN_BACK"]
    assert other.status == "accepted"


def test_a_check_after_the_work_was_taken_back_is_kept_and_doubted(assignment):
    cancel_visit(visit=assignment.visit, reason="住院", actor=None, now=NOW)

    check(assignment, "in", "09:00")

    assert states(assignment) == ("released", "cancelled")
    assert flags_of(assignment) == {"TAKEN_BACK": {"kind": "in", "status": "released"}}
    assert CheckEvent.objects.count() == 1


def test_work_that_was_not_accepted_cannot_be_checked():
    [offer] = ask(make_visit(), make_carer())

    with pytest.raises(WrongState) as refusal:
        check(offer.assignment, "in", "09:00")

    assert refusal.value.code == "not_accepted"
    assert not CheckEvent.objects.exists()
    assert states(offer.assignment) == ("offered", "planned")


def test_half_a_double_up_cannot_begin():
    first, second = ask(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))
    accepted = accept(first)

    with pytest.raises(WrongState) as refusal:
        check(accepted, "in", "09:00")

    assert refusal.value.code == "not_confirmed"
    assert not CheckEvent.objects.exists()
    assert second.status == "sent"


def test_half_a_position_is_refused(assignment):
    with pytest.raises(Invalid) as refusal:
        check(assignment, "in", "09:00", longitude=None)

    assert list(refusal.value.fields) == ["latitude"]
    assert states(assignment) == ("accepted", "reserved")


def test_a_visit_over_midnight_counts_whole():
    visit = make_visit(start="22:00", end="23:55", duration_minutes=60)
    [assignment] = promise(visit, make_carer(), start="23:30")
    next_day = datetime.combine(TODAY + timedelta(days=1), datetime.min.time(), SHANGHAI) + timedelta(minutes=30)

    check(assignment, "in", "23:30")
    check(assignment, "out", "23:30", now=next_day, device_time=next_day, sent_at=next_day)

    assert states(assignment) == ("checked_out", "verified")
    assert assignment.delivered_minutes == 60
    assert visit.service_date == TODAY


def test_a_double_up_whose_second_carer_gave_back_is_finished_by_the_first_and_reviewed():
    visit = make_visit(item=make_item(carers_needed=2))
    first, second = promise(visit, make_carer("C1"), make_carer("C2"))
    check(first, "in", "09:00")

    release_assignment(assignment=second, reason="车坏了", actor=login_of(second.carer), now=at("09:01"))
    check(first, "out", "10:00")

    assert states(first) == ("checked_out", "disputed")
    assert flags_of(first) == {"PARTNER_MISSING": {"came": 1, "needed": 2}}


# Who may check ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["MANUAL", "PHONE"])
def test_the_office_checks_by_hand_or_telephone(assignment, source):
    operator = make_user("operator", Role.OPERATOR)

    event = check(assignment, "in", "09:00", source=source, actor=operator, latitude=None, longitude=None)

    assert event.actor == operator
    assert states(assignment) == ("checked_in", "started")
    assert list(flags_of(assignment)) == (["LATE_ENTRY"] if source == "MANUAL" else [])


def test_a_manager_checks_by_hand_for_an_own_carer_only():
    [own] = promise(visit := make_visit(), make_carer("C1", kind=Carer.Kind.WORKER))
    [foreign] = promise(make_visit(visit.elder, start="14:00", end="16:00"), make_carer("C2"), start="14:00")
    manager = make_manager(make_organisation())

    check(own, "in", "09:00", source="MANUAL", actor=manager)
    with pytest.raises(NotAllowed):
        check(foreign, "in", "14:00", source="MANUAL", actor=manager)

    assert states(own) == ("checked_in", "started")
    assert states(foreign) == ("accepted", "reserved")


@pytest.mark.parametrize(
    ("who", "source"),
    [
        ("carer", "MANUAL"),  # carers prove with the app
        ("dispatcher", "APP"),  # the office was not there
        ("auditor", "MANUAL"),
        ("stranger", "APP"),
        ("other carer", "APP"),
    ],
)
def test_who_may_not_check_changes_nothing(assignment, who, source):
    actors = {
        "carer": lambda: login_of(assignment.carer),
        "dispatcher": lambda: make_user("d", Role.DISPATCHER),
        "auditor": lambda: make_user("a", Role.AUDITOR),
        "stranger": lambda: make_user("s"),
        "other carer": lambda: login_of(make_carer("C9")),
    }

    with pytest.raises(NotAllowed):
        record_check(
            assignment=assignment,
            client_id=uuid4(),
            kind="in",
            source=source,
            device_time=at("09:00"),
            actor=actors[who](),
            now=at("09:00"),
        )

    assert states(assignment) == ("accepted", "reserved")
    assert not CheckEvent.objects.exists()
    assert Visit.objects.get().events.count() == 3
