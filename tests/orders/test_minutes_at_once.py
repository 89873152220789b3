"""Two people touch one elder's government minutes at the same moment: one waits for the other, nobody fails."""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import connection

from orders.models import EntitlementUse, Order, Visit
from orders.services import entitlements
from orders.services.orders import amend_visit
from tests.orders import make


@pytest.mark.django_db(transaction=True)
def test_one_visit_is_moved_to_another_day_while_another_order_comes(monkeypatch):
    """Both lock the elder's entitlements first and the month's minutes then; the other way round they would wait for
    each other (PostgreSQL ends one of them)."""
    elder, clean = make.elder(), make.item()
    make.entitlement(elder, 600)
    visit = make.visit(elder, clean)
    give_back, reserve, meeting = entitlements.give_back, entitlements.reserve, Barrier(2)

    def meet():
        with suppress(BrokenBarrierError):  # the one who waits for a lock never comes
            meeting.wait(timeout=1)

    def give_back_and_meet(**words):
        returned = give_back(**words)
        meet()
        return returned

    def meet_and_reserve(**words):
        meet()
        reserve(**words)

    monkeypatch.setattr(entitlements, "give_back", give_back_and_meet)
    monkeypatch.setattr(entitlements, "reserve", meet_and_reserve)
    failed = []

    def run(work):
        try:
            work()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    def move():
        mine, day = Visit.objects.select_related("item", "order_item").get(pk=visit.pk), timedelta(days=1)
        start, end = mine.window_start + day, mine.window_end + day
        amend_visit(visit=mine, window_start=start, window_end=end, actor=None, now=make.NOW)

    threads = [
        Thread(target=run, args=[move]),
        Thread(target=run, args=[lambda: make.order(elder, make.request(clean, "13:00", "14:00"))]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert failed == []
    assert Order.objects.count() == 2
    kept = EntitlementUse.objects.exclude(status="returned")
    assert sorted(kept.values_list("minutes", flat=True)) == [60, 60]
