"""Whoever generates a client from the schema can live a carer's day with it, without a line written by hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment, CheckEvent
from people.models import Device
from tests.cast import PASSWORD
from tests.dispatch.factories import ask, make_carer, make_elder, make_item, make_visit
from tests.flows.conftest import SetClock
from tests.flows.generated import Generated, generated_package
from tests.orders.make import NOW, TODAY, at
from volunteers.models import Carer
from volunteers.timebank.models import Transfer

# No worker runs, and what a decline sends to one is dropped.
pytestmark = pytest.mark.usefixtures("start_worker")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with generated_package(tmp_path_factory.mktemp("generated")) as package:
        yield package


@pytest.fixture
def carer(package: Path, set_clock: SetClock) -> Carer:
    make_item(credit_rate="2.00")
    return make_carer()


def logged_in(base: str, carer: Carer) -> Generated:
    anonymous = Generated(base)
    login = anonymous.models.LoginIn(username=carer.number.lower(), password=PASSWORD, name="手机")
    device = anonymous.call("devices_create", expect=201, body=login)
    assert Device.objects.get(pk=device.id).user == carer.person.user
    return Generated(base, device.token)


def check(client: Generated, kind: str, assignment: Assignment, moment: datetime) -> Any:
    """At the elder's door, sent at once."""
    place = assignment.visit.place
    body = client.models.CheckBody(
        client_id=uuid4(),
        device_time=moment,
        sent_at=moment,
        latitude=place.latitude,
        longitude=place.longitude,
        accuracy_metres=10,
    )
    stored = client.call(f"assignments_check_{kind}_create", assignment.pk, expect=201, body=body)
    event = CheckEvent.objects.get(assignment=assignment, kind=kind)
    assert (stored.id, stored.client_id, stored.device_time) == (event.pk, body.client_id, moment)
    assert (event.client_id, event.device_time, event.source) == (body.client_id, moment, "APP")
    assert stored.kind is client.models.CheckKindEnum(kind)
    assert stored.source is client.models.SourceEnum.APP
    # The same event again is the same row, and says so with another status.
    assert client.call(f"assignments_check_{kind}_create", assignment.pk, expect=200, body=body) == stored
    return stored


def test_a_generated_client_lives_a_carers_day(carer: Carer, set_clock: SetClock, live_server: Any) -> None:
    elder = make_elder()
    [wanted] = ask(make_visit(elder), carer)
    [unwanted] = ask(make_visit(elder, start="14:00", end="16:00"), carer, start="14:00")
    client = logged_in(live_server.url, carer)
    models = client.models

    # Asked: both questions, and no answer yet.
    offers = client.call("offers_list", status=models.OffersListStatus.SENT, date=TODAY).results
    assert {offer.id for offer in offers} == {wanted.pk, unwanted.pk}
    [first] = [offer for offer in offers if offer.id == wanted.pk]
    assert first.status is models.OfferStatusEnum.SENT
    assert first.kind is models.OfferKindEnum.DIRECT
    assert (first.service_date, first.planned_start, first.sent_at) == (TODAY, at("09:00"), NOW)
    assert (first.assignment, first.answered_at) == (wanted.assignment_id, None)

    # Answered: one yes, one no.
    accepted = client.call("offers_accept_create", wanted.pk, body=models.Acceptance())
    assignment = Assignment.objects.get(pk=accepted.id)
    assert (assignment.carer, assignment.visit, assignment.status) == (carer, wanted.visit, "accepted")
    assert accepted.status is models.AssignmentStatusEnum.ACCEPTED
    assert accepted.visit_status is models.VisitStatusEnum.RESERVED
    assert (accepted.started_at, accepted.ended_at) == (None, None)
    refusal = models.Refusal(reason=models.DeclineReasonEnum.SICK)
    declined = client.call("offers_decline_create", unwanted.pk, body=refusal)
    unwanted.refresh_from_db()
    assert declined.status is models.OfferStatusEnum.DECLINED
    assert (unwanted.status, unwanted.decline_reason, unwanted.answered_at) == ("declined", "SICK", NOW)
    assert declined.answered_at == NOW

    # The day: the promised visit, and where its door is.
    [work] = client.call("me_day_list", date=TODAY)
    place = assignment.visit.place
    assert (work.id, work.elder_name, work.planned_start) == (assignment.pk, elder.person.name, at("09:00"))
    assert (work.latitude, work.longitude) == (pytest.approx(place.latitude), pytest.approx(place.longitude))
    assert (work.alerts, work.departed_at) == ([], None)

    # Served: in, and an hour later out.
    set_clock(at("09:00"))
    arrived = check(client, "in", assignment, at("09:00"))
    assert arrived.assignment_status is models.AssignmentStatusEnum.CHECKED_IN
    assert arrived.visit_status is models.VisitStatusEnum.STARTED
    set_clock(at("10:00"))
    left = check(client, "out", assignment, at("10:00"))
    assert left.assignment_status is models.AssignmentStatusEnum.CHECKED_OUT
    assert left.visit_status is models.VisitStatusEnum.VERIFIED
    [work] = client.call("me_day_list", date=TODAY)
    assert (work.started_at, work.ended_at) == (at("09:00"), at("09:00") + timedelta(hours=1))
    assignment.refresh_from_db()
    assert (assignment.status, assignment.visit.status) == ("checked_out", "verified")

    # Paid: an hour at double rate.
    earned = Transfer.objects.get()
    assert (earned.kind, earned.minutes, earned.cause) == ("EARN", 120, f"visit:{assignment.visit_id}")
    credits_ = client.call("me_credits_retrieve")
    assert (credits_.balance_minutes, credits_.held_minutes) == (120, 0)
    [line] = credits_.lines
    assert line.kind is models.TransferKindEnum.EARN
    assert (line.minutes, line.balance_after, line.cause) == (120, 120, earned.cause)


def test_a_generated_client_understands_a_refusal(carer: Carer, live_server: Any) -> None:
    [foreign] = ask(make_visit(), make_carer("C2", name="王芳"))
    client = logged_in(live_server.url, carer)

    problem = client.call("offers_accept_create", foreign.pk, expect=404, body=client.models.Acceptance())

    assert problem.type_ is client.models.TypeEnum.CLIENT_ERROR
    assert [(error.code, error.attr) for error in problem.errors] == [("not_found", None)]
    assert Offer.objects.get(pk=foreign.pk).status == "sent"
    assert Assignment.objects.get().status == "offered"
