"""Several people want one elder's saved minutes at the same moment: each minute is promised once, and nobody fails."""

from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError

import pytest

from dispatch.visits.services import paid_orders
from dispatch.visits.services.credit_hold import sync_credit_holds
from dispatch.visits.services.verify import verify_visit
from orders.models import Entitlement, Order, Visit
from orders.services import entitlements, orders
from people.errors import Conflict
from tests.dispatch.factories import NOW, at, make_carer, make_item, promise, serve
from tests.dispatch.threads import together
from tests.dispatch.visits.credits import account, elder_with, paid_visits, pay_order, redeemed
from tests.orders import make
from volunteers.models import Carer
from volunteers.timebank.selectors import credits_available
from volunteers.timebank.verify import verify_ledger

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 6


def credits_of_visits() -> list[int]:
    return sorted(Visit.objects.values_list("credit_minutes", flat=True), reverse=True)


def test_orders_at_once_never_promise_the_same_minutes():
    elder, clean = elder_with(150), make_item()

    outcomes = together([partial(pay_order, elder, make.request(clean)) for _ in range(RIVALS)])

    assert [type(outcome) for outcome in outcomes] == [Order] * RIVALS, outcomes
    assert credits_of_visits() == [60, 60, 30, 0, 0, 0]
    assert account(elder) == (150, 150)
    assert verify_ledger() == []


def test_control_who_only_looks_promises_them_to_everybody():
    elder, clean = elder_with(150), make_item()
    everybody_has_looked = Barrier(RIVALS)

    def look_then_order() -> Order:
        seen = credits_available(elder.person)
        everybody_has_looked.wait(timeout=30)
        return make.order(elder, make.request(clean), credit_minutes_available=seen)

    outcomes = together([look_then_order] * RIVALS)

    assert [type(outcome) for outcome in outcomes] == [Order] * RIVALS
    assert credits_of_visits() == [60] * RIVALS  # 360 of 150 minutes
    with pytest.raises(Conflict):
        sync_credit_holds(visits=Visit.objects.all(), actor=None, now=NOW)


def test_an_order_and_a_verification_do_not_wait_for_each_other(monkeypatch):
    """One takes the account and goes on to the month's government minutes, the other comes from there and wants the
    account: both lock the elder's entitlements first (without that, PostgreSQL ends one of them)."""
    elder, clean = elder_with(150), make_item()
    make.entitlement(elder, 75)
    [visit] = paid_visits(pay_order(elder, make.request(clean)))
    [second] = paid_visits(pay_order(elder, make.request(clean)))
    assert (second.gov_minutes, second.credit_minutes) == (15, 45)
    [assignment] = promise(second, make_carer(kind=Carer.Kind.WORKER))
    serve(assignment, "09:00", "09:20")
    assignment.flags.update(status="cleared")  # the last doubt is gone, nobody has settled the visit yet
    Entitlement.objects.update(minutes_per_month=105)
    consume, place_order, meeting = entitlements.consume, orders.place_order, Barrier(2)

    def meet() -> None:
        with suppress(BrokenBarrierError):  # the one who waits for a lock never comes
            meeting.wait(timeout=1)

    def consume_and_meet(**words):
        used = consume(**words)
        meet()
        return used

    def meet_and_place(**words):
        meet()
        return place_order(**words)

    monkeypatch.setattr(entitlements, "consume", consume_and_meet)
    monkeypatch.setattr(paid_orders, "place_order", meet_and_place)

    outcomes = together(
        [
            partial(verify_visit, visit=second, actor=None, now=at("12:00")),
            partial(pay_order, elder, make.request(clean, "14:00", "16:00")),
        ]
    )

    assert [type(outcome) for outcome in outcomes] == [Visit, Order], outcomes
    [third] = paid_visits(outcomes[1])
    assert (third.gov_minutes, third.credit_minutes) == (30, 30)
    assert [redeemed(each) for each in (visit, second, third)] == [[], [(45, "posted")], [(30, "pending")]]
    assert account(elder) == (105, 30)
    assert verify_ledger() == []
