"""What an answer, a check and a published day cost, in queries (savepoints included): exact, so that nothing creeps in."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from dispatch.offers.models import Offer, OfferEvent
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.visits.models import Assignment, AssignmentEvent
from orders.models import Visit, VisitEvent
from tests.dispatch.api.conftest import Phone
from tests.dispatch.factories import NOW, ask, at, check, login_of, make_carer, make_elder, make_visit, promise
from tests.orders import make
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


def with_order_lock(queries: int) -> int:
    """PostgreSQL also locks the orders, in one query; SQLite has one writer anyway."""
    return queries + (1 if connection.features.has_select_for_update else 0)


def legs_of_a_day(visits: int, **contract: bool) -> list[LegOffer]:
    """One carer for every three visits, one after the other."""
    elders = [make_elder(f"E{number}") for number in range(visits)]
    carers = [make_carer(f"C{number}", kind="WORKER", **contract) for number in range(-(-visits // 3))]
    legs = []
    for number, elder in enumerate(elders):
        start = at("09:00") + timedelta(minutes=90 * (number % 3))
        visit = make_visit(elder, start="08:00", end="17:00")
        legs.append(LegOffer(visit, 1, carers[number // 3], start, start + timedelta(minutes=60)))
    return legs


@pytest.mark.parametrize("visits", [3, 30])
@pytest.mark.parametrize(("auto_accept", "queries"), [(False, 29), (True, 42)])
def test_a_day_is_sent_in_as_many_queries_whatever_its_size(visits, auto_accept, queries, django_assert_num_queries):
    legs = legs_of_a_day(visits, auto_accept=auto_accept)

    with django_assert_num_queries(with_order_lock(queries)):
        offers = send_offers(legs=legs, actor=None, now=NOW)

    end = "accepted" if auto_accept else "sent"
    assert [(offer.carer, offer.visit) for offer in offers] == [(leg.carer, leg.visit) for leg in legs]
    assert {offer.status for offer in offers} == set(Offer.objects.values_list("status", flat=True)) == {end}


def test_every_step_of_a_batch_has_its_event_rows():
    legs = legs_of_a_day(6, auto_accept=True)

    send_offers(legs=legs, actor=None, now=NOW)

    assert set(Visit.objects.values_list("status", flat=True)) == {"reserved"}
    assert list(Visit.objects.order_by("pk").values_list("planned_start", flat=True)) == [
        leg.planned_start for leg in legs
    ]
    assert list(Assignment.objects.filter(accepted_by=None, status="accepted")) == list(Assignment.objects.all())
    steps: dict[Any, list[tuple[str, str, str]]] = {
        AssignmentEvent: [("", "proposed", ""), ("proposed", "offered", ""), ("offered", "accepted", "by contract")],
        OfferEvent: [("", "sent", ""), ("sent", "accepted", "by contract")],
        VisitEvent: [("", "open", ""), ("open", "planned", ""), ("planned", "reserved", "")],
    }
    for model, expected in steps.items():
        for subject in set(model.objects.values_list("subject", flat=True)):
            assert list(model.objects.filter(subject=subject).values_list("old", "new", "reason")) == expected


@pytest.fixture
def phone(carer: Carer) -> Phone:
    return Phone(login_of(carer))


@pytest.fixture
def carer() -> Carer:
    return make_carer()


@pytest.fixture
def visit() -> Visit:
    elder = make_elder()
    make.entitlement(elder)
    return make_visit(elder)


def test_an_acceptance(visit, carer, phone, django_assert_num_queries):
    [offer] = ask(visit, carer)

    with django_assert_num_queries(with_order_lock(30)):
        assert phone.post(f"offers/{offer.pk}/accept/").status_code == 200


# One of them asks whether the elder was told who comes; three take back what waits to be told to the carer.
def test_a_refusal(visit, carer, phone, django_assert_num_queries):
    [offer] = ask(visit, carer)

    with django_assert_num_queries(with_order_lock(23)):
        assert phone.post(f"offers/{offer.pk}/decline/", reason="SICK").status_code == 200


def body(assignment: Assignment, clock: str) -> dict[str, object]:
    place, moment = assignment.visit.place, at(clock).isoformat()
    where = {"latitude": place.latitude, "longitude": place.longitude, "accuracy_metres": 10}
    return {
        "client_id": str(uuid4()),
        "source": "APP",
        "device_time": moment,
        "sent_at": moment,
        "device": "A",
        **where,
    }


def test_a_check_in(visit, carer, phone, set_clock, django_assert_num_queries):
    [assignment] = promise(visit, carer)
    sent = body(assignment, "09:00")
    set_clock(at("09:00"))

    with django_assert_num_queries(with_order_lock(23)):
        assert phone.post(f"assignments/{assignment.pk}/check-in/", **sent).json()["visit_status"] == "started"


def test_a_check_out_that_verifies_the_visit(visit, carer, phone, set_clock, django_assert_num_queries):
    [assignment] = promise(visit, carer)
    check(assignment, "in", "09:00")
    sent = body(assignment, "10:00")
    set_clock(at("10:00"))

    with django_assert_num_queries(with_order_lock(73)):
        assert phone.post(f"assignments/{assignment.pk}/check-out/", **sent).json()["visit_status"] == "verified"


def test_a_repeat(visit, carer, phone, set_clock, django_assert_num_queries):
    [assignment] = promise(visit, carer)
    sent = body(assignment, "09:00")
    set_clock(at("09:00"))
    phone.post(f"assignments/{assignment.pk}/check-in/", **sent)

    with django_assert_num_queries(with_order_lock(7)):
        repeat = phone.post(f"assignments/{assignment.pk}/check-in/", **sent)

    assert (repeat.status_code, repeat.json()["visit_status"]) == (200, "started")
