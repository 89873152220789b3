"""The slot that a caller chose is offered in the transaction of the order, or refused with what happened meanwhile."""

from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, transaction

from dispatch.offers.models import Offer
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.planning.models import PlanRun
from dispatch.planning.services import promise
from dispatch.planning.services.promise import offer_slot
from dispatch.planning.slots import Slot, find_slots
from dispatch.planning.standing import standing
from dispatch.visits.models import Assignment
from orders.models import Elder, Order, ServiceItem, Visit
from people.errors import Conflict, Invalid, WrongState
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY, at
from tests.dispatch.threads import together
from tests.orders import make as orders
from tests.orders.make import item, town
from volunteers.models import Absence, Carer

pytestmark = pytest.mark.django_db


@pytest.fixture
def running() -> PlanRun:
    return PlanRun.objects.create(town=town(), day=TODAY, status="published", requested_at=NOW)


def best(elder: Elder, service: ServiceItem, start="09:00", end="11:00") -> Slot:
    return find_slots(elder=elder, wanted=orders.request(service, start, end), now=NOW).slots[0]


def order_with(elder: Elder, service: ServiceItem, slot: Slot, start="09:00", end="11:00") -> list[Offer]:
    """What the console does: the order and its promise, both or neither."""
    with transaction.atomic():
        visit = make.visit(elder, service, start, end)
        return offer_slot(visit=visit, carers=slot.carers, start=slot.start, actor=None, now=NOW)


def booked(carer: Carer, elder: Elder, start: str) -> None:
    """Somebody else gets the carer, around the checks."""
    visit = make.visit(elder, ServiceItem.objects.first(), "07:00", "20:00")
    end = at(start) + timedelta(minutes=visit.duration_minutes)
    send_offers(legs=[LegOffer(visit, 1, carer, at(start), end)], actor=None, now=NOW)


def test_the_chosen_slot_is_offered_at_its_minute(running) -> None:
    carer, elder, clean = make.carer("C1"), make.elder_at("E1"), item()

    [offer] = order_with(elder, clean, best(elder, clean))

    work = Assignment.objects.get()
    assert (offer.status, work.status, work.carer, work.visit.status) == ("sent", "offered", carer, "planned")
    assert (work.planned_start, work.planned_end, work.travel_minutes) == (at("09:00"), at("10:00"), 5)


def test_a_carer_who_accepts_by_contract_has_promised_at_once(running) -> None:
    make.carer("C1", auto_accept=True)
    elder, clean = make.elder_at("E1"), item()

    [offer] = order_with(elder, clean, best(elder, clean))

    assert (offer.status, Visit.objects.get().status) == ("accepted", "reserved")


def test_both_carers_of_a_double_up_are_asked(running) -> None:
    make.carer("C1", skills=("LIFT",))
    make.carer("C2", skills=("LIFT",))
    elder, lift = make.elder_at("E1"), item("LIFT", kind="PERSONAL", carers_needed=2)
    slot = best(elder, lift)

    offers = order_with(elder, lift, slot)

    assert [(offer.leg, offer.carer) for offer in offers] == [(1, slot.carers[0]), (2, slot.carers[1])]
    with pytest.raises(Invalid):
        order_with(elder, lift, best_of_one(slot))
    assert Order.objects.count() == 1


def best_of_one(slot: Slot) -> Slot:
    """The slot as a form would send it that lost a carer."""
    return Slot(slot.carers[:1], slot.start, slot.end, slot.latest, slot.travel_minutes[:1], 0, False, False)


@pytest.mark.parametrize("start", ["09:30", "10:05"], ids=["at the same time", "no minute for the way"])
def test_a_slot_that_was_taken_meanwhile_is_refused_and_nothing_is_written(running, start) -> None:
    carer, elder, clean = make.carer("C1"), make.elder_at("E1"), item()
    slot = best(elder, clean)
    booked(carer, make.elder_at("E2"), start)

    with pytest.raises(Conflict) as refusal:
        order_with(elder, clean, slot)

    assert (refusal.value.code, refusal.value.facts) == ("slot_taken", {"rule": "sequence"})
    assert str(refusal.value.message) == "09:00 已被占用。护工C1：已有安排，来不及赶到。"
    assert (Order.objects.count(), Assignment.objects.count(), Offer.objects.count()) == (1, 1, 1)


def test_a_carer_who_went_sick_meanwhile_is_not_promised(running) -> None:
    carer, elder, clean = make.carer("C1"), make.elder_at("E1"), item()
    slot = best(elder, clean)
    Absence.objects.create(carer=carer, start=at("00:00"), end=at("23:59"), reason="SICK")

    with pytest.raises(Conflict) as refusal:
        order_with(elder, clean, slot)

    assert (refusal.value.code, refusal.value.facts) == ("slot_taken", {"rule": "shift"})
    assert not Order.objects.exists()


def test_what_the_database_refuses_is_a_taken_slot_too(running, monkeypatch) -> None:
    carer, elder, clean = make.carer("C1"), make.elder_at("E1"), item()
    slot = best(elder, clean)

    def looked_and_then_lost(*args):
        held = standing(*args)
        booked(carer, make.elder_at("E2"), "09:30")
        return held

    monkeypatch.setattr(promise, "standing", looked_and_then_lost)

    with pytest.raises(Conflict) as refusal:
        order_with(elder, clean, slot)

    assert (refusal.value.code, refusal.value.facts) == ("slot_taken", {"rule": "overlap"})
    assert not Assignment.objects.exists()


def test_nobody_is_promised_before_the_plan_of_the_day_is_published() -> None:
    make.carer("C1")
    elder, clean = make.elder_at("E1"), item()

    with pytest.raises(WrongState) as refusal:
        order_with(elder, clean, best(elder, clean))

    assert refusal.value.code == "day_not_running"
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_operators_cannot_promise_a_carer_without_time_for_the_way(running) -> None:
    """Both slots fit alone: 9:00 at one door, 10:02 at another. The rows do not overlap, only the way is missing."""
    carer, clean = make.carer("C1"), item()
    elders = [make.elder_at("E1"), make.elder_at("E2")]
    slots = [best(elders[0], clean), best(elders[1], clean, "10:02", "11:00")]
    assert [(slot.carers, slot.start) for slot in slots] == [((carer,), at("09:00")), ((carer,), at("10:02"))]

    calls = [partial(order_with, elders[0], clean, slots[0]), partial(order_with, elders[1], clean, slots[1], "10:02")]
    outcomes = together(calls)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "list"]
    assert Assignment.objects.count() == Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_be_promised(running, monkeypatch) -> None:
    """The control of the test above: rivals who both look before either writes. SQLite lets one write at a time."""
    make.carer("C1")
    clean = item()
    elders = [make.elder_at("E1"), make.elder_at("E2")]
    slots = [best(elders[0], clean), best(elders[1], clean, "10:02", "11:00")]
    both_have_looked = Barrier(2)

    def look_together(*args):
        held = standing(*args)
        if connection.vendor == "postgresql":
            both_have_looked.wait(timeout=30)
        return held

    monkeypatch.setattr(promise, "_hold", lambda carers: None)
    monkeypatch.setattr(promise, "standing", look_together)
    together(
        [partial(order_with, elders[0], clean, slots[0]), partial(order_with, elders[1], clean, slots[1], "10:02")]
    )

    assert Assignment.objects.count() == (2 if connection.vendor == "postgresql" else 1)
