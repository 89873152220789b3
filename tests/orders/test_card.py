"""Correcting an elder's card: what is kept secret is kept, and nobody overwrites what they have not seen."""

from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from django.db import connection

from orders.card import CardChange, CardFacts, card_facts
from orders.models import Elder, ElderAlert, ElderEvent
from orders.services.card import NEW_PHONE, change_card
from people.errors import Conflict, DomainError, Invalid, LostRace
from tests.cast import Cast, assemble
from tests.orders.make import NOW


@pytest.fixture
def elder(cast: Cast) -> Elder:
    """张桂兰 with a dog that is described, and a mobile (first to call) and a landline."""
    ElderAlert.objects.create(elder=cast.elder, kind="DOG", note="黄狗，拴着")
    return cast.elder


def change(elder: Elder, seen: str | None = None, **wanted: Any) -> None:
    facts = card_facts(elder)
    shown: dict[str, Any] = {"gender_wish": facts.gender_wish, "alerts": {kind: "" for kind, _note in facts.alerts}}
    change_card(elder=elder, seen=seen or facts.version(), change=CardChange(**(shown | wanted)), actor=None, now=NOW)


def tails(elder: Elder) -> list[tuple[str, bool]]:
    return [(number[-4:], is_first) for _key, number, is_first in card_facts(elder).phones]


def told(elder: Elder) -> list[tuple[str, str]]:
    return list(elder.events.order_by("pk").values_list("kind", "facts"))


def test_every_fact_can_be_corrected_and_the_history_names_which(elder: Elder) -> None:
    change(elder, gender_wish="F", home_adapted=True, alerts={"DOG": "", "KEY_SAFE": "门后"}, new_phone="13700137000")

    facts = card_facts(elder)
    assert (facts.gender_wish, facts.home_adapted) == ("F", True)
    assert facts.alerts == (("DOG", "黄狗，拴着"), ("KEY_SAFE", "门后"))  # a note left empty is kept
    assert tails(elder) == [("8000", True), ("0123", False), ("7000", False)]
    assert told(elder) == [("facts", "gender_wish,home_adapted,alerts,phones")]


def test_an_alert_goes_and_a_note_is_replaced(elder: Elder) -> None:
    change(elder, alerts={"DOG": "已送走一只"})
    assert card_facts(elder).alerts == (("DOG", "已送走一只"),)

    change(elder, alerts={})
    assert card_facts(elder).alerts == ()


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({"first": "0123"}, [("0123", True), ("8000", False)]),
        ({"new_phone": "13700137000", "first_phone": NEW_PHONE}, [("7000", True), ("8000", False), ("0123", False)]),
        ({"gone": ["8000"]}, [("0123", True)]),  # the first goes: the other takes its place
        ({"gone": ["8000", "0123"], "new_phone": "13700137000"}, [("7000", True)]),
        ({"gone": ["8000", "0123"]}, []),
        ({"gone": ["8000"], "first": "8000"}, [("0123", True)]),  # no longer there to be called first
    ],
)
def test_phones_come_go_and_change_places(elder: Elder, wanted: dict[str, Any], left: list[Any]) -> None:
    keys = {number[-4:]: key for key, number, _is_first in card_facts(elder).phones}
    if "gone" in wanted:
        wanted = wanted | {"gone_phones": frozenset(keys[tail] for tail in wanted["gone"])}
    if "first" in wanted:
        wanted = wanted | {"first_phone": keys[wanted["first"]]}

    change(elder, **{name: value for name, value in wanted.items() if name not in ("gone", "first")})

    assert tails(elder) == left


def test_saving_what_is_there_tells_nothing(elder: Elder) -> None:
    change(elder)

    assert told(elder) == []


def test_another_elders_phones_are_out_of_reach(elder: Elder, cast: Cast) -> None:
    [other] = cast.both_elder.person.phones.all()

    change(elder, gone_phones=frozenset({other.pk}), first_phone=other.pk)

    other.refresh_from_db()
    assert other.is_primary
    assert tails(elder) == [("8000", True), ("0123", False)]


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"gender_wish": "X"}, Invalid),
        ({"alerts": {"CAT": ""}}, Invalid),
        ({"new_phone": "120"}, Invalid),
        ({"new_phone": "0517-82380123"}, Conflict),  # her landline, recorded already
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    elder: Elder, wanted: dict[str, Any], error: type[DomainError]
) -> None:
    before = card_facts(elder)

    with pytest.raises(error):
        change(elder, **({"home_adapted": True, "alerts": {}} | wanted))

    assert (card_facts(elder), told(elder)) == (before, [])


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"gender_wish": "M"},
        {"home_adapted": True},
        {"alerts": {"DOG": "两只"}},  # only the note
        {"new_phone": "13700137000"},
    ],
)
def test_whatever_was_changed_meanwhile_makes_a_save_stale(elder: Elder, meanwhile: dict[str, Any]) -> None:
    seen = card_facts(elder).version()
    change(elder, **meanwhile)
    before = card_facts(elder)

    with pytest.raises(LostRace) as refusal:
        change(elder, seen, gender_wish="F")

    assert (refusal.value.code, card_facts(elder), len(told(elder))) == ("stale", before, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("guarded", "saved"), [(True, 1), (False, 2)])
def test_of_two_who_save_at_once_one_is_refused(monkeypatch: pytest.MonkeyPatch, guarded: bool, saved: int) -> None:
    """The one who waited for the row reads the facts anew. Without the comparison (the control) both are stored."""
    elder, start = assemble().elder, Barrier(2)
    seen = card_facts(elder).version()
    if not guarded:
        monkeypatch.setattr(CardFacts, "version", lambda facts: seen)
    answers: list[Any] = []

    def save(wish: str) -> None:
        with suppress(BrokenBarrierError):
            start.wait(timeout=10)
        try:
            change_card(elder=elder, seen=seen, change=CardChange(gender_wish=wish), actor=None, now=NOW)
            answers.append(wish)
        except LostRace as error:
            answers.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=save, args=[wish]) for wish in "FM"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    won = [answer for answer in answers if answer in ("F", "M")]
    assert len(won) == saved == ElderEvent.objects.count()
    assert len(answers) == 2
    elder.refresh_from_db()
    assert elder.gender_wish in won
