"""Many visits promised at once: as if each had moved alone, in a fixed number of queries."""

from datetime import timedelta

import pytest

from orders.models import Order, Visit, VisitEvent
from orders.services.visits import move_visit, promise_visits
from people.errors import LostRace, WrongState
from tests.orders import make

pytestmark = pytest.mark.django_db


def waiting(count: int) -> list[Visit]:
    clean = make.item()
    return [make.visit(make.elder(f"E{number}"), clean) for number in range(count)]


def statuses() -> list[str]:
    return list(Visit.objects.order_by("pk").values_list("status", flat=True))


@pytest.mark.parametrize("count", [1, 12])
def test_all_are_promised_in_six_queries(count, django_assert_num_queries):
    visits = list(Visit.objects.filter(pk__in=[each.pk for each in waiting(count)]).select_related("order_item"))
    starts = {visit.pk: make.at("09:00") + timedelta(minutes=visit.pk) for visit in visits}

    with django_assert_num_queries(6):
        promise_visits(visits=visits, to="planned", actor=None, now=make.NOW, starts=starts)

    assert statuses() == ["planned"] * count
    assert dict(Visit.objects.values_list("pk", "planned_start")) == starts
    assert list(VisitEvent.objects.filter(new="planned").values_list("old", flat=True)) == ["open"] * count
    assert set(Order.objects.values_list("status", flat=True)) == {"confirmed"}


def test_who_is_there_already_stays_and_gets_no_second_event():
    visits = waiting(2)
    promise_visits(visits=visits[:1], to="planned", actor=None, now=make.NOW)

    promise_visits(visits=visits, to="planned", actor=None, now=make.NOW)

    assert VisitEvent.objects.filter(new="planned").count() == 2


def test_one_order_on_hold_stops_all():
    visits = waiting(2)
    Order.objects.filter(items__visits=visits[1]).update(status=Order.Status.ON_HOLD)

    with pytest.raises(WrongState) as refusal:
        promise_visits(visits=visits, to="reserved", actor=None, now=make.NOW)

    assert refusal.value.code == "order_not_confirmed"
    assert statuses() == ["open", "open"]


def test_one_visit_that_a_rival_moved_stops_all():
    visits = waiting(2)
    rival = Visit.objects.get(pk=visits[1].pk)
    move_visit(visit=rival, to="cancelled", actor=None, now=make.NOW, reason="来不了")

    with pytest.raises((LostRace, WrongState)):
        promise_visits(visits=visits, to="planned", actor=None, now=make.NOW, starts={v.pk: make.NOW for v in visits})

    assert statuses() == ["open", "cancelled"]
    assert set(Visit.objects.values_list("planned_start", flat=True)) == {None}
