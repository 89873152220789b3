"""Calls out: asked for by an operator, handed to the bridge once, and given up or kept from it in time."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from orders.models import CallBack, CallRecord, DialRequest, Extension
from orders.services import calls
from orders.services.dialling import Dial, dial, take_due_dial
from people.errors import Invalid
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.threads import together
from tests.orders.make import NOW
from tests.orders.test_call_hooks import MINUTE, hook
from tests.orders.test_calls import person, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> User:
    user = make_user("lin", Role.OPERATOR, name="林静")
    Extension.objects.create(user=user, number="8001")
    return user


def test_the_bridge_is_handed_each_wish_once(desk):
    call = dial(number="0517-82380123", actor=desk, now=NOW)

    assert (call.direction, call.status, call.number, list(call.rings_at.all())) == (
        "out", "ringing", "+8651782380123", [desk],
    )  # fmt: skip
    assert take_due_dial(now=NOW + MINUTE) == Dial(call.call_id, "8001", "+8651782380123")
    assert take_due_dial(now=NOW + MINUTE) is None


def test_one_wish_is_handed_out_at_a_time_the_oldest_first(desk):
    numbers = ["13900139001", "13900139002"]
    for number in numbers:
        dial(number=number, actor=desk, now=NOW)

    assert take_due_dial(now=NOW).number == "+8613900139001"
    assert DialRequest.objects.filter(taken_at=None).count() == 1
    assert take_due_dial(now=NOW).number == "+8613900139002"


def test_a_wish_that_was_hung_up_meanwhile_is_not_dialled_and_the_next_one_is(desk):
    given_up = dial(number="13900139001", actor=desk, now=NOW)
    calls.hang_up_by_hand(call=given_up, actor=desk, now=NOW)
    wanted = dial(number="13900139002", actor=desk, now=NOW)

    assert take_due_dial(now=NOW).call_id == wanted.call_id
    assert take_due_dial(now=NOW) is None
    assert list(DialRequest.objects.filter(taken_at=None)) == []
    given_up.refresh_from_db()
    assert given_up.status == "missed"


def test_a_wish_that_nobody_heard_in_time_is_given_up(desk):
    dial(number="13800138000", actor=desk, now=NOW)

    assert take_due_dial(now=NOW + MINUTE + timedelta(seconds=1)) is None

    assert CallRecord.objects.values_list("status", "cause").get() == ("missed", "not dialled in time")
    assert DialRequest.objects.get().taken_at is not None
    assert not CallBack.objects.exists()


def test_the_exchanges_events_belong_to_the_call_that_was_asked_for(desk):
    asked = dial(number="13800138000", person=person("王芳"), actor=desk, now=NOW)

    for event in ("newCall", "answer", "hangup"):
        call = hook(event, asked.call_id, direction="out", caller="8001", called="13900139000", users=("8999",))

    assert (call, call.status, call.answered_by, call.person.name) == (asked, "ended", desk, "王芳")
    assert (call.number, list(call.rings_at.all())) == ("+8613800138000", [desk])


@pytest.mark.parametrize("number", ["", "8005", "120", "abc", "1" * 10_000])
def test_what_cannot_be_called_is_not_dialled(number, desk):
    refused(partial(dial, number=number, actor=desk, now=NOW), Invalid)


def test_who_has_no_telephone_is_told():
    actor = make_user("ma", Role.OPERATOR)

    refusal = refused(partial(dial, number="13800138000", actor=actor, now=NOW), Invalid)

    assert refusal.code == "no_extension"


def test_a_rival_bridge_that_comes_between_the_look_and_the_claim_takes_it(desk, monkeypatch):
    call = dial(number="13800138000", actor=desk, now=NOW)
    atomic, rivals = transaction.atomic, [partial(take_due_dial, now=NOW)]
    taken = []

    def after_the_rival(*args: Any, **words: Any) -> Any:
        if rivals:
            taken.append(rivals.pop()())
        return atomic(*args, **words)

    monkeypatch.setattr(transaction, "atomic", after_the_rival)

    assert take_due_dial(now=NOW) is None
    assert [dial.call_id for dial in taken] == [call.call_id]


@pytest.mark.django_db(transaction=True)
def test_two_bridges_at_once_dial_once(desk):
    dial(number="13800138000", actor=desk, now=NOW)

    outcomes = together([partial(take_due_dial, now=NOW)] * 4)

    assert [type(outcome) for outcome in outcomes if outcome is not None] == [Dial]
