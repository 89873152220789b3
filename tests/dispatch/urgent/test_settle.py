"""An alarm is taken in hand by one supervisor; a call is never closed without a person and a reason."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from dispatch.offers.models import Offer
from dispatch.urgent.models import UrgentCall
from dispatch.urgent.services.escalate import escalate_due
from dispatch.urgent.services.settle import acknowledge, close
from dispatch.visits.models import Assignment
from orders.models import Order, Visit
from people.errors import Conflict, Invalid, NotAllowed, WrongState
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import accept, check, make_elder
from tests.dispatch.threads import together
from tests.dispatch.urgent.make import after, asked, call, carer, item, statuses

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return make_user("op", Role.OPERATOR)


@pytest.fixture
def dispatcher():
    return make_user("disp", Role.DISPATCHER, name="赵磊")


@pytest.fixture
def urgent() -> UrgentCall:
    item()
    carer("C1", 1.0)
    carer("C2", 2.0)
    return call()


def unchanged(urgent: UrgentCall) -> bool:
    urgent.refresh_from_db()
    return urgent.status == "waiting" and statuses(urgent) == ["waiting"] and asked(urgent).keys() == {"C1", "C2"}


def test_closing_withdraws_the_questions_and_cancels_the_order(urgent, operator):
    closed = close(urgent=urgent, reason="AMBULANCE", note=" 已送县医院 ", actor=operator, now=after(90))

    assert (closed.status, closed.closed_by, closed.close_reason, closed.close_note, closed.ended_at) == (
        "closed",
        operator,
        "AMBULANCE",
        "已送县医院",
        after(90),
    )
    assert asked(urgent) == {"C1": "withdrawn", "C2": "withdrawn"}
    assert (Visit.objects.get().status, Order.objects.get().status) == ("cancelled", "cancelled")
    assert Visit.objects.get().end_reason == "已叫 120: 已送县医院"
    assert urgent.events.last().actor == operator
    assert escalate_due(now=after(600)) == 0


REFUSED = {
    # reason, note: what is missing
    "no reason": ("", "", "reason"),
    "an unknown reason": ("BORED", "", "reason"),
    "other without a word": ("OTHER", "  ", "note"),
    "a novel": ("OTHER", "长" * 101, "note"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_not_closed_silently(what, urgent, operator):
    reason, note, field = REFUSED[what]

    with pytest.raises(Invalid) as refusal:
        close(urgent=urgent, reason=reason, note=note, actor=operator, now=after(90))

    assert list(refusal.value.fields) == [field]
    assert unchanged(urgent)


@pytest.mark.parametrize("broken", [{"closed_by": None}, {"close_reason": ""}, {"ended_at": None}])
def test_the_database_itself_refuses_an_end_without_person_reason_or_time(broken, urgent, operator):
    whole = {"status": "closed", "closed_by": operator, "close_reason": "FALSE_ALARM", "ended_at": after(90)}

    with pytest.raises(IntegrityError), transaction.atomic():
        UrgentCall.objects.update(**whole | broken)

    assert unchanged(urgent)


def test_a_carer_does_not_close(urgent):
    with pytest.raises(NotAllowed):
        close(urgent=urgent, reason="FALSE_ALARM", actor=make_user("x", Role.CARER), now=after(90))

    assert unchanged(urgent)


def test_with_a_carer_on_the_way_it_is_closed_only_when_said_so(urgent, operator):
    accept(Offer.objects.first(), now=after(10))

    with pytest.raises(WrongState) as refusal:
        close(urgent=urgent, reason="FALSE_ALARM", actor=operator, now=after(90))

    urgent.refresh_from_db()
    assert refusal.value.code == "carer_on_the_way"
    assert (urgent.is_running, Assignment.objects.get().status) == (True, "accepted")

    close(urgent=urgent, reason="FALSE_ALARM", send_back=True, actor=operator, now=after(90))

    assert (Assignment.objects.get().status, Visit.objects.get().status) == ("released", "cancelled")


def test_with_a_carer_in_the_home_it_is_not_closed(urgent, operator):
    check(accept(Offer.objects.first(), now=after(10)), "in", "07:06")

    with pytest.raises(WrongState) as refusal:
        close(urgent=urgent, reason="FALSE_ALARM", send_back=True, actor=operator, now=after(400))

    assert refusal.value.code == "carer_in_the_home"
    assert Visit.objects.get().status == "started"


def test_a_closed_call_is_not_closed_again(urgent, operator):
    close(urgent=urgent, reason="FALSE_ALARM", actor=operator, now=after(90))

    with pytest.raises(WrongState):
        close(urgent=urgent, reason="AMBULANCE", actor=operator, now=after(95))

    urgent.refresh_from_db()
    assert urgent.close_reason == "FALSE_ALARM"


def test_a_call_without_an_order_is_closed_too(operator):
    urgent = call(make_elder())

    assert close(urgent=urgent, reason="AMBULANCE", actor=operator, now=after(90)).status == "closed"


def test_a_supervisor_takes_the_alarm_in_hand(urgent, dispatcher):
    escalate_due(now=after(120))

    held = acknowledge(urgent=urgent, actor=dispatcher, now=after(130))
    acknowledge(urgent=urgent, actor=dispatcher, now=after(140))

    assert (held.acknowledged_by, held.acknowledged_at, held.status) == (dispatcher, after(130), "alarmed")
    assert list(urgent.events.values_list("new", "reason", "actor"))[2:] == [("alarmed", "acknowledged", dispatcher.pk)]


def test_another_supervisor_is_told_who_has_it(urgent, dispatcher):
    escalate_due(now=after(120))
    acknowledge(urgent=urgent, actor=dispatcher, now=after(130))

    with pytest.raises(Conflict) as refusal:
        acknowledge(urgent=urgent, actor=make_user("adm", Role.ADMINISTRATOR), now=after(140))

    urgent.refresh_from_db()
    assert "赵磊" in str(refusal.value)
    assert urgent.acknowledged_by == dispatcher


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CARER, Role.AUDITOR])
def test_only_supervisors_take_an_alarm_in_hand(role, urgent):
    escalate_due(now=after(120))

    with pytest.raises(NotAllowed):
        acknowledge(urgent=urgent, actor=make_user("x", role), now=after(130))

    urgent.refresh_from_db()
    assert urgent.acknowledged_by is None


def test_without_an_alarm_there_is_nothing_to_take_in_hand(urgent, dispatcher):
    with pytest.raises(WrongState):
        acknowledge(urgent=urgent, actor=dispatcher, now=after(30))

    urgent.refresh_from_db()
    assert urgent.acknowledged_by is None


@pytest.mark.django_db(transaction=True)
def test_of_many_supervisors_at_once_one_has_it(urgent):
    escalate_due(now=after(120))
    rivals = [make_user(f"d{number}", Role.DISPATCHER) for number in range(5)]

    outcomes = together([partial(acknowledge, urgent=urgent, actor=rival, now=after(130)) for rival in rivals])

    assert sum(isinstance(outcome, UrgentCall) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    assert urgent.events.filter(reason="acknowledged").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_closing_and_accepting_at_once_leave_nobody_on_the_way_to_a_closed_call(round_, urgent, operator):
    offer = Offer.objects.first()

    closed, accepted = together(
        [
            partial(close, urgent=urgent, reason="FALSE_ALARM", actor=operator, now=after(30)),
            partial(accept, offer, now=after(30)),
        ]
    )

    urgent.refresh_from_db()
    if isinstance(closed, UrgentCall):
        assert isinstance(accepted, Conflict), accepted
        assert (urgent.status, Visit.objects.get().status) == ("closed", "cancelled")
        assert not Assignment.objects.exists()
    else:
        assert isinstance(accepted, Assignment), accepted
        assert (closed.code, urgent.is_running, Visit.objects.get().status) == ("carer_on_the_way", True, "reserved")
