"""No two offered times and no two absences of a carer overlap: the database refuses it, the service says so."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from people.errors import Invalid, Overlap
from tests.volunteers.make import BY, MONDAY, absent, at, carer, offer
from volunteers import services
from volunteers.models import Absence, Availability, CarerEvent

pytestmark = pytest.mark.django_db

SUNDAY, TUESDAY = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
WEEKLY = {"weekday": 0}
SPRING = {"weekday": 0, "valid_from": date(2026, 3, 1), "valid_to": date(2026, 5, 31)}

# What stands beside Mondays 08:00 to 12:00 (480 to 720), and whether it may.
TIMES = [
    ((480, 720), WEEKLY, False),  # the same
    ((540, 600), WEEKLY, False),  # inside
    ((420, 780), WEEKLY, False),  # around
    ((420, 481), WEEKLY, False),  # one minute at the beginning
    ((719, 780), WEEKLY, False),  # one minute at the end
    ((420, 480), WEEKLY, True),  # back-to-back before
    ((720, 780), WEEKLY, True),  # back-to-back after
    ((480, 720), {"weekday": 1}, True),  # another weekday
    ((480, 720), {"weekday": 6}, True),
    ((540, 600), SPRING, False),  # a season of the same weekday
    ((540, 600), {"day": MONDAY}, False),  # one of the Mondays
    ((720, 780), {"day": MONDAY}, True),
    ((540, 600), {"day": TUESDAY}, True),  # another date
    ((540, 600), {"day": SUNDAY}, True),
]


@pytest.mark.parametrize(("minutes", "when", "allowed"), TIMES)
def test_offered_times_do_not_overlap(minutes, when, allowed):
    who = carer()
    offer(who, 480, 720)

    if allowed:
        offer(who, *minutes, **when)
    else:
        with pytest.raises(Overlap):
            offer(who, *minutes, **when)

    assert Availability.objects.count() == CarerEvent.objects.count() == 1 + allowed


@pytest.mark.parametrize(("minutes", "when", "allowed"), TIMES)
def test_an_offered_time_is_not_moved_onto_another(minutes, when, allowed):
    who = carer()
    offer(who, 480, 720)
    row = Availability.objects.create(carer=who, weekday=3, start_minute=0, end_minute=60, valid_from=date(2026, 1, 1))
    day = when.get("day")
    change = {
        "weekday": None,
        "day": None,
        "valid_from": day or date(2026, 1, 1),
        "valid_to": day,
        "start_minute": minutes[0],
        "end_minute": minutes[1],
    } | when

    def move() -> None:
        with transaction.atomic():
            Availability.objects.filter(pk=row.pk).update(**change)

    if allowed:
        move()
    else:
        with pytest.raises(IntegrityError, match="availability_no_overlap"):
            move()


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "allowed"),
    [
        (date(2026, 6, 1), None, True),  # begins the day after the other ends
        (date(2026, 5, 31), None, False),  # shares the other's last day
        (date(2026, 1, 1), date(2026, 2, 28), True),
        (date(2026, 1, 1), date(2026, 3, 1), False),
        (date(2026, 1, 1), None, False),
    ],
)
def test_the_same_hours_may_be_offered_in_another_season(valid_from, valid_to, allowed):
    who = carer()
    offer(who, 480, 720, **SPRING)
    again = {"weekday": 0, "valid_from": valid_from, "valid_to": valid_to}

    if allowed:
        offer(who, 480, 720, **again)
    else:
        with pytest.raises(Overlap):
            offer(who, 480, 720, **again)


def test_carers_do_not_stand_in_each_others_way():
    one, other = carer("C1"), carer("C2")

    for who in (one, other):
        offer(who, 480, 720)
        absent(who, at("09:00"), at("10:00"))

    assert Availability.objects.count() == Absence.objects.count() == 2


def test_a_row_does_not_overlap_itself():
    who = carer()
    offer(who, 480, 720)

    Availability.objects.update(end_minute=700)
    absent(who, at("09:00"), at("10:00"))
    Absence.objects.update(end=at("09:30"))

    assert Availability.objects.get().end_minute == 700


@pytest.mark.parametrize(
    ("start", "end", "allowed"),
    [
        (at("09:00"), at("12:00"), False),  # the same
        (at("10:00"), at("11:00"), False),  # inside
        (at("08:00"), at("13:00"), False),  # around
        (at("08:00"), at("09:01"), False),
        (at("11:59"), at("13:00"), False),
        (at("08:00"), at("09:00"), True),  # back-to-back
        (at("12:00"), at("13:00"), True),
        (at("09:00", TUESDAY), at("12:00", TUESDAY), True),  # another date
    ],
)
def test_absences_do_not_overlap(start, end, allowed):
    who = carer()
    absent(who, at("09:00"), at("12:00"))

    if allowed:
        absent(who, start, end)
    else:
        with pytest.raises(Overlap):
            absent(who, start, end)
        with pytest.raises(IntegrityError, match="absence_no_overlap"), transaction.atomic():
            Absence.objects.create(carer=who, start=start, end=end, reason="SICK")

    assert Absence.objects.count() == CarerEvent.objects.count() == 1 + allowed


@pytest.mark.parametrize(
    "changes",
    [
        {"start_minute": 720, "end_minute": 720},  # nothing
        {"start_minute": 721, "end_minute": 720},  # backwards
        {"start_minute": 480, "end_minute": 1441},  # past midnight
        {"weekday": 7},
        {"weekday": None},  # neither weekday nor day
        {"day": MONDAY},  # both
        {"valid_to": date(2025, 12, 31)},  # over before it begins
    ],
)
def test_an_impossible_time_is_refused(changes):
    content = {"weekday": 0, "start_minute": 480, "end_minute": 720, "valid_from": date(2026, 1, 1)} | changes

    with pytest.raises(Invalid):
        services.offer_time(carer=carer(), **content, **BY)

    assert not Availability.objects.exists()


@pytest.mark.parametrize(("end", "reason"), [("09:00", "SICK"), ("08:59", "SICK"), ("10:00", "HOLIDAY")])
def test_an_impossible_absence_is_refused(end, reason):
    with pytest.raises(Invalid):
        services.record_absence(carer=carer(), start=at("09:00"), end=at(end), reason=reason, **BY)

    assert not Absence.objects.exists()
