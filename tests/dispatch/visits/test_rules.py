"""What the database itself refuses, whoever writes: overlapping work, two holders of a leg, changed evidence."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment, AssignmentEvent, CheckEvent, Correction, FlagEvent
from dispatch.visits.services.assign import create_assignment, move_assignment
from people.errors import Conflict, LostRace, Overlap, WrongState
from tests.dispatch.factories import NOW, ask, at, check, make_carer, make_elder, make_item, make_visit, promise

pytestmark = pytest.mark.django_db


def assign(visit, carer, start: str, end: str, leg: int = 1) -> Assignment:
    return create_assignment(
        visit=visit, leg=leg, carer=carer, planned_start=at(start), planned_end=at(end), actor=None, now=NOW
    )


# The other work is from 09:00 to 10:00.
@pytest.mark.parametrize(
    ("start", "end", "allowed"),
    [
        ("08:00", "09:00", True),
        ("08:00", "09:01", False),
        ("09:15", "09:45", False),
        ("08:30", "10:30", False),
        ("09:59", "11:00", False),
        ("10:00", "11:00", True),
    ],
)
def test_a_carers_live_work_never_overlaps(start, end, allowed):
    elder, carer = make_elder(), make_carer()
    assign(make_visit(elder), carer, "09:00", "10:00")
    other = make_visit(elder, start="08:00", end="12:00")

    if allowed:
        assign(other, carer, start, end)
    else:
        with pytest.raises(Overlap):
            assign(other, carer, start, end)

    assert Assignment.objects.count() == (2 if allowed else 1)


@pytest.mark.parametrize("status", ["declined", "expired", "released", "no_show"])
def test_work_that_ended_before_it_began_blocks_nothing(status):
    elder, carer = make_elder(), make_carer()
    Assignment.objects.filter(pk=assign(make_visit(elder), carer, "09:00", "10:00").pk).update(status=status)

    assign(make_visit(elder, start="08:00", end="12:00"), carer, "09:00", "10:00")

    assert Assignment.objects.count() == 2


def test_ended_work_cannot_come_back_into_booked_time():
    elder, carer = make_elder(), make_carer()
    ended = assign(make_visit(elder), carer, "09:00", "10:00")
    Assignment.objects.filter(pk=ended.pk).update(status="released")
    assign(make_visit(elder, start="08:00", end="12:00"), carer, "09:30", "10:30")

    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=ended.pk).update(status="accepted")

    ended.refresh_from_db()
    assert ended.status == "released"


def test_one_carer_cannot_hold_both_legs():
    visit, carer = make_visit(item=make_item(carers_needed=2)), make_carer()
    assign(visit, carer, "09:00", "10:00")

    with pytest.raises(Conflict) as refusal:
        assign(visit, carer, "10:00", "11:00", leg=2)

    assert refusal.value.code == "same_carer"


def test_one_leg_has_one_carer():
    visit = make_visit()
    assign(visit, make_carer("C1"), "09:00", "10:00")

    with pytest.raises(LostRace):
        assign(visit, make_carer("C2"), "09:00", "10:00")


def test_moving_keeps_the_same_rule_and_writes_the_old_time_down():
    elder, carer = make_elder(), make_carer()
    moved = assign(make_visit(elder), carer, "09:00", "10:00")
    assign(make_visit(elder, start="08:00", end="12:00"), carer, "10:00", "11:00")

    with pytest.raises(Overlap):
        move_assignment(assignment=moved, planned_start=at("09:30"), planned_end=at("10:30"), actor=None, now=NOW)
    move_assignment(assignment=moved, planned_start=at("08:00"), planned_end=at("09:00"), actor=None, now=NOW)

    moved.refresh_from_db()
    assert moved.planned_start == at("08:00")
    assert moved.events.values_list("reason", flat=True).last() == "moved from 2026-09-14 01:00Z"


def test_work_that_has_begun_is_not_moved():
    [assignment] = promise(make_visit(), make_carer())
    check(assignment, "in", "09:00")
    assignment.refresh_from_db()

    with pytest.raises(WrongState):
        move_assignment(assignment=assignment, planned_start=at("11:00"), planned_end=at("12:00"), actor=None, now=NOW)

    assignment.refresh_from_db()
    assert assignment.planned_start == at("09:00")


def refused(model, pk: int, **columns: object) -> bool:
    """Whether the database refuses a copy of the row with these columns."""
    row = model.objects.get(pk=pk)
    row.pk = None
    for name, value in columns.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("latitude", "longitude", "forbidden"),
    [
        (None, None, False),
        (33.0, 119.0, False),
        (90.0, -180.0, False),
        (33.0, None, True),
        (None, 119.0, True),
        (90.1, 119.0, True),
        (33.0, 180.1, True),
        (90.1, None, True),
    ],
)
def test_a_position_is_whole_and_on_earth(evidence, latitude, longitude, forbidden):
    event = CheckEvent.objects.get()

    where = {"latitude": latitude, "longitude": longitude}
    assert refused(CheckEvent, event.pk, client_id=uuid4(), **where) is forbidden


@pytest.mark.parametrize(
    ("columns", "forbidden"),
    [
        ({"started_at": None, "ended_at": None}, False),
        ({"started_at": None, "ended_at": at("10:00")}, True),
        ({"started_at": at("10:01"), "ended_at": at("10:00")}, True),
        ({"started_at": at("10:00"), "ended_at": at("10:00")}, False),
        ({"status": "checked_in", "started_at": None}, True),
        ({"status": "checked_out", "started_at": at("09:00"), "ended_at": None}, True),
        ({"status": "checked_out", "started_at": None, "ended_at": at("10:00")}, True),
        ({"planned_end": at("09:00")}, True),
        ({"leg": 0}, True),
        ({"status": "lost"}, True),
    ],
)
def test_times_of_work_go_together(columns, forbidden):
    [assignment] = promise(make_visit(), make_carer())
    Assignment.objects.filter(pk=assignment.pk).update(status="released")

    assert refused(Assignment, assignment.pk, **{"status": "released"} | columns) is forbidden


@pytest.mark.parametrize(
    ("columns", "forbidden"),
    [
        ({}, False),
        ({"assignment": None}, True),
        ({"assignment": None, "kind": "POOL"}, False),
        ({"kind": "GIFT"}, True),
        ({"status": "accepted", "answered_at": None}, True),
        ({"status": "accepted", "answered_at": NOW, "assignment": None, "kind": "POOL"}, True),
        ({"status": "declined"}, True),
        ({"status": "declined", "decline_reason": "SICK"}, False),
        ({"expires_at": NOW}, True),
        ({"planned_end": at("09:00")}, True),
        ({"leg": 3}, True),
    ],
)
def test_an_offer_is_whole(columns, forbidden):
    [offer] = ask(make_visit(), make_carer())
    Offer.objects.filter(pk=offer.pk).update(status="withdrawn", assignment=None, kind="POOL")
    whole = {"status": "withdrawn", "assignment": offer.assignment, "kind": "DIRECT"}

    assert refused(Offer, offer.pk, **whole | columns) is forbidden


@pytest.fixture
def evidence():
    [assignment] = promise(make_visit(), make_carer())
    check(assignment, "in", "09:00", latitude=None, longitude=None)
    return assignment


@pytest.mark.parametrize("model", [CheckEvent, AssignmentEvent, FlagEvent])
@pytest.mark.parametrize(
    "change", ["UPDATE {table} SET id = id WHERE id = {pk}", "DELETE FROM {table} WHERE id = {pk}"]
)
def test_evidence_and_history_are_never_changed(evidence, model, change):
    before = list(model.objects.values())
    statement = change.format(table=model._meta.db_table, pk=before[0]["id"])

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert list(model.objects.values()) == before


def test_a_correction_is_never_changed(evidence, django_user_model):
    correction = Correction.objects.create(
        assignment=evidence,
        kind="in",
        corrected_time=at("09:05"),
        reason="FORGOT",
        actor=django_user_model.objects.first(),
        at=NOW,
    )

    with pytest.raises(DatabaseError), transaction.atomic():
        Correction.objects.filter(pk=correction.pk).update(corrected_time=at("08:00"))

    correction.refresh_from_db()
    assert correction.corrected_time == at("09:05")
