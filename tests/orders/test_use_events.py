"""Government minutes move as every status does: one event row for each change, none for a repeat, all or nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from orders.models import EntitlementUse, EntitlementUseEvent, Visit
from orders.services import entitlements
from orders.services.visits import move_visit
from people.errors import LostRace
from people.transitions import move
from tests.cast import make_user
from tests.orders import make

pytestmark = pytest.mark.django_db

LATER = make.NOW + timedelta(hours=5)


def steps(visit: Visit) -> list[tuple[Any, ...]]:
    events = EntitlementUseEvent.objects.filter(subject__visit=visit).order_by("pk")
    return list(events.values_list("old", "new", "actor__username", "at"))


@pytest.fixture
def visit() -> Visit:
    """60 minutes reserved of two entitlements: 45 of the one, 15 of the other."""
    elder = make.elder()
    make.entitlement(elder, 45, valid_to=date(2026, 12, 31))
    make.entitlement(elder, 45, category="DISABLED")
    order = make.order(elder, make.request(make.item()), actor=make_user("operator"))
    return make.visits(order)[0]


def test_each_reserved_use_is_born_with_one_event(visit):
    assert list(visit.entitlement_uses.order_by("pk").values_list("minutes", "status")) == [
        (45, "reserved"),
        (15, "reserved"),
    ]
    assert steps(visit) == [("", "reserved", "operator", make.NOW)] * 2
    assert EntitlementUseEvent.objects.values("subject").distinct().count() == 2


@pytest.mark.parametrize(
    ("settle", "status"), [(entitlements.consume, "consumed"), (entitlements.give_back, "returned")]
)
def test_settling_writes_one_event_for_each_use_and_a_repeat_none(visit, settle, status):
    clerk = make_user("clerk")

    assert settle(visit=visit, actor=clerk, now=LATER) == 60
    assert settle(visit=visit, actor=clerk, now=LATER + timedelta(hours=1)) == 0

    assert set(visit.entitlement_uses.values_list("status", flat=True)) == {status}
    assert steps(visit)[2:] == [("reserved", status, "clerk", LATER)] * 2


@pytest.mark.parametrize(
    ("first", "second"),
    [(entitlements.consume, entitlements.give_back), (entitlements.give_back, entitlements.consume)],
)
def test_what_is_settled_stays_settled(visit, first, second):
    first(visit=visit, actor=None, now=LATER)
    before = (list(EntitlementUse.objects.values()), steps(visit))

    assert second(visit=visit, actor=None, now=LATER) == 0

    assert (list(EntitlementUse.objects.values()), steps(visit)) == before


def test_a_rival_who_returns_one_of_the_uses_first_wins_and_the_visit_stays_as_it_was(visit, monkeypatch):
    """The rival comes between reading the reserved uses and moving the second of them."""
    last = visit.entitlement_uses.latest("pk")

    def rival_then_move(use, to, **words):
        if use == last:
            EntitlementUse.objects.filter(pk=last.pk).update(status="returned")
        move(use, to, **words)

    before = steps(visit)
    monkeypatch.setattr(entitlements, "move", rival_then_move)

    with pytest.raises(LostRace), transaction.atomic():
        move_visit(visit=visit, to=Visit.Status.CANCELLED, actor=None, now=LATER, reason="住院")

    stored = Visit.objects.get()
    assert (stored.status, stored.events.count()) == ("open", 1)
    assert set(EntitlementUse.objects.values_list("status", flat=True)) == {"reserved"}
    assert steps(visit) == before


def test_minutes_that_are_gone_leave_no_event(visit):
    share = entitlements.Share(visit.elder.entitlements.order_by("pk")[0], 1)
    other = make.visit(make.elder("E2"), visit.item)

    with pytest.raises(LostRace):
        entitlements.reserve(visit=other, shares=[share], actor=None, now=LATER)

    assert steps(other) == []
    assert not other.entitlement_uses.exists()


def test_an_unserved_visit_that_opens_again_has_another_use_with_its_own_events(visit):
    move_visit(visit=visit, to=Visit.Status.UNSERVED, actor=None, now=LATER)

    move_visit(visit=visit, to=Visit.Status.OPEN, actor=None, now=LATER)

    chains = [list(use.events.values_list("old", "new")) for use in visit.entitlement_uses.order_by("pk")]
    returned, reserved = [("", "reserved"), ("reserved", "returned")], [("", "reserved")]
    assert chains == [returned, returned, reserved, reserved]


def test_the_events_only_grow(visit):
    for attempt in (
        lambda: EntitlementUseEvent.objects.update(reason="forged"),
        lambda: EntitlementUseEvent.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()

    assert steps(visit) == [("", "reserved", "operator", make.NOW)] * 2
