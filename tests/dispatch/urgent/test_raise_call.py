"""One key: the order and its first offers stand when the request ends; pressing twice is pressing once."""

from datetime import timedelta
from functools import partial
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.db import connection

from dispatch.offers.models import Offer
from dispatch.urgent.models import UrgentCall, UrgentCallEvent
from dispatch.urgent.selectors import running_for
from dispatch.urgent.services import escalate, raise_call
from dispatch.urgent.words import reasons_text
from dispatch.visits.models import CarerPreference
from dispatch.visits.services import credit_hold, paid_orders
from orders.models import CallRecord, Order, ServiceItem, Visit
from people import queue
from people.errors import Conflict, Invalid, NotAllowed
from people.models import Person, PolicySetting
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import accept, check, make_elder, make_item, make_visit, promise
from tests.dispatch.threads import together
from tests.dispatch.urgent.make import after, asked, call, carer, item, statuses
from tests.dispatch.visits.credits import account, give
from tests.orders import make
from tests.orders.make import NOW, TODAY, at
from volunteers.models import Absence, Carer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_message_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def sent(task: str, pk: int) -> None:
        raise AssertionError(f"{task} was sent: urgent help must not need the broker")

    monkeypatch.setattr(queue, "_send", sent)


def test_the_order_and_the_offers_to_the_three_nearest_are_written_together():
    item()
    for number, kilometres in (("C1", 9.0), ("C2", 1.0), ("C3", 3.0), ("C4", 0.5)):
        carer(number, kilometres)
    operator = make_user("op", Role.OPERATOR)

    urgent = call(note="  摔倒了 ", actor=operator)

    visit = Visit.objects.get()
    order = Order.objects.get()
    assert (urgent.visit, urgent.status, urgent.raised_by) == (visit, "waiting", operator)
    assert (urgent.next_ask_at, urgent.alarm_due_at) == (after(60), after(120))
    assert (visit.item.code, visit.status, visit.priority) == ("URGENT", "open", Visit.Priority.URGENT)
    assert (visit.window_start, visit.window_end) == (NOW, at("09:00"))
    assert (order.status, order.note, order.created_by, order.requested_at) == ("confirmed", "摔倒了", operator, NOW)
    assert asked(urgent) == {"C4": "sent", "C2": "sent", "C3": "sent"}
    # By e-bike, 18 km/h, the road 1.35 times the straight line: 0.5 km is 2.25 minutes, 1 km is 4.5, 3 km is 13.5.
    starts = Offer.objects.order_by("pk").values_list("planned_start", "planned_end", "expires_at", "kind")
    assert list(starts) == [
        (at(start), at(start) + timedelta(minutes=45), at("07:05"), "POOL") for start in ("07:03", "07:05", "07:14")
    ]
    assert statuses(urgent) == ["waiting"]


def test_the_travel_time_decides_and_not_the_distance():
    item()
    carer("C1", 1.0, mode=Carer.Mode.WALK)  # 18 minutes
    carer("C2", 2.0)  # 9 minutes
    PolicySetting.objects.create(key="urgent_asked_at_once", value=1, effective_from=TODAY, owner="test")

    assert asked(call()) == {"C2": "sent"}


def test_a_carer_is_measured_from_where_the_work_is():
    item()
    clean = make_item(duration_minutes=30)
    near_now, near_home, in_a_home = carer("C1", 9.0), carer("C2", 2.0), carer("C3", 0.1)
    [over] = promise(
        make_visit(make_elder("E8", kilometres_north=0.5), clean, "07:00", "07:30"), near_now, start="07:00"
    )
    check(over, "in", "07:00")
    check(over, "out", "07:30")
    [busy] = promise(
        make_visit(make_elder("E9", kilometres_north=0.1), clean, "07:30", "08:30"), in_a_home, start="07:30"
    )
    check(busy, "in", "07:30")

    urgent = call(make_elder("E1"), now=at("07:40"))

    starts = Offer.objects.filter(visit=urgent.visit).order_by("pk").values_list("carer__number", "planned_start")
    assert list(starts) == [("C1", at("07:43")), ("C2", at("07:49")), ("C3", at("08:01"))]
    assert {near_home.number, near_now.number, in_a_home.number} == set(asked(urgent))


def test_who_left_a_home_early_is_not_promised_twice_at_once():
    item()
    out = carer("C1", 0.1)
    [part] = promise(make_visit(make_elder("E9"), make_item(), "07:00", "08:00"), out, start="07:00")
    check(part, "in", "07:00")
    check(part, "out", "07:40")

    urgent = call(make_elder("E1"), now=at("07:45"))

    [offer] = Offer.objects.filter(visit=urgent.visit)
    assert offer.planned_start == at("08:00")  # the planned end of the work before: the database counts it
    assert accept(offer, now=at("07:46")).status == "accepted"


UNABLE = {
    # Each row: how it comes that the only carer is not asked, and the reason of the alarm.
    "no_skill": lambda only: only.skills.all().delete(),
    "no_certificate": lambda only: ServiceItem.objects.update(certificate="CARE"),
    "carer_barred": lambda only: CarerPreference.objects.create(
        elder=make_elder(), carer=only, kind="BARRED", since=TODAY
    ),
    "nobody_on_duty": lambda only: Carer.objects.update(blocked_from=TODAY),
    "gender": lambda only: (
        ServiceItem.objects.update(gender_rule="SAME"),
        Person.objects.filter(carer=only).update(gender="M"),
    ),
    "workers_only": lambda only: (
        ServiceItem.objects.update(workers_only=True),
        Carer.objects.update(kind="VOLUNTEER"),
    ),
    "too_far": lambda only: Carer.objects.update(radius_metres=900),
    "busy": lambda only: promise(make_visit(make_elder(), make_item(), "07:30", "09:00"), only, start="07:30"),
    "carer_absent": lambda only: Absence.objects.create(carer=only, start=at("07:10"), end=at("09:00"), reason="SICK"),
}


@pytest.mark.parametrize("code", UNABLE)
def test_when_nobody_is_able_the_order_stands_and_the_alarm_is_raised_at_once(code):
    item()
    UNABLE[code](carer("C1"))

    urgent = call()

    assert (urgent.status, urgent.alarmed_at) == ("alarmed", NOW)
    assert urgent.alarm_reasons == [{"code": code, "number": 0 if code == "nobody_on_duty" else 1}]
    assert Visit.objects.get(pk=urgent.visit_id).status == "open"
    assert asked(urgent) == {}
    assert statuses(urgent) == ["waiting", "alarmed"]


def test_who_is_off_duty_this_minute_is_not_asked():
    item()
    carer("C1", shift=(0, 420))  # until 07:00
    carer("C2", shift=(421, 1440))

    assert call().alarm_reasons == [{"code": "nobody_on_duty", "number": 0}]


@pytest.mark.parametrize(("kilometres", "is_asked"), [(4.9, True), (5.1, False)])
def test_a_volunteer_goes_as_far_as_the_county_says_and_a_worker_anywhere(kilometres, is_asked):
    item()
    carer("C1", kilometres, kind=Carer.Kind.VOLUNTEER)
    carer("C2", 30.0)

    assert list(asked(call())) == (["C1", "C2"] if is_asked else ["C2"])


NO_ORDER = {
    "not_in_catalogue": lambda: ServiceItem.objects.update(effective_to=TODAY - timedelta(days=1)),
    "elder_inactive": lambda: make_elder(active_to=TODAY - timedelta(days=1)),
    "no_home": lambda: Person.objects.filter(elder=make_elder()).update(home=None),
}


@pytest.mark.parametrize("code", NO_ORDER)
def test_when_no_order_can_be_placed_the_alarm_is_raised_all_the_same(code):
    item()
    carer("C1")
    NO_ORDER[code]()

    urgent = call()

    assert (urgent.status, urgent.visit) == ("alarmed", None)
    assert urgent.alarm_reasons == [{"code": code, "number": 0}]
    assert not Order.objects.exists()


def test_an_order_that_is_refused_leaves_the_call_with_the_alarm_and_its_words(monkeypatch):
    item()
    carer("C1")
    refusal = Invalid("不行", fields={"items.0.item": ["目录里当天没有这项服务。"]})
    monkeypatch.setattr(paid_orders, "place_order", Mock(side_effect=refusal))

    urgent = call()

    assert (urgent.status, urgent.visit, urgent.alarmed_at) == ("alarmed", None, NOW)
    assert urgent.alarm_reasons == [{"code": "order_refused", "number": 0, "words": "目录里当天没有这项服务。"}]
    assert reasons_text(urgent.alarm_reasons) == "没能下单：目录里当天没有这项服务。"
    assert list(urgent.events.values_list("new", "reason")) == [("waiting", ""), ("alarmed", "order_refused")]
    assert not Order.objects.exists()


def test_so_does_a_fault_whose_own_words_nobody_reads(monkeypatch):
    item()
    monkeypatch.setattr(paid_orders, "place_order", Mock(side_effect=RuntimeError("张桂兰")))

    assert reasons_text(call().alarm_reasons) == "没能下单"
    assert UrgentCall.objects.get().status == "alarmed"


def test_trouble_with_time_credits_does_not_hold_up_the_order(monkeypatch):
    item()
    carer("C1")
    give(elder := make_elder(), 100)
    monkeypatch.setattr(credit_hold, "hold", Mock(side_effect=Conflict("too few")))

    urgent = call(elder)

    assert (urgent.status, asked(urgent)) == ("waiting", {"C1": "sent"})
    assert (urgent.visit.credit_minutes, Order.objects.get().uses_credits) == (0, False)
    assert account(elder) == (100, 0)


def test_when_carers_cannot_be_asked_the_order_stands_and_the_alarm_is_raised_at_once(monkeypatch):
    item()
    monkeypatch.setattr(escalate, "nearest", Mock(side_effect=RuntimeError))

    urgent = call()

    assert (urgent.status, urgent.visit) == ("alarmed", Visit.objects.get())
    assert urgent.alarm_reasons == [{"code": "not_asked", "number": 0}]


def test_pressing_again_returns_the_running_call_and_orders_nothing():
    item()
    carer("C1")
    first = call()

    again = call(now=after(20))

    assert again == first
    assert (Order.objects.count(), UrgentCall.objects.count(), Offer.objects.count()) == (1, 1, 1)


def test_once_a_carer_has_arrived_the_key_calls_anew():
    item()
    carer("C1", 0.1)
    urgent = call(elder := make_elder())
    check(accept(Offer.objects.get()), "in", "07:05")

    again = call(elder, now=at("07:30"))

    assert again != urgent
    urgent.refresh_from_db()
    assert (urgent.status, urgent.ended_at) == ("helped", at("07:30"))
    assert running_for(elder) == again


def test_an_order_just_before_midnight_ends_with_the_day():
    item()
    carer("C1")

    urgent = call(now=at("23:59") + timedelta(seconds=40))

    assert (urgent.visit.window_start, urgent.visit.window_end) == (at("23:59"), at("23:59") + timedelta(minutes=1))


def test_anybody_may_call_for_help_but_only_who_may_order_is_written_down():
    item()
    carer("C1")
    neighbour, elder = make.person("邻居"), make_elder()

    call(elder, ordered_by=neighbour)
    call(other := make_elder("E2"), ordered_by=other.person)

    assert list(Order.objects.order_by("pk").values_list("ordered_by", flat=True)) == [None, other.person_id]


def on_the_line(answered_by: User | None = None) -> CallRecord:
    return CallRecord.objects.create(call_id="1", direction="in", started_at=NOW, answered_by=answered_by)


@pytest.mark.parametrize("is_claimed", [True, False])
def test_the_telephone_call_keeps_the_order_that_came_of_it(is_claimed):
    item()
    carer("C1")
    operator = make_user("op", Role.OPERATOR)
    phone = on_the_line(operator if is_claimed else None)

    order = call(call=phone, actor=operator).visit.order_item.order

    assert phone.orders.get() == order
    assert list(phone.events.values_list("reason", "actor__username")) == [(f"order {order.pk}", "op")]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DISPATCHER])
def test_a_telephone_call_that_is_not_the_callers_own_is_left_alone(role):
    item()
    carer("C1")
    phone = on_the_line(make_user("other", Role.OPERATOR))

    urgent = call(call=phone, actor=make_user("op", role))

    assert (urgent.status, asked(urgent)) == ("waiting", {"C1": "sent"})
    assert (phone.orders.count(), phone.events.count()) == (0, 0)


def test_a_note_of_any_length_does_not_hold_up_the_call():
    item()
    carer("C1")

    call(note="救命" * 5000)

    assert len(Order.objects.get().note) == 500


def test_only_the_office_calls():
    item()
    somebody = make_user("carer", Role.CARER)

    with pytest.raises(NotAllowed):
        call(actor=somebody)

    assert not UrgentCall.objects.exists() and not Order.objects.exists()


# Two keys at once ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_many_who_press_at_once_get_one_call_and_one_order(round_):
    item()
    for number in range(4):
        carer(f"C{number}", number + 1.0)
    make.entitlement(elder := make_elder(), 60)

    outcomes = together([partial(call, elder)] * 8)

    urgent = UrgentCall.objects.get()
    assert outcomes == [urgent] * 8
    assert Order.objects.count() == 1
    assert asked(urgent) == {"C0": "sent", "C1": "sent", "C2": "sent"}
    assert UrgentCallEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_unique_rule_many_who_press_order_many_times(monkeypatch):
    rule = next(rule for rule in UrgentCall._meta.constraints if rule.name == "urgent_one_running_per_elder")
    item()
    carer("C1")
    elder = make_elder()
    monkeypatch.setattr(raise_call, "_still_running", lambda elder, now: None)  # all look before anybody has written
    with connection.schema_editor() as editor:
        editor.remove_constraint(UrgentCall, rule)
    try:
        together([partial(call, elder)] * 4)
        orders = Order.objects.count()
    finally:
        UrgentCall.objects.update(status="helped")
        with connection.schema_editor() as editor:
            editor.add_constraint(UrgentCall, rule)

    assert orders == 4
