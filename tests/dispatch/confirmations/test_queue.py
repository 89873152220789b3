"""Who is told, in which words, when, and that one event makes one message."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from dispatch.confirmations.models import Confirmation, ConfirmationEvent
from dispatch.confirmations.services.queue import MESSAGE_HOURS, queue_confirmations
from dispatch.confirmations.services.tell import confirm_order
from orders.models import Contact, Order, Visit
from orders.wall_clock import first_waking_moment
from people.models import PolicySetting
from people.services import add_phone
from tests.dispatch.confirmations.conftest import draft_of, make_order, queued
from tests.dispatch.factories import NOW, TODAY, at, make_carer, make_elder, make_item, promise
from tests.orders import make

pytestmark = pytest.mark.django_db

TOMORROW = TODAY + timedelta(days=1)


def confirm(order: Order) -> Confirmation | None:
    return confirm_order(order=order, actor=None, now=NOW)


def confirmed(order: Order) -> Confirmation:
    row = confirm(order)
    assert row
    return row


def test_the_elder_is_told_that_the_order_is_noted() -> None:
    row = confirmed(order := make_order())

    stored = Confirmation.objects.get()
    assert stored == row
    assert (stored.order, stored.visit, stored.person) == (order, Visit.objects.get(), order.elder.person)
    assert (stored.kind, stored.channel, stored.number) == ("ORDER_PLACED", "SMS", "+8613800138000")
    assert stored.text == ("张桂兰您好：已登记9月14日（星期一）09:00到11:00CLEAN，定好人再告诉您。改时间请拨12349。")
    assert (stored.status, stored.attempts, stored.next_due_at) == ("queued", 0, NOW)
    assert stored.expires_at == at("11:00")
    assert [(event.old, event.new) for event in stored.events.all()] == [("", "queued")]


def test_a_landline_is_called() -> None:
    row = confirmed(make_order(phone="0517-82380123"))

    assert (row.channel, row.number) == ("VOICE", "+8651782380123")
    assert "上午9点到上午11点CLEAN" in row.text
    assert "请拨1 2 3 4 9。" in row.text


def test_the_number_to_call_first_is_taken() -> None:
    order = make_order()
    add_phone(person=order.elder.person, number="0517-82380123", is_primary=True, actor=None, now=NOW)

    assert confirmed(order).channel == "VOICE"


def test_who_ordered_is_told_and_the_elder_named() -> None:
    elder = make_elder()
    daughter = make.person("李芳")
    Contact.objects.create(elder=elder, person=daughter, relation="女儿", authority="MAY_ORDER")
    for person, number in ((elder.person, "13800138000"), (daughter, "13800138001")):
        add_phone(person=person, number=number, is_primary=True, actor=None, now=NOW)

    row = confirmed(make.order(elder, make.request(make_item()), ordered_by=daughter))

    assert (row.person, row.number) == (daughter, "+8613800138001")
    assert row.text.startswith("李芳您好，关于张桂兰：已登记")


def test_the_elder_is_told_when_who_ordered_has_no_phone() -> None:
    elder = make_elder()
    daughter = make.person("李芳")
    Contact.objects.create(elder=elder, person=daughter, relation="女儿", authority="MAY_ORDER")
    add_phone(person=elder.person, number="13800138000", is_primary=True, actor=None, now=NOW)

    row = confirmed(make.order(elder, make.request(make_item()), ordered_by=daughter))

    assert row.person == elder.person
    assert row.text.startswith("张桂兰您好：")


def test_without_a_phone_nobody_can_be_told() -> None:
    assert confirm(make_order(phone="")) is None
    assert Confirmation.objects.count() == 0


def test_an_order_whose_visits_are_over_is_not_brought_up() -> None:
    assert confirm_order(order=make_order(), actor=None, now=at("11:00")) is None
    assert Confirmation.objects.count() == 0


def test_several_services_are_one_message() -> None:
    order = make_order()
    both = make.order(order.elder, make.request(make_item()), make.request(make_item("MEAL"), "12:00", "13:00"))

    assert "已登记CLEAN、MEAL，第一次9月14日（星期一）09:00到11:00" in confirmed(both).text


def test_what_is_promised_already_is_told_by_who_comes_and_the_confirmation_is_about_the_rest() -> None:
    elder = make_order().elder
    meals = (make.request(make_item("MEAL"), "12:00", "13:00"), make.request(make_item("MEDICAL"), "15:00", "16:00"))
    order = make.order(elder, make.request(make_item()), *meals)
    promise(make.visits(order)[0], make_carer())

    assert "已登记MEAL、MEDICAL，第一次9月14日（星期一）12:00到13:00" in confirmed(order).text
    assert list(order.confirmations.order_by("pk").values_list("kind", "status")) == [
        ("RESERVED", "queued"),
        ("ORDER_PLACED", "queued"),
    ]


def test_asking_again_returns_the_same_message() -> None:
    first = confirmed(order := make_order())

    assert confirm(order) == first
    assert (Confirmation.objects.count(), ConfirmationEvent.objects.count()) == (1, 1)


def test_the_database_holds_one_message_for_one_event() -> None:
    row = queued()
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_county_s_own_hotline_is_told() -> None:
    PolicySetting.objects.create(key="hotline", value="0517-82380000", effective_from=TODAY, owner="民政局")

    assert confirmed(make_order()).text.endswith("请拨0517-82380000。")


@pytest.mark.parametrize(
    ("now", "until", "sent"),
    [
        (at("06:59"), at("11:00"), at("07:00")),  # asleep: waits for the morning
        (at("07:00"), at("11:00"), at("07:00")),
        (at("20:59"), at("11:00", TOMORROW), at("20:59")),
        (at("21:00"), at("11:00", TOMORROW), at("07:00", TOMORROW)),
        (at("21:00"), at("06:30", TOMORROW), at("21:00")),  # the morning would be too late
        (at("05:00"), at("07:00"), at("05:00")),
    ],
)
def test_nobody_is_woken_unless_it_would_be_too_late(now, until, sent) -> None:
    assert first_waking_moment(now, until=until, hours=MESSAGE_HOURS) == sent


def test_an_hour_that_no_clock_shows_means_never() -> None:
    PolicySetting.objects.create(key="message_until_hour", value=24, effective_from=TODAY, owner="民政局")

    assert first_waking_moment(at("23:30"), until=at("11:00", TOMORROW), hours=MESSAGE_HOURS) == at("23:30")


def test_a_message_about_one_order_leaves_what_waits_about_another() -> None:
    mine, other = make_order(), make_order("E2", "13800138002")
    waiting = queued(other, event="waiting")
    [visit] = make.visits(other)
    cancelled = replace(draft_of(mine, None, event="a"), kind=Confirmation.Kind.CANCELLED)
    drafts = [cancelled, draft_of(other, visit, event="b")]

    assert [row.key for row in queue_confirmations(drafts, actor=None, now=NOW)] == ["a", "b"]

    waiting.refresh_from_db()
    assert waiting.status == "queued"
