"""The PIN of the telephone menu: six digits by chance, five wrong tries, an hour's lock."""

from datetime import timedelta
from functools import partial

import pytest

from tests.dispatch.factories import NOW, make_carer
from tests.dispatch.threads import together
from volunteers.models import Carer, CarerEvent, TelephonePin
from volunteers.pins import is_pin, issue_pin

pytestmark = pytest.mark.django_db


@pytest.fixture
def carer(db) -> Carer:
    return make_carer()


@pytest.fixture
def pin(carer) -> str:
    return issue_pin(carer=carer, actor=None, now=NOW)


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 1_000_000:06}"


def tried(carer: Carer, digits: str, now=NOW) -> bool:
    return is_pin(carer=carer, digits=digits, now=now)


def kinds() -> list[str]:
    return sorted(CarerEvent.objects.values_list("kind", flat=True))


def test_it_has_six_digits_and_is_kept_nowhere(carer, pin) -> None:
    assert len(pin) == 6
    assert pin.isascii()
    assert pin.isdigit()
    row = TelephonePin.objects.get()
    assert pin not in f"{row.mark} {vars(CarerEvent.objects.get())}"
    assert kinds() == ["PIN_ISSUED"]
    assert tried(carer, pin) is True


def test_another_carers_pin_has_another_mark_and_opens_nothing(carer, pin, monkeypatch) -> None:
    other = make_carer("C2")
    monkeypatch.setattr("volunteers.pins.secrets.randbelow", lambda most: int(pin))

    assert issue_pin(carer=other, actor=None, now=NOW) == pin

    assert TelephonePin.objects.values("mark").distinct().count() == 2
    assert tried(make_carer("C3"), pin) is False


def test_a_new_one_takes_the_place_of_the_old(carer, pin, monkeypatch) -> None:
    monkeypatch.setattr("volunteers.pins.secrets.randbelow", lambda most: 7)

    assert issue_pin(carer=carer, actor=None, now=NOW) == "000007"

    assert tried(carer, "000007") is True
    assert tried(carer, pin) is (pin == "000007")


def test_the_fifth_wrong_try_locks_it_for_an_hour_and_is_recorded(carer, pin) -> None:
    assert [tried(carer, wrong(pin)) for _ in range(4)] == [False] * 4
    assert TelephonePin.objects.get().locked_until is None
    assert kinds() == ["PIN_ISSUED"]

    assert tried(carer, wrong(pin)) is False

    assert TelephonePin.objects.get().locked_until == NOW + timedelta(hours=1)
    assert kinds() == ["PIN_ISSUED", "PIN_LOCKED"]
    assert tried(carer, pin, NOW + timedelta(minutes=59)) is False
    assert tried(carer, pin, NOW + timedelta(hours=1)) is True


def test_a_try_while_it_is_locked_does_not_lengthen_the_lock(carer, pin) -> None:
    for _ in range(8):
        tried(carer, wrong(pin))

    assert TelephonePin.objects.get().locked_until == NOW + timedelta(hours=1)
    assert kinds() == ["PIN_ISSUED", "PIN_LOCKED"]


def test_a_right_one_forgives_the_wrong_ones_before_it(carer, pin) -> None:
    for _ in range(2):
        assert [tried(carer, digits) for digits in [wrong(pin)] * 4 + [pin]] == [False] * 4 + [True]

    assert TelephonePin.objects.get().wrong_tries == 0


def test_a_new_pin_opens_the_lock(carer, pin) -> None:
    for _ in range(5):
        tried(carer, wrong(pin))

    assert tried(carer, issue_pin(carer=carer, actor=None, now=NOW)) is True


@pytest.mark.parametrize("digits", ["", "１２３４５６", "x" * 100, "\x00"])
def test_what_is_no_pin_is_wrong(digits, carer, pin) -> None:
    assert tried(carer, digits) is False
    assert TelephonePin.objects.get().wrong_tries == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_count_one_by_one(carer, pin) -> None:
    guesses = [f"{(int(pin) + each) % 1_000_000:06}" for each in range(1, 13)]

    assert together([partial(tried, carer, guess) for guess in guesses]) == [False] * 12

    assert kinds() == ["PIN_ISSUED", "PIN_LOCKED"]
    assert tried(carer, pin) is False
