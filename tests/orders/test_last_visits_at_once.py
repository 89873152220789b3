"""Two visits of one order end at the same moment: whoever comes second must see the first."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from orders.models import Order, Visit
from orders.services.visits import move_visit
from tests.orders import make


@pytest.mark.django_db(transaction=True)
def test_the_order_completes_whichever_comes_last():
    """Without the lock on the order, on PostgreSQL each sees the other still finished and the order never completes."""
    elder, clean = make.elder(), make.item()
    rounds = 5
    for _ in range(rounds):
        order = make.order(elder, make.request(clean), make.request(clean, "13:00", "14:00"))
        both = make.visits(order)
        for visit in both:
            for to in ("reserved", "started", "finished"):
                move_visit(visit=visit, to=to, actor=None, now=make.NOW)
        start = Barrier(2)

        def verify(pk: int, start: Barrier = start) -> None:
            try:
                visit = Visit.objects.select_related("item", "order_item").get(pk=pk)
                start.wait(timeout=10)
                move_visit(visit=visit, to="verified", actor=None, now=make.NOW)
            finally:
                connection.close()

        threads = [Thread(target=verify, args=[visit.pk]) for visit in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)

    assert list(Order.objects.values_list("status", flat=True)) == ["completed"] * rounds
