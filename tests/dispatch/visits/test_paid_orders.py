"""Orders that the elder's own time credits pay: promised once, held at once, also for visits made later."""

from datetime import date, timedelta

import pytest

from dispatch.visits import tasks
from dispatch.visits.services import credit_hold, paid_orders
from dispatch.visits.services.paid_orders import materialise_paid_series
from orders.models import Order, Visit
from orders.requests import Recurrence
from people.errors import Conflict, Invalid
from people.models import PolicySetting
from tests.dispatch.factories import NOW, TODAY, at, make_elder, make_item
from tests.dispatch.visits.credits import account, elder_with, give, paid_visits, pay_order, redeemed
from tests.orders import make
from tests.volunteers.timebank import ledger
from volunteers.timebank.models import Account, Transfer
from volunteers.timebank.selectors import credits_available
from volunteers.timebank.verify import verify_ledger

pytestmark = pytest.mark.django_db


def split_of(visits: list[Visit]) -> list[tuple[int, int, int]]:
    return [(visit.gov_minutes, visit.credit_minutes, visit.self_pay_fen) for visit in visits]


def test_credits_pay_what_government_hours_leave_over_and_are_held():
    elder = elder_with(90)
    make.entitlement(elder, 20)
    clean = make_item()

    order = pay_order(elder, make.request(clean), make.request(clean, "13:00", "14:00"))

    assert split_of(paid_visits(order)) == [(20, 40, 0), (0, 50, 1000)]
    assert order.uses_credits
    assert account(elder) == (90, 90)
    assert credits_available(elder.person) == 0
    first = Transfer.objects.get(cause=f"visit:{paid_visits(order)[0].pk}")
    assert (first.kind, first.status, first.minutes, first.day) == ("REDEEM", "pending", 40, TODAY)
    assert first.key == f"{first.cause}:credits:1"
    assert (first.source.person, first.target.is_issuer) == (elder.person, True)
    assert verify_ledger() == []


def test_the_next_order_gets_what_the_first_left():
    elder, clean = elder_with(100), make_item()

    pay_order(elder, make.request(clean))
    second = pay_order(elder, make.request(clean, "13:00", "14:00"))

    assert split_of(paid_visits(second)) == [(0, 40, 2000)]
    assert account(elder) == (100, 100)


def test_an_elder_without_an_account_pays_and_gets_no_account():
    elder = make_elder()

    order = pay_order(elder, make.request(make_item()))

    assert split_of(paid_visits(order)) == [(0, 0, 6000)]
    assert order.uses_credits
    assert credits_available(elder.person) == 0
    assert not Account.objects.exists()


def test_credits_that_shall_not_be_used_stay():
    elder = elder_with(90)

    order = pay_order(elder, make.request(make_item()), use_credits=False)

    assert split_of(paid_visits(order)) == [(0, 0, 6000)]
    assert not order.uses_credits
    assert account(elder) == (90, 0)


def test_a_service_that_credits_do_not_pay_holds_nothing():
    elder = elder_with(90)

    order = pay_order(elder, make.request(make_item(credit_payable=False)))

    assert split_of(paid_visits(order)) == [(0, 0, 6000)]
    assert account(elder) == (90, 0)


def test_a_refused_order_holds_nothing():
    elder = elder_with(90)
    before = ledger.everything()

    with pytest.raises(Invalid) as refusal:
        pay_order(elder, make.request(make_item()), make.request(make_item(), "05:00", "06:00"))

    assert set(refusal.value.fields) == {"items.1.window_start"}
    assert ledger.everything() == before
    assert not Order.objects.exists()


def test_minutes_that_cannot_be_held_undo_the_whole_order(monkeypatch):
    elder = elder_with(90)
    before = ledger.everything()
    monkeypatch.setattr(credit_hold, "claim_free_minutes", lambda *, person: 1000)

    with pytest.raises(Conflict) as refusal:
        pay_order(elder, make.request(make_item(duration_minutes=120)))

    assert refusal.value.code == "insufficient_balance"
    assert ledger.everything() == before
    assert not Order.objects.exists()


# Visits of a recurrence that are made later -------------------------------------------------------------------------


def days_ahead(days: int) -> None:
    PolicySetting.objects.create(key="materialise_days", value=days, effective_from=date(2026, 1, 1), owner="test")


def daily(elder, **fields):
    days_ahead(1)
    return pay_order(elder, make.request(make_item(), recurrence=Recurrence("FREQ=DAILY;COUNT=4")), **fields)


def make_until(day: date, now=NOW):
    return materialise_paid_series(until=day, now=now)


def test_later_visits_use_what_is_free_when_they_are_made():
    order = daily(elder := elder_with(130))
    assert [visit.credit_minutes for visit in paid_visits(order)] == [60, 60]
    give(elder, 80)

    made = make_until(TODAY + timedelta(days=3))

    assert made.warnings == []
    assert [visit.credit_minutes for visit in paid_visits(order)] == [60, 60, 60, 30]
    assert [redeemed(visit) for visit in made.visits] == [[(60, "pending")], [(30, "pending")]]
    assert account(elder) == (210, 210)


def test_later_visits_of_an_order_without_credits_get_none():
    order = daily(elder := elder_with(600), use_credits=False)

    make_until(TODAY + timedelta(days=3))

    assert [visit.credit_minutes for visit in paid_visits(order)] == [0, 0, 0, 0]
    assert account(elder) == (600, 0)


def test_a_series_whose_credits_cannot_be_held_makes_nothing_and_holds_up_no_other(monkeypatch):
    poor = daily(elder_with(130))
    rich = elder_with(600, "E2")
    other = pay_order(rich, make.request(make_item(), recurrence=Recurrence("FREQ=DAILY;COUNT=3")))
    claim = credit_hold.claim_credits
    monkeypatch.setattr(paid_orders, "claim_credits", lambda *, elder: claim(elder=elder) if elder == rich else 1000)

    made = make_until(TODAY + timedelta(days=3))

    assert [visit.elder for visit in made.visits] == [rich]
    assert len(made.warnings) == 1
    assert [len(paid_visits(order)) for order in (poor, other)] == [2, 3]
    assert account(rich) == (600, 180)
    assert verify_ledger() == []


def test_the_task_makes_them_and_may_run_twice(monkeypatch):
    order = daily(elder := elder_with(600))
    monkeypatch.setattr("people.clock.now", lambda: at("02:00", TODAY + timedelta(days=1)))

    assert tasks.materialise_series() == 1
    assert tasks.materialise_series() == 0
    assert [visit.service_date.day for visit in paid_visits(order)] == [14, 15, 16]
    assert account(elder) == (600, 180)
