"""Numbers of the county's own choosing, by date."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from people import policy
from people.models import PolicySetting


def store(value: object, day: date) -> None:
    PolicySetting.objects.create(key="offer_life_minutes", value=value, effective_from=day, owner="民政局")


@pytest.mark.django_db
def test_without_a_stored_row_the_default_holds() -> None:
    assert policy.value("offer_life_minutes", on=date(2026, 3, 2)) == 30


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "minutes"),
    [
        (date(2026, 1, 31), 30),  # the day before the first row: the default
        (date(2026, 2, 1), 45),  # from its own day on
        (date(2026, 2, 28), 45),
        (date(2026, 3, 1), 20),  # the next row replaces it
        (date(2027, 1, 1), 20),
    ],
)
def test_the_newest_row_not_after_the_day_holds(day: date, minutes: int) -> None:
    store(20, date(2026, 3, 1))
    store(45, date(2026, 2, 1))

    assert policy.minutes("offer_life_minutes", on=day) == minutes


@pytest.mark.django_db
def test_zero_is_a_value_not_a_gap() -> None:
    store(0, date(2026, 3, 1))

    assert policy.value("offer_life_minutes", on=date(2026, 3, 1)) == 0


@pytest.mark.django_db
def test_an_unknown_key_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(KeyError):
        policy.value("offer_life", on=date(2026, 3, 1))


@pytest.mark.django_db
def test_one_value_a_day() -> None:
    store(20, date(2026, 3, 1))

    with pytest.raises(IntegrityError), transaction.atomic():
        store(25, date(2026, 3, 1))


def test_every_default_has_a_unit_and_a_meaning() -> None:
    assert [key for key, default in policy.DEFAULTS.items() if not default.unit or not default.meaning] == []
