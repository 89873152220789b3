"""The carer reaches the elder through the exchange, and neither sees the other's number."""

from datetime import timedelta

import pytest

from dispatch.offers.services.end import release_assignment
from orders.call_selectors import calls_of_operator
from orders.models import CallBack, CallRecord, DialRequest
from orders.services.call_hooks import Hook, receive_hook
from orders.services.calls import claim, end_call, hang_up_by_hand, identify
from orders.services.dialling import Dial, take_due_dial
from people.errors import NotAllowed
from people.models import Phone as Number
from people.models import PolicySetting
from people.roles import Role
from people.services import add_phone
from tests.cast import make_user
from tests.dispatch.api.conftest import Phone, error_of
from tests.dispatch.factories import (
    NOW,
    TODAY,
    ask,
    login_of,
    make_carer,
    make_manager,
    make_organisation,
    make_visit,
    promise,
)

pytestmark = pytest.mark.django_db

CARERS, ELDERS = "13900139001", "13800138000"


@pytest.fixture
def part(db):
    [part] = promise(make_visit(), make_carer(kind="WORKER"))
    for person, number in ((part.carer.person, CARERS), (part.visit.elder.person, ELDERS)):
        add_phone(person=person, number=number, actor=None, now=NOW)
    return part


@pytest.fixture
def phone(part) -> Phone:
    return Phone(login_of(part.carer))


def test_the_exchange_rings_the_carer_first_and_the_answer_holds_no_number(part, phone) -> None:
    answer = phone.post(f"assignments/{part.pk}/call/")

    assert (answer.status_code, answer.json()) == (202, {"hotline": "12349", "ringing": True})
    call = CallRecord.objects.get()
    assert (call.person, call.direction, call.status) == (part.visit.elder.person, "out", "ringing")
    assert call.events.get().actor == login_of(part.carer)
    assert take_due_dial(now=NOW) == Dial(call.call_id, "", f"+86{ELDERS}", f"+86{CARERS}", "12349")
    assert list(calls_of_operator(make_user("oper", Role.OPERATOR), NOW)) == []


def test_the_carers_telephone_shows_the_countys_own_hotline(part, phone) -> None:
    PolicySetting.objects.create(key="hotline", value="0517-82380000", effective_from=TODAY, owner="民政局")

    assert phone.post(f"assignments/{part.pk}/call/").json()["hotline"] == "0517-82380000"

    dial = take_due_dial(now=NOW)
    assert dial is not None
    assert dial.shown == "0517-82380000"


def test_one_rings_at_a_time(part, phone) -> None:
    path = f"assignments/{part.pk}/call/"
    assert [phone.post(path).json()["ringing"] for _ in range(2)] == [True, True]
    assert DialRequest.objects.count() == 1

    end_call(CallRecord.objects.get(), cause="noAnswer", actor=None, now=NOW)

    assert phone.post(path).json()["ringing"] is True
    assert DialRequest.objects.count() == 2


def test_a_request_that_no_bridge_took_is_asked_anew_after_a_minute(part, phone, set_clock) -> None:
    phone.post(f"assignments/{part.pk}/call/")
    set_clock(NOW + timedelta(seconds=61))

    phone.post(f"assignments/{part.pk}/call/")

    assert DialRequest.objects.count() == 2
    assert take_due_dial(now=NOW + timedelta(seconds=61)) is not None
    assert sorted(CallRecord.objects.values_list("status", flat=True)) == ["missed", "ringing"]


@pytest.mark.parametrize("whose", ["carer", "elder"])
def test_without_a_number_nothing_rings(whose, part, phone) -> None:
    person = part.carer.person if whose == "carer" else part.visit.elder.person
    Number.objects.filter(person=person).delete()

    assert phone.post(f"assignments/{part.pk}/call/").json() == {"hotline": "12349", "ringing": False}
    assert not CallRecord.objects.exists()


def test_work_not_accepted_taken_back_or_long_over_reaches_nobody(part, phone, set_clock) -> None:
    [offer] = ask(make_visit(start="14:00", end="15:00"), part.carer, start="14:00")
    unanswered = phone.post(f"assignments/{offer.assignment.pk}/call/")
    set_clock(part.planned_end + timedelta(hours=24, seconds=1))
    long_over = phone.post(f"assignments/{part.pk}/call/")
    set_clock(NOW)
    release_assignment(assignment=part, reason="改派", actor=None, now=NOW)
    taken_back = phone.post(f"assignments/{part.pk}/call/")

    for answer in (unanswered, long_over, taken_back):
        assert error_of(answer) == (409, "client_error", "not_reachable", None)
    assert not CallRecord.objects.exists()


def test_nobody_else_is_connected(part) -> None:
    path = f"assignments/{part.pk}/call/"

    assert Phone(login_of(make_carer("C2"))).post(path).status_code == 404
    assert Phone(make_manager(make_organisation())).post(path).status_code == 403
    assert not CallRecord.objects.exists()


def test_a_carer_who_gets_through_does_not_call_back_for_the_county(part, phone) -> None:
    for event in ("newCall", "hangup"):
        receive_hook(hook=Hook(event=event, call_id="in-1", caller=ELDERS), now=NOW)
    phone.post(f"assignments/{part.pk}/call/")
    dial = take_due_dial(now=NOW)
    assert dial is not None

    receive_hook(hook=Hook(event="answer", call_id=dial.call_id, called=ELDERS, direction="out"), now=NOW)

    assert CallRecord.objects.get(call_id=dial.call_id).status == "answered"
    assert CallBack.objects.get().status == "open"


@pytest.mark.parametrize("act", [claim, identify, hang_up_by_hand])
def test_an_operator_has_no_hand_in_it(part, phone, act) -> None:
    phone.post(f"assignments/{part.pk}/call/")
    call = CallRecord.objects.get()
    operator, told = make_user("oper", Role.OPERATOR), {"person": part.carer.person} if act is identify else {}

    for status in ("ringing", "answered"):
        with pytest.raises(NotAllowed) as refusal:
            act(call=call, actor=operator, now=NOW, **told)
        assert refusal.value.code == "no_operators_call"
        receive_hook(hook=Hook(event="answer", call_id=call.call_id, called=ELDERS, direction="out"), now=NOW)
        assert call.events.filter(new=status).count() == 1
    call.refresh_from_db()
    assert (call.status, call.answered_by, call.person) == ("answered", None, part.visit.elder.person)
    assert call.events.count() == 2
