"""Wishes become whom the engine prefers: the carer an order names, then a dialect, then whom the elder likes."""

import pytest

from dispatch.planning.names import carer_id
from dispatch.planning.snapshot import snapshot
from dispatch.visits.models import CarerPreference
from dispatch.visits.services.wish import wish_carer
from orders.models import OrderItem, Visit, VisitLink
from orders.requests import Recurrence
from people.models import PolicySetting
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY
from tests.orders import make as orders
from tests.orders.make import item, town

pytestmark = pytest.mark.django_db


def asked_for(day=TODAY):
    """Preferred carers and what the usual ones are worth, of the only visit of the day."""
    [visit] = snapshot(town(), day, NOW).problem.visits
    return visit.preferred, visit.usual


def name(carer) -> None:
    wish_carer(order_item=OrderItem.objects.get(), carer=carer, actor=None, now=NOW)


def test_the_named_carer_is_preferred_to_whom_the_elder_likes() -> None:
    elder, liked, named = make.elder_at("E1"), make.carer("C1"), make.carer("C2")
    CarerPreference.objects.create(elder=elder, carer=liked, kind="PREFERRED", since=TODAY)
    make.visit(elder, item())
    assert asked_for() == ({carer_id(liked.pk)}, {})

    name(named)

    assert asked_for() == ({carer_id(named.pk)}, {carer_id(named.pk): 60})
    PolicySetting.objects.create(key="named_carer_minutes", value=15, effective_from=TODAY, owner="民政局")
    assert asked_for()[1] == {carer_id(named.pk): 15}


def test_every_visit_of_a_recurring_order_is_for_the_named_carer() -> None:
    named = make.carer("C1")
    orders.order(make.elder_at("E1"), orders.request(item(), recurrence=Recurrence("FREQ=DAILY;COUNT=3")))
    name(named)

    days = Visit.objects.values_list("service_date", flat=True)
    assert len(days) == 3
    assert [asked_for(day)[0] for day in days] == [{carer_id(named.pk)}] * 3


@pytest.mark.parametrize(
    ("dialect", "preferred"),
    [
        ("", {"C1", "C2"}),  # no wish: whom the elder likes
        ("涟水话", {"C2"}),  # of those, who speaks it
        ("淮安话", {"C3"}),  # else anybody who speaks it
        ("南京话", {"C1", "C2"}),  # nobody does
    ],
)
def test_a_dialect_is_looked_for_among_the_liked_first(dialect, preferred) -> None:
    elder = make.elder_at("E1")
    spoken = {"C1": "", "C2": "普通话、涟水话", "C3": "淮安话 涟水话"}
    carers = {number: make.carer(number, dialects=dialects) for number, dialects in spoken.items()}
    for number in ("C1", "C2"):
        CarerPreference.objects.create(elder=elder, carer=carers[number], kind="PREFERRED", since=TODAY)
    orders.order(elder, orders.request(item(), dialect_wish=dialect))

    assert asked_for() == ({carer_id(carers[number].pk) for number in preferred}, {})


def test_a_linked_pair_shares_the_named_carer() -> None:
    elder, named = make.elder_at("E1"), make.carer("C1", skills=("CLEAN", "MEAL"))
    second = make.visit(elder, item("MEAL"))
    name(named)
    first = make.visit(elder, item("CLEAN"))
    VisitLink.objects.create(first=first, second=second, kind=VisitLink.Kind.INDEPENDENT)

    assert asked_for()[0] == {carer_id(named.pk)}
