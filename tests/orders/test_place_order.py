"""Placing an order: what it makes, and everything it refuses."""

from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any, cast

import pytest
from django.db import connection

from orders.models import (
    Contact,
    EntitlementUse,
    EntitlementUseEvent,
    Order,
    OrderEvent,
    OrderItem,
    ServiceItem,
    Visit,
    VisitEvent,
)
from orders.requests import Recurrence
from orders.services import entitlements
from people.errors import Invalid, LostRace
from people.models import PolicySetting
from tests.orders import make

pytestmark = pytest.mark.django_db


def test_an_order_is_confirmed_with_its_visit_open():
    elder, clean = make.elder(), make.item()

    order = make.order(elder, make.request(clean))

    [visit] = make.visits(order)
    assert order.status == Order.Status.CONFIRMED
    assert order.number == f"20260914-{order.pk:06d}"
    assert [(e.old, e.new) for e in order.events.all()] == [("", "received"), ("received", "confirmed")]
    assert [(e.old, e.new) for e in visit.events.all()] == [("", "open")]
    assert (visit.service_date, visit.town, visit.place) == (make.TODAY, elder.town, elder.person.home)
    assert (visit.duration_minutes, visit.carers_needed, visit.self_pay_fen) == (60, 1, 6000)
    assert visit.priority == Visit.Priority.ORDINARY


def test_requested_and_entered_are_kept_apart():
    order = make.order(make.elder(), make.request(make.item()), requested_at=make.at("18:20", date(2026, 9, 11)))

    assert (order.requested_at, order.created_at) == (make.at("18:20", date(2026, 9, 11)), make.NOW)


def test_the_number_carries_the_countys_day_not_utcs():
    early = make.at("00:30")  # 16:30 UTC of the day before

    order = make.order(make.elder(), make.request(make.item()), requested_at=early, now=early)

    assert order.number.startswith("20260914-")


def test_several_items_in_one_order_with_a_double_up():
    elder = make.elder()
    bath = make.item("BATH", duration_minutes=45)

    order = make.order(
        elder,
        make.request(make.item(), "09:00", "11:00"),
        make.request(bath, "14:00", "15:00", carers_needed=2, duration_minutes=90),
    )

    assert [(item.position, item.item.code) for item in order.items.all()] == [(1, "CLEAN"), (2, "BATH")]
    cleaning, bathing = make.visits(order)
    assert (cleaning.carers_needed, cleaning.duration_minutes) == (1, 60)
    assert (bathing.carers_needed, bathing.duration_minutes) == (2, 90)
    assert bathing.self_pay_fen == 12000  # 6000 fen buy 45 minutes, so 90 cost twice as much


class TestTimeCritical:
    def test_the_window_shrinks_around_its_middle_and_the_visit_goes_first(self):
        visit = make.visit(make.elder(), make.item(), start="09:00", end="11:00", time_critical_reason="INSULIN")

        assert (visit.window_start, visit.window_end) == (make.at("09:45"), make.at("10:15"))
        assert visit.priority == Visit.Priority.TIME_CRITICAL
        assert visit.order_item.time_critical_reason == "INSULIN"

    def test_a_window_that_is_already_narrow_stays(self):
        visit = make.visit(make.elder(), make.item(), start="09:00", end="09:10", time_critical_reason="MEAL")

        assert (visit.window_start, visit.window_end) == (make.at("09:00"), make.at("09:10"))

    def test_the_tolerance_is_the_countys_choice(self):
        PolicySetting.objects.create(
            key="window_tolerance_minutes", value=5, effective_from=date(2026, 9, 1), owner="test"
        )

        visit = make.visit(make.elder(), make.item(), start="09:00", end="11:00", time_critical_reason="WOUND")

        assert (visit.window_start, visit.window_end) == (make.at("09:55"), make.at("10:05"))

    def test_urgent_help_stays_urgent(self):
        visit = make.visit(make.elder(), make.item("URGENT"), time_critical_reason="TRANSPORT")

        assert visit.priority == Visit.Priority.URGENT


@pytest.mark.parametrize(
    ("code", "minutes", "wanted", "priority"),
    [
        ("URGENT", 0, None, Visit.Priority.URGENT),
        ("WELFARE", 0, None, Visit.Priority.OBLIGATION),
        ("CLEAN", 600, None, Visit.Priority.SUBSIDISED),
        ("CLEAN", 0, None, Visit.Priority.ORDINARY),
        ("COMFORT", 600, None, Visit.Priority.COMPANIONSHIP),
        ("CLEAN", 0, Visit.Priority.URGENT, Visit.Priority.URGENT),  # the operator's word
    ],
)
def test_priority_follows_from_the_service_and_who_pays(code, minutes, wanted, priority):
    elder = make.elder()
    if minutes:
        make.entitlement(elder, minutes)

    assert make.visit(elder, make.item(code), priority=wanted).priority == priority


@pytest.mark.parametrize(
    ("rule", "elders_wish", "wish", "needed"),
    [
        ("ANY", "M", "", ""),  # a general wish binds only services that ask for it
        ("ANY", "", "M", "M"),  # said for this order
        ("SAME", "", "", "F"),
        ("WISH", "M", "", "M"),
        ("WISH", "M", "F", "F"),
    ],
)
def test_the_gender_a_carer_needs(rule, elders_wish, wish, needed):
    elder = make.elder(gender_wish=elders_wish)

    assert make.visit(elder, make.item(gender_rule=rule), gender_wish=wish).gender_rule == needed


@pytest.mark.parametrize(
    ("elders", "wish", "kept"), [("涟水话", "", "涟水话"), ("涟水话", " 普通话 ", "普通话"), ("", "", "")]
)
def test_a_dialect_is_wished_for_this_order_or_always(elders, wish, kept):
    elder = make.elder(dialect=elders)

    assert make.visit(elder, make.item(), dialect_wish=wish).order_item.dialect_wish == kept


def test_seconds_are_dropped():
    request = make.request(make.item())
    late = timedelta(seconds=59, microseconds=7)
    order = make.order(
        make.elder(),
        type(request)(
            item=request.item, window_start=request.window_start + late, window_end=request.window_end + late
        ),
    )

    [visit] = make.visits(order)
    assert (visit.window_start, visit.window_end) == (make.at("09:00"), make.at("11:00"))


def test_a_window_may_begin_in_this_very_minute_and_end_at_midnight():
    now = make.at("20:00") + timedelta(seconds=40)
    clean = make.item()
    request = make.request(clean, "20:00", "20:00")
    until_midnight = type(request)(
        item=clean, window_start=make.at("20:00"), window_end=make.at("00:00", date(2026, 9, 15))
    )

    order = make.order(make.elder(), until_midnight, now=now)

    assert make.visits(order)[0].service_date == make.TODAY


class TestWhoMayOrder:
    def test_the_elder_and_a_contact_with_authority(self):
        elder, clean = make.elder(), make.item()
        daughter = make.person("李芳")
        Contact.objects.create(elder=elder, person=daughter, relation="女儿", authority="MAY_ORDER")

        assert make.order(elder, make.request(clean), ordered_by=daughter).ordered_by == daughter
        assert make.order(elder, make.request(clean), ordered_by=elder.person).ordered_by == elder.person

    @pytest.mark.parametrize("authority", ["MAY_ASK", None])
    def test_nobody_else(self, authority):
        elder, clean, neighbour = make.elder(), make.item(), make.person("赵六")
        if authority:
            Contact.objects.create(elder=elder, person=neighbour, relation="邻居", authority=authority)

        with pytest.raises(Invalid) as refusal:
            make.order(elder, make.request(clean), ordered_by=neighbour)

        assert list(refusal.value.fields) == ["ordered_by"]
        assert_nothing_written()


def assert_nothing_written():
    tables = (Order, OrderEvent, OrderItem, Visit, VisitEvent, EntitlementUse, EntitlementUseEvent)
    assert [table.objects.count() for table in tables] == [0] * len(tables)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"start": "11:00", "end": "09:00"}, "window_end"),  # turned round
        ({"start": "09:00", "end": "09:00"}, "window_end"),  # empty
        ({"start": "06:59", "end": "09:00"}, "window_start"),  # began before now
        ({"day": date(2026, 9, 13)}, "window_start"),  # yesterday
        ({"start": "09:00", "end": "09:59", "window_rule": "END"}, "window_end"),  # 60 minutes do not end in it
        ({"window_rule": "MIDDLE"}, "window_rule"),  # no such rule
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"duration_minutes": 721}, "duration_minutes"),
        ({"carers_needed": 0}, "carers_needed"),
        ({"carers_needed": 3}, "carers_needed"),
        ({"lateness_minutes": -1}, "lateness_minutes"),
        ({"lateness_minutes": 1441}, "lateness_minutes"),
        ({"time_critical_reason": "MEAL", "time_critical_note": "x" * 101}, "time_critical_note"),
        ({"priority": 9}, "priority"),
        ({"gender_wish": "X"}, "gender_wish"),
        ({"dialect_wish": "x" * 33}, "dialect_wish"),
        ({"time_critical_reason": "BORED"}, "time_critical_reason"),
        ({"time_critical_reason": "OTHER"}, "time_critical_note"),  # other, but what?
        ({"time_critical_note": "soon please"}, "time_critical_reason"),  # a note is no reason
        ({"recurrence": Recurrence("every day")}, "rrule"),
        ({"recurrence": Recurrence("FREQ=HOURLY")}, "rrule"),  # several a day
        ({"recurrence": Recurrence("FREQ=DAILY;UNTIL=20200101")}, "rrule"),  # no day at all
        ({"recurrence": Recurrence("FREQ=DAILY", ends_on=date(2026, 9, 13))}, "ends_on"),
        ({"recurrence": Recurrence("FREQ=DAILY", on_holiday=cast(Any, "REST"))}, "on_holiday"),
    ],
)
def test_a_bad_item_is_refused_by_field_and_nothing_is_written(terms, field):
    elder = make.elder(active_to=date(2026, 10, 31))
    make.entitlement(elder)
    good, bad = make.item("MEAL"), make.item(effective_to=date(2026, 10, 31))

    with pytest.raises(Invalid) as refusal:
        make.order(elder, make.request(good), make.request(bad, **terms))

    assert list(refusal.value.fields) == [f"items.1.{field}"]
    assert_nothing_written()


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ({"requested_at": make.NOW + timedelta(seconds=1)}, "requested_at"),  # asked for in the future
        ({"channel": "PIGEON"}, "channel"),
        ({"note": "x" * 501}, "note"),
        ({"programme": "x" * 33}, "programme"),
    ],
)
def test_a_bad_head_is_refused_and_nothing_is_written(head, field):
    with pytest.raises(Invalid) as refusal:
        make.order(make.elder(), make.request(make.item()), **head)

    assert list(refusal.value.fields) == [field]
    assert_nothing_written()


def test_a_day_after_the_version_ended_or_the_elder_left_is_refused():
    gone, there = make.elder(active_to=date(2026, 10, 31)), make.elder("E2")
    clean, old = make.item("MEAL"), make.item(effective_to=date(2026, 10, 31))
    november = date(2026, 11, 1)

    with pytest.raises(Invalid) as refusal:
        make.order(gone, make.request(clean, day=november))
    assert list(refusal.value.fields) == ["items.0.elder"]
    with pytest.raises(Invalid) as refusal:
        make.order(there, make.request(old, day=november))
    assert list(refusal.value.fields) == ["items.0.item"]
    assert_nothing_written()


def test_an_order_without_items_is_refused():
    with pytest.raises(Invalid) as refusal:
        make.order(make.elder())

    assert list(refusal.value.fields) == ["items"]
    assert_nothing_written()


def test_a_window_across_midnight_is_refused():
    clean = make.item()
    request = make.request(clean)
    across = type(request)(item=clean, window_start=make.at("22:00"), window_end=make.at("01:00", date(2026, 9, 15)))

    with pytest.raises(Invalid) as refusal:
        make.order(make.elder(), across)

    assert list(refusal.value.fields) == ["items.0.window_end"]
    assert_nothing_written()


def test_an_elder_without_a_home_or_with_another_gender_than_the_rule_is_refused():
    homeless = make.elder(person=make.person())

    with pytest.raises(Invalid) as refusal:
        make.order(homeless, make.request(make.item()))
    assert list(refusal.value.fields) == ["items.0.elder"]

    with pytest.raises(Invalid) as refusal:
        make.order(make.elder("E2"), make.request(make.item("BATH", gender_rule="SAME"), gender_wish="M"))
    assert list(refusal.value.fields) == ["items.0.gender_wish"]
    assert_nothing_written()


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(Invalid) as refusal:
        make.order(
            make.elder(),
            make.request(make.item(), carers_needed=3, duration_minutes=0),
            make.request(make.item("MEAL"), "06:00", "05:00"),
        )

    assert sorted(refusal.value.fields) == [
        "items.0.carers_needed",
        "items.0.duration_minutes",
        "items.1.window_end",
        "items.1.window_start",
    ]


def test_an_order_that_loses_the_minutes_to_a_rival_leaves_nothing(monkeypatch):
    elder, clean = make.elder(), make.item()
    make.entitlement(elder, 60)
    rival = make.visit(make.elder("E2"), clean)
    before = (Order.objects.count(), Visit.objects.count())
    counted = entitlements.Hours.shares

    def counted_then_taken(hours, **arguments):
        found = counted(hours, **arguments)
        for share in found:
            EntitlementUse.objects.create(
                entitlement=share.entitlement,
                visit=rival,
                month=date(2026, 9, 1),
                minutes=share.minutes,
            )
        return found

    monkeypatch.setattr(entitlements.Hours, "shares", counted_then_taken)

    with pytest.raises(LostRace):
        make.order(elder, make.request(clean))

    assert (Order.objects.count(), Visit.objects.count()) == before


def test_time_credits_are_used_up_in_the_order_of_the_items():
    clean = make.item()
    order = make.order(
        make.elder(), make.request(clean), make.request(clean, "13:00", "14:00"), credit_minutes_available=90
    )

    assert [visit.credit_minutes for visit in make.visits(order)] == [60, 30]
    assert [item.credit_minutes for item in order.items.all()] == [60, 30]


@pytest.mark.django_db(transaction=True)
def test_numbers_are_unique_and_minutes_are_shared_out_when_orders_come_together():
    """90 minutes for four orders of 60 at once: together they get exactly 90, and no order is lost."""
    elder, clean = make.elder(), make.item()
    make.entitlement(elder, 90)
    start = Barrier(4)

    def caller(hour):
        try:
            start.wait(timeout=10)
            make.order(elder, make.request(clean, f"{hour}:00", f"{hour}:30"))
        finally:
            connection.close()

    threads = [Thread(target=caller, args=[hour]) for hour in range(10, 14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(set(Order.objects.values_list("number", flat=True))) == 4
    assert sorted(Visit.objects.values_list("gov_minutes", flat=True)) == [0, 0, 30, 60]
    assert sum(EntitlementUse.objects.values_list("minutes", flat=True)) == 90


def test_an_older_version_of_a_service_is_refused_after_its_last_day():
    elder = make.elder()
    old = make.item(effective_to=date(2026, 9, 14))
    ServiceItem.objects.create(
        code="CLEAN",
        kind="CLEAN",
        name="new",
        duration_minutes=60,
        skill="CLEAN",
        price_fen=7000,
        effective_from=date(2026, 9, 15),
    )

    assert make.visit(elder, old).self_pay_fen == 6000
    with pytest.raises(Invalid):
        make.order(elder, make.request(old, day=date(2026, 9, 15)))
