"""What every screen shows of a running call: the seconds left, who was asked, and whose business it is."""

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.services.answer import decline_offer
from dispatch.urgent.panel import Row, ended_today, panel_of
from dispatch.urgent.services.escalate import escalate_due
from dispatch.urgent.services.settle import acknowledge, close
from people.models import TownDuty
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import accept, make_elder
from tests.dispatch.urgent.make import after, call, carer, item
from tests.orders.make import at, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return make_user("op", Role.OPERATOR)


@pytest.fixture
def dispatcher():
    return make_user("disp", Role.DISPATCHER)


@pytest.fixture
def near() -> None:
    item()
    for number in range(1, 5):
        carer(f"C{number}", float(number))


def only_row(user, seconds: float) -> Row:
    [row] = panel_of(user, after(seconds)).rows
    return row


def test_the_countdown_is_to_the_next_carers_first_and_then_to_the_alarm(near, operator):
    call()

    shown = []
    for seconds in (0, 1, 59.5, 60, 119, 120):
        escalate_due(now=after(seconds))
        row = only_row(operator, seconds)
        shown.append((seconds, row.status, row.countdown, row.alarm_next))

    assert shown == [
        (0, "waiting", "1:00", False),
        (1, "waiting", "0:59", False),
        (59.5, "waiting", "0:01", False),
        (60, "waiting", "1:00", True),
        (119, "waiting", "0:01", True),
        (120, "alarmed", "1:00", False),
    ]


def test_a_clock_that_nobody_winds_shows_nothing_left(near, operator):
    call()

    assert only_row(operator, 500).countdown == "0:00"


def test_who_was_asked_with_the_minutes_and_the_answer_of_each(near, operator):
    call()
    decline_offer(offer=Offer.objects.get(carer__number="C1"), reason="SICK", actor=None, now=after(5))
    escalate_due(now=after(60))

    asked = only_row(operator, 61).asked

    assert [(each.offer.carer.number, each.minutes, each.offer.status) for each in asked] == [
        ("C1", 5, "declined"),
        ("C2", 9, "sent"),
        ("C3", 14, "sent"),
        ("C4", 18, "sent"),
    ]


def test_once_a_carer_comes_there_is_no_countdown(near, operator):
    call()
    accept(Offer.objects.get(carer__number="C2"), now=after(30))

    row = only_row(operator, 31)  # before the clock has looked

    assert (row.status, row.seconds, row.countdown) == ("taken", None, "")
    assert [each.offer.carer.number for each in row.coming] == ["C2"]


def test_the_reasons_of_an_alarm_are_in_words(operator):
    item()
    carer("C1", skills=())
    carer("C2", skills=())
    call()

    row = only_row(operator, 1)

    assert row.is_alarm
    assert row.seconds == 59
    assert row.reasons == "不会这项服务 × 2"


def test_the_most_pressing_comes_first(near, operator, dispatcher):
    taken, waiting, held, alarm = (make_elder(f"E{n}") for n in range(4))
    call(taken, now=after(0))
    accept(Offer.objects.get(carer__number="C1"), now=after(1))
    acknowledge(urgent=_alarmed(call(held, now=after(2))), actor=dispatcher, now=after(3))
    _alarmed(call(alarm, now=after(4)))
    call(waiting, now=after(5))

    rows = panel_of(operator, after(6)).rows

    assert [row.urgent.elder for row in rows] == [alarm, held, waiting, taken]
    assert panel_of(operator, after(6)).alarms == 2


def _alarmed(urgent):
    urgent.status, urgent.alarmed_at = "alarmed", urgent.raised_at
    urgent.save()
    return urgent


def test_a_dispatcher_sees_the_own_towns_only(near, operator, dispatcher):
    here = call()
    TownDuty.objects.create(user=dispatcher, town=town("T2"))

    assert panel_of(dispatcher, after(1)).rows == ()
    assert list(ended_today(dispatcher, after(1))) == []
    assert [row.urgent for row in panel_of(operator, after(1)).rows] == [here]


def test_who_may_do_what_is_on_the_panel(near):
    may = {}
    for role in (Role.OPERATOR, Role.DISPATCHER, Role.ADMINISTRATOR, Role.AUDITOR):
        panel = panel_of(make_user(role, role), after(1))
        may[role.value] = (panel.may_settle, panel.may_acknowledge)

    assert may == {
        "operator": (True, False),
        "dispatcher": (True, True),
        "administrator": (True, True),
        "auditor": (False, False),
    }


def test_a_closed_call_is_among_those_that_ended_today(near, operator):
    close(urgent=(urgent := call()), reason="FALSE_ALARM", actor=operator, now=after(30))

    assert panel_of(operator, after(31)).rows == ()
    assert list(ended_today(operator, at("23:00"))) == [urgent]
    assert list(ended_today(operator, after(24 * 3600))) == []


# Polled once a second: roles are read once for a request, a dispatcher's towns cost two more.
@pytest.mark.parametrize(("role", "queries"), [(Role.OPERATOR, 3), (Role.DISPATCHER, 4)])
@pytest.mark.parametrize("calls", [1, 4])
def test_the_panel_costs_the_same_however_much_is_on_it(role, queries, calls, near, django_assert_num_queries):
    for number in range(calls):
        call(make_elder(f"E{number}"), now=after(number))
    user = make_user("reader", role)
    panel_of(user, after(5))

    with django_assert_num_queries(queries):
        for row in panel_of(user, after(5)).rows:
            assert row.urgent.elder.person.name and row.urgent.visit.place.village and row.urgent.visit.town.name
            assert all(each.offer.carer.person.name for each in row.asked)


def test_an_empty_panel_costs_one_query(operator, django_assert_num_queries):
    panel_of(operator, after(0))

    with django_assert_num_queries(1):
        assert panel_of(operator, after(0)).rows == ()
