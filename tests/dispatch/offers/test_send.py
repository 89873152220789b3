"""Putting the question: whole visits only, to carers who may, and nothing is written when it cannot be put."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.offers.models import Offer, OfferEvent
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.end import cancel_visit
from dispatch.offers.services.send import send_offers
from dispatch.visits.hold import hold_visits
from dispatch.visits.models import Assignment, AssignmentEvent, CarerPreference
from orders.models import Visit
from people.errors import Conflict, NotAllowed, Overlap, WrongState
from tests.dispatch.factories import (
    NOW,
    TODAY,
    accept,
    ask,
    ask_pool,
    at,
    legs,
    link,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_visit,
)
from volunteers.models import Absence, Carer

pytestmark = pytest.mark.django_db


def nothing_was_written(visit: Visit) -> bool:
    visit.refresh_from_db()
    rows = (Offer, OfferEvent, Assignment, AssignmentEvent)
    return visit.status == "open" and visit.events.count() == 1 and not any(row.objects.exists() for row in rows)


def test_a_published_leg_becomes_an_open_offer():
    visit, carer = make_visit(), make_carer()

    [offer] = ask(visit, carer)

    visit.refresh_from_db()
    offer.refresh_from_db()
    assert (visit.status, visit.planned_start) == ("planned", at("09:00"))
    assert (offer.status, offer.kind, offer.carer) == ("sent", "DIRECT", carer)
    assert offer.assignment.status == "offered"
    assert (offer.assignment.planned_start, offer.assignment.planned_end) == (at("09:00"), at("10:00"))
    assert offer.expires_at == NOW + timedelta(minutes=30)


def test_urgent_work_waits_five_minutes_only():
    visit = make_visit(priority=Visit.Priority.URGENT)

    [offer] = ask(visit, make_carer())

    assert offer.expires_at == NOW + timedelta(minutes=5)


def test_a_carer_who_accepts_by_contract_is_promised_at_once():
    visit, carer = make_visit(), make_carer(kind=Carer.Kind.WORKER, auto_accept=True)

    [offer] = ask(visit, carer)

    visit.refresh_from_db()
    offer.refresh_from_db()
    assert (visit.status, offer.status, offer.assignment.status) == ("reserved", "accepted", "accepted")
    assert offer.events.last().reason == "by contract"


def test_offers_come_back_in_the_order_of_the_legs():
    elder = make_elder()
    first, second = make_visit(elder), make_visit(elder, start="14:00", end="16:00")
    one, two = make_carer("C1"), make_carer("C2")

    offers = send_offers(legs=[*legs(second, two, start="14:00"), *legs(first, one)], actor=None, now=NOW)

    assert [(offer.visit, offer.carer) for offer in offers] == [(second, two), (first, one)]


def test_half_a_double_up_is_not_asked():
    visit = make_visit(item=make_item(carers_needed=2))

    with pytest.raises(Conflict) as refusal:
        ask(visit, make_carer())

    assert refusal.value.code == "incomplete"
    assert nothing_was_written(visit)


def test_one_person_cannot_be_both_carers():
    visit, carer = make_visit(item=make_item(carers_needed=2)), make_carer()

    with pytest.raises((Conflict, Overlap)):
        ask(visit, carer, carer)

    assert nothing_was_written(visit)


def test_overlapping_work_of_one_carer_is_refused_by_the_database():
    elder, carer = make_elder(), make_carer()
    ask(make_visit(elder), carer, start="09:00")
    second = make_visit(elder, start="09:30", end="11:30")

    with pytest.raises(Overlap):
        ask(second, carer, start="09:59")
    ask(second, carer, start="10:00")  # back to back is allowed

    assert Assignment.objects.count() == 2


def test_a_plan_is_sent_whole_or_not_at_all():
    elder, carer = make_elder(), make_carer()
    first, second = make_visit(elder), make_visit(elder, start="09:30", end="11:30")

    with pytest.raises(Overlap):
        send_offers(legs=[*legs(first, carer), *legs(second, carer, start="09:30")], actor=None, now=NOW)

    assert nothing_was_written(first)


def test_a_cancelled_visit_is_not_offered():
    visit = make_visit()
    cancel_visit(visit=visit, reason="住院", actor=None, now=NOW)

    with pytest.raises(WrongState):
        ask(visit, make_carer())

    assert not Offer.objects.exists()


def bar(carer: Carer, visit: Visit) -> None:
    CarerPreference.objects.create(elder=visit.elder, carer=carer, kind="BARRED", since=TODAY)


HINDRANCES = {
    # Each row: how the carer or the visit comes to be unfit, and the code of the refusal.
    "carer_barred": lambda carer, visit: bar(carer, visit),
    "carer_blocked": lambda carer, visit: Carer.objects.filter(pk=carer.pk).update(blocked_from=TODAY),
    "carer_inactive": lambda carer, visit: Carer.objects.filter(pk=carer.pk).update(active_to=TODAY - timedelta(1)),
    "carer_absent": lambda carer, visit: Absence.objects.create(
        carer=carer, start=at("09:59"), end=at("12:00"), reason="LEAVE"
    ),
    "no_skill": lambda carer, visit: carer.skills.all().delete(),
    "no_certificate": lambda carer, visit: type(visit.item).objects.update(certificate="BATH"),
    "workers_only": lambda carer, visit: type(visit.item).objects.update(workers_only=True),
    "gender": lambda carer, visit: Visit.objects.update(gender_rule="M"),
    "own_visit": lambda carer, visit: Carer.objects.filter(pk=carer.pk).update(person=visit.elder.person),
}


@pytest.mark.parametrize("code", HINDRANCES)
def test_who_may_not_serve_is_not_asked(code):
    visit, carer = make_visit(), make_carer()
    HINDRANCES[code](carer, visit)
    visit, carer = Visit.objects.get(), Carer.objects.get()

    with pytest.raises(NotAllowed) as refusal:
        ask(visit, carer)

    assert refusal.value.code == code
    assert nothing_was_written(visit)
    assert ask_pool(visit, carer) == []


def test_in_a_double_up_one_certificate_is_enough():
    item = make_item(carers_needed=2, certificate="BATH")
    able, helper = make_carer("C1", certificates=("BATH",)), make_carer("C2")
    visit = make_visit(item=item)

    with pytest.raises(NotAllowed):
        ask(visit, helper, able)
    ask(visit, able, helper)

    assert Offer.objects.count() == 2


# The open pool ------------------------------------------------------------------------------------------------------


def test_the_pool_asks_everybody_who_may():
    visit = make_visit()
    able, unable = make_carer("C1"), make_carer("C2", skills=())

    offers = ask_pool(visit, able, unable)

    visit.refresh_from_db()
    assert [offer.carer for offer in offers] == [able]
    assert Offer.objects.get().assignment is None
    assert Offer.objects.get().events.get().new == "sent"
    assert visit.status == "open"


def test_nobody_is_asked_twice_from_the_pool():
    visit, asked, refused, fresh = make_visit(), make_carer("C1"), make_carer("C2"), make_carer("C3")
    _, second = ask_pool(visit, asked, refused)
    decline_offer(offer=second, reason="TOO_FAR", actor=login_of(refused), now=NOW)

    again = ask_pool(visit, asked, refused, fresh)

    assert [offer.carer for offer in again] == [fresh]


def test_who_let_an_open_question_pass_may_be_asked_again_without_waiting_for_beat():
    visit, carer = make_visit(priority=Visit.Priority.URGENT), make_carer()
    [first] = ask_pool(visit, carer)

    assert ask_pool(visit, carer, now=NOW + timedelta(minutes=5, seconds=-1)) == []
    [second] = ask_pool(visit, carer, now=NOW + timedelta(minutes=5))

    first.refresh_from_db()
    assert (first.status, second.status) == ("expired", "sent")
    assert list(first.events.values_list("new", flat=True)) == ["sent", "expired"]


def test_a_leg_that_waits_for_a_carer_is_not_in_the_pool():
    visit = make_visit()
    ask(visit, make_carer("C1"))

    with pytest.raises(Conflict) as refusal:
        ask_pool(visit, make_carer("C2"))

    assert refusal.value.code == "leg_taken"
    assert Offer.objects.count() == 1


def test_a_direct_question_ends_the_pool():
    visit, one, two = make_visit(), make_carer("C1"), make_carer("C2")
    [pooled] = ask_pool(visit, one)

    ask(visit, two)

    pooled.refresh_from_db()
    assert pooled.status == "withdrawn"
    with pytest.raises(WrongState):
        accept(pooled)


def test_a_visit_is_planned_from_the_start_of_its_first_leg():
    visit = make_visit(item=make_item(carers_needed=2))
    late, early = legs(visit, make_carer("C1"), make_carer("C2"))
    early = replace(early, planned_start=at("08:45"))

    send_offers(legs=[late, early], actor=None, now=NOW)

    visit.refresh_from_db()
    assert visit.planned_start == at("08:45")


def test_visits_held_at_once_stand_together_only_where_they_are_linked():
    elder = make_elder()
    first, second, alone = (make_visit(elder, start=start, end="17:00") for start in ("08:00", "09:00", "10:00"))
    link(first, second)

    held = hold_visits([first.pk, alone.pk])

    assert {key: [visit.pk for visit in each.together] for key, each in held.items()} == {
        first.pk: [first.pk, second.pk],
        alone.pk: [alone.pk],
    }
