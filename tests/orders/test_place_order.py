import pytest

from orders.models import Order, Visit
from orders.services.visits import move_visit
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
    assert (visit.service_date, visit.town, visit.self_pay_fen) == (make.TODAY, elder.town, 6000)


def test_smoke_move():
    visit = make.visit(make.elder(), make.item())
    for to in ["planned", "reserved", "started", "finished", "verified"]:
        move_visit(visit=visit, to=to, actor=None, now=make.NOW)
    visit.refresh_from_db()
    assert visit.status == Visit.Status.VERIFIED
    assert visit.order_item.order.status in ("confirmed", "completed")
    assert Order.objects.get().status == "completed"
