"""The price before saving: line by line why, and exactly what saving would write."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.visits.selectors import preview_split
from orders.models import EntitlementUse, Order, Visit
from orders.requests import ItemRequest, Recurrence
from orders.services.preview import PreviewLine
from people.errors import Invalid
from tests.dispatch.factories import NOW, TODAY, make_elder, make_item
from tests.dispatch.visits.credits import elder_with, give, paid_visits, pay_order
from tests.orders import make
from tests.volunteers.timebank import ledger
from volunteers.timebank.selectors import credits_available

pytestmark = pytest.mark.django_db

LAST_OF_MONTH = TODAY.replace(day=30)


def look(elder, *requests: ItemRequest, **how) -> list[PreviewLine]:
    return preview_split(elder=elder, items=requests, now=NOW, **how)


def because(elder, *requests: ItemRequest, **how) -> list[list[str]]:
    return [line.first.because for line in look(elder, *requests, **how) if line.first]


def test_each_purse_says_what_it_pays_and_what_it_has_left():
    elder = elder_with(50)
    make.entitlement(elder, 20)
    item = make_item()

    [line] = look(elder, make.request(item, duration_minutes=90))

    assert (line.item, line.minutes, line.visits) == (item, 90, 1)
    assert line.first is not None
    assert line.first.day == TODAY
    split = line.first.split
    assert (split.gov_minutes, split.credit_minutes, split.self_pay_minutes) == (20, 50, 20)
    assert (split.gov_fen, split.credit_fen, split.self_pay_fen) == (2000, 5000, 2000)
    assert line.first.because == [
        "1 小时 30 分共￥90.00（单价：￥60.00／1 小时）。",
        "高龄：政府购买时长支付20 分；2026-09剩余：20 分 → 0 分。",
        "时间积分支付50 分；剩余：50 分 → 0 分。",
        "老人自费￥20.00。",
    ]


def test_the_second_item_sees_what_the_first_used_up():
    elder = elder_with(70)
    make.entitlement(elder, 90)
    item = make_item()

    first, second = because(elder, make.request(item), make.request(item, "13:00", "14:00"))

    assert first[1:] == ["高龄：政府购买时长支付1 小时；2026-09剩余：1 小时 30 分 → 30 分。", "老人无需付费。"]
    assert second[1:] == [
        "高龄：政府购买时长支付30 分；2026-09剩余：30 分 → 0 分。",
        "时间积分支付30 分；剩余：1 小时 10 分 → 40 分。",
        "老人无需付费。",
    ]


def test_the_second_item_sees_what_all_visits_of_a_recurrence_used_up():
    elder = elder_with(70)
    make.entitlement(elder, 150)
    daily = make.request(make_item(), recurrence=Recurrence("FREQ=DAILY;COUNT=2"))

    repeated, once = look(elder, daily, make.request(make_item(), "13:00", "14:00"))

    assert (repeated.visits, once.visits) == (2, 1)
    assert once.first is not None
    assert once.first.because[1] == "高龄：政府购买时长支付30 分；2026-09剩余：30 分 → 0 分。"


def test_two_entitlements_are_told_apart():
    elder = make_elder()
    make.entitlement(elder, 20, category="DISABLED", valid_to=LAST_OF_MONTH)
    make.entitlement(elder, 600)

    [lines] = because(elder, make.request(make_item()))

    assert lines[1:] == [
        "失能：政府购买时长支付20 分；2026-09剩余：20 分 → 0 分。",
        "高龄：政府购买时长支付40 分；2026-09剩余：10 小时 → 9 小时 20 分。",
        "老人无需付费。",
    ]


def test_not_set_is_not_nothing_left():
    unset, used_up = make_elder("E1"), make_elder("E2")
    make.entitlement(used_up, 60)
    make.order(used_up, make.request(make_item()))
    request = make.request(make_item(), "13:00", "14:00")

    assert because(unset, request)[0][1] == "该老人2026-09-14没有核定的政府购买时长。"
    assert because(used_up, request)[0][1] == "高龄：2026-09的政府购买时长已用完。"


@pytest.mark.parametrize(
    ("item", "how", "sentences"),
    [
        ({"subsidised": False}, {}, ["此项目不能用政府购买时长。", "时间积分支付1 小时；剩余：1 小时 30 分 → 30 分。"]),
        ({"credit_payable": False}, {}, ["该老人2026-09-14没有核定的政府购买时长。", "此项目不能用时间积分。"]),
        ({}, {"use_credits": False}, ["该老人2026-09-14没有核定的政府购买时长。", "本单不使用时间积分。"]),
    ],
)
def test_a_purse_that_does_not_pay_says_why(item, how, sentences):
    elder = elder_with(90)

    [lines] = because(elder, make.request(make_item(**item)), **how)

    assert lines[1:3] == sentences


def test_without_an_account_there_are_no_credits():
    [lines] = because(make_elder(), make.request(make_item()))

    assert lines[2:] == ["没有可用的时间积分。", "老人自费￥60.00。"]


def test_a_recurrence_that_begins_later_has_no_first_visit_yet():
    far = TODAY + timedelta(days=60)

    [line] = look(make_elder(), make.request(make_item(), day=far, recurrence=Recurrence("FREQ=WEEKLY")))

    assert (line.visits, line.first) == (0, None)


def test_a_request_that_would_be_refused_is_refused_with_the_same_words():
    elder = make_elder()
    requests = [make.request(make_item()), make.request(make_item(), "05:00", "06:00")]

    with pytest.raises(Invalid) as looked:
        look(elder, *requests)
    with pytest.raises(Invalid) as saved:
        pay_order(elder, *requests)

    assert looked.value.fields == saved.value.fields
    assert set(looked.value.fields) == {"items.1.window_start"}


def test_looking_writes_nothing():
    elder = elder_with(90)
    make.entitlement(elder, 600)
    daily = make.request(make_item(), recurrence=Recurrence("FREQ=DAILY;COUNT=5"))
    before = ledger.everything()

    look(elder, daily)

    assert not Order.objects.exists()
    assert not Visit.objects.exists()
    assert not EntitlementUse.objects.exists()
    assert ledger.everything() == before


wishes = st.lists(
    st.tuples(
        st.sampled_from(["CLEAN", "MEAL", "ERRAND", "BATH"]),
        st.sampled_from([TODAY, LAST_OF_MONTH, LAST_OF_MONTH + timedelta(days=1)]),
        st.sampled_from([None, 7, 60, 95]),
        st.sampled_from([None, "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY"]),
    ),
    min_size=1,
    max_size=4,
)


@given(
    hours=st.lists(st.sampled_from([1, 45, 130, 400]), max_size=3),
    saved=st.integers(0, 200),
    wanted=wishes,
    use_credits=st.booleans(),
)
@settings(max_examples=40)
def test_what_was_shown_is_what_is_saved(hours, saved, wanted, use_credits):
    with transaction.atomic():
        elder = make_elder()
        for category, minutes in zip(["ADVANCED_AGE", "DISABLED", "MIN_LIVING"], hours, strict=False):
            until = {"DISABLED": LAST_OF_MONTH, "MIN_LIVING": TODAY}.get(category)
            make.entitlement(elder, minutes, category=category, valid_to=until)
        if saved:
            give(elder, saved)
        items = {
            "CLEAN": make_item(price_fen=5999),
            "MEAL": make_item("MEAL", duration_minutes=25, price_fen=1000),
            "ERRAND": make_item("ERRAND", subsidised=False),
            "BATH": make_item("BATH", credit_payable=False),
        }
        requests = [
            make.request(
                items[code],
                f"{8 + position:02d}:00",
                f"{9 + position:02d}:00",
                day=day,
                duration_minutes=minutes,
                recurrence=Recurrence(rule) if rule else None,
            )
            for position, (code, day, minutes, rule) in enumerate(wanted)
        ]

        shown = look(elder, *requests, use_credits=use_credits)
        order = pay_order(elder, *requests, use_credits=use_credits)

        assert [split_of(line) for line in shown] == [
            (row.gov_minutes, row.credit_minutes, row.self_pay_fen) for row in order.items.all()
        ]
        assert [line.visits for line in shown] == [row.visits.count() for row in order.items.all()]
        used = sum(visit.credit_minutes for visit in paid_visits(order))
        assert credits_available(elder.person) == saved - used
        transaction.set_rollback(True)


def split_of(line: PreviewLine) -> tuple[int, int, int]:
    if line.first is None:
        return (0, 0, 0)
    return (line.first.split.gov_minutes, line.first.split.credit_minutes, line.first.split.self_pay_fen)
