"""Wishing for a carer by name: noted once for an order item, refused when it could never come true."""

from datetime import date, timedelta

import pytest

from dispatch.visits.models import CarerPreference, CarerWish
from dispatch.visits.services.wish import wish_carer
from orders.models import OrderItem, Visit
from people.errors import Invalid
from tests.dispatch.factories import NOW, TODAY, make_carer, make_elder, make_item, make_visit
from volunteers.models import Certificate

pytestmark = pytest.mark.django_db


def wishes() -> list[tuple[int, int]]:
    return list(CarerWish.objects.values_list("order_item", "carer"))


def test_a_wish_is_kept_with_who_entered_it_and_a_later_one_takes_its_place(cast) -> None:
    visit, first, second = make_visit(), make_carer("C1"), make_carer("C2")

    wish_carer(order_item=visit.order_item, carer=first, actor=cast.operator, now=NOW)
    wish = wish_carer(order_item=visit.order_item, carer=first, actor=None, now=NOW + timedelta(minutes=1))
    assert (wish.carer, wish.entered_by, wish.wished_at) == (first, cast.operator, NOW)

    wish_carer(order_item=visit.order_item, carer=second, actor=cast.operator, now=NOW)
    assert wishes() == [(visit.order_item_id, second.pk)]


def test_a_carer_whom_the_elder_refuses_cannot_be_wished_for() -> None:
    elder, carer = make_elder(), make_carer()
    CarerPreference.objects.create(elder=elder, carer=carer, kind="BARRED", since=TODAY)
    visit = make_visit(elder)

    with pytest.raises(Invalid) as refusal:
        wish_carer(order_item=visit.order_item, carer=carer, actor=None, now=NOW)

    assert (refusal.value.code, list(refusal.value.fields)) == ("carer_barred", ["wished_carer"])
    assert str(refusal.value.message) == "老人不接受该服务人员。"
    assert wishes() == []


def test_the_certificate_is_asked_of_one_of_two_carers_only() -> None:
    lift = make_item("LIFT", kind="PERSONAL", certificate="CARE", skill="CLEAN")
    able, helper = make_carer("C1"), make_carer("C2")
    Certificate.objects.create(carer=able, code="CARE", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31))
    alone, both = make_visit(item=lift, carers_needed=1), make_visit(item=lift, carers_needed=2)

    with pytest.raises(Invalid) as refusal:
        wish_carer(order_item=alone.order_item, carer=helper, actor=None, now=NOW)
    assert refusal.value.code == "no_certificate"
    wish_carer(order_item=both.order_item, carer=helper, actor=None, now=NOW)

    assert wishes() == [(both.order_item_id, helper.pk)]


def test_an_order_item_without_a_visit_yet_may_name_anybody() -> None:
    visit, carer = make_visit(), make_carer(skills=())
    Visit.objects.filter(pk=visit.pk).update(status="cancelled", end_reason="away")

    wish_carer(order_item=OrderItem.objects.get(), carer=carer, actor=None, now=NOW)

    assert wishes() == [(visit.order_item_id, carer.pk)]
