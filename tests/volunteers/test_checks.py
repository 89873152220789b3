"""Rules of single rows that the database holds even when a value is missing (NULL must not slip through a check)."""

from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from tests.volunteers.make import MONDAY, carer
from tests.volunteers.timebank import ledger
from volunteers.models import Availability, Carer, Organisation
from volunteers.timebank.models import Transfer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "changes",
    [
        {"weekday": None},  # neither weekday nor day
        {"weekday": None, "day": MONDAY, "valid_from": MONDAY},  # a day without its last valid day
        {"weekday": None, "day": MONDAY, "valid_from": date(2026, 1, 1), "valid_to": MONDAY},
        {"day": MONDAY, "valid_from": MONDAY, "valid_to": MONDAY},  # both
    ],
)
def test_an_offered_time_is_for_a_weekday_or_a_day(changes):
    values = {"weekday": 0, "start_minute": 480, "end_minute": 720, "valid_from": date(2026, 1, 1)} | changes

    with pytest.raises(IntegrityError, match="availability_weekday_or_day"), transaction.atomic():
        Availability.objects.create(carer=carer(), **values)


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"lunch_start": time(11)},
        {"lunch_end": time(13)},
        {"lunch_start": time(13), "lunch_end": time(11)},
    ],
)
def test_a_lunch_break_has_its_window(times):
    who = carer()

    with pytest.raises(IntegrityError, match="carer_lunch_window"), transaction.atomic():
        Carer.objects.filter(pk=who.pk).update(takes_lunch=True, **times)


@pytest.mark.parametrize("minutes", [0, 10_000_001])
def test_the_daily_limit_of_an_organisation_is_a_sensible_number_of_minutes(minutes):
    offices = Organisation.objects.filter(
        pk=Organisation.objects.create(code="O1", name="安康", kind="COMPANY", active_from=MONDAY).pk
    )
    for allowed in (1, 10_000_000, None):
        offices.update(daily_minutes=allowed)

    with pytest.raises(IntegrityError, match="organisation_daily_minutes"), transaction.atomic():
        offices.update(daily_minutes=minutes)


@pytest.mark.parametrize(("kind", "delivered"), [("EARN", None), ("EARN", 39), ("DONATE", 40)])
def test_an_earned_transfer_and_no_other_says_what_was_delivered(kind, delivered):
    with pytest.raises(IntegrityError, match="transfer_earned_says_delivered"), transaction.atomic():
        Transfer.objects.create(
            key="t",
            kind=kind,
            source=ledger.fund(),
            target=ledger.account(),
            minutes=40,
            delivered_minutes=delivered,
            cause="visit:1",
            day=ledger.TODAY,
            created_at=ledger.NOW,
        )
