"""Accepting and declining: one winner, double-ups all or none, linked visits both or neither."""

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.selectors import declined_pairs
from dispatch.offers.services.answer import accept_offer, decline_offer
from dispatch.offers.services.send import send_offers
from dispatch.visits.models import Assignment, CarerPreference
from orders.models import Visit
from people.errors import Invalid, LostRace, NotAllowed, Overlap, WrongState
from people.roles import Role
from tests.cast import make_user
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
    make_manager,
    make_organisation,
    make_visit,
    promise,
)
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


def statuses(model) -> list[str]:
    return list(model.objects.order_by("pk").values_list("status", flat=True))


# Accepting ----------------------------------------------------------------------------------------------------------


def test_acceptance_reserves_the_visit():
    [offer] = ask(make_visit(), make_carer())

    assignment = accept(offer)

    assert assignment == offer.assignment
    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["accepted"], ["accepted"], ["reserved"])
    assert assignment.accepted_by == login_of(offer.carer)
    assert Offer.objects.get().answered_at == NOW


def test_accepting_twice_is_the_same_promise():
    [offer] = ask(make_visit(), make_carer())

    first, second = accept(offer), accept(offer)

    assert first == second
    assert offer.events.filter(new="accepted").count() == 1


def test_the_first_from_the_pool_wins_and_the_second_is_told_who_and_when():
    visit = make_visit()
    quick, slow = ask_pool(visit, make_carer("C1", name="王芳"), make_carer("C2"))

    assignment = accept(quick, now=at("07:15"))
    with pytest.raises(LostRace) as refusal:
        accept(slow, now=at("07:16"))

    assert refusal.value.code == "taken"
    assert refusal.value.facts == {"name": "王**", "at": "07:15:00"}
    assert "王**" in str(refusal.value)
    assert "王芳" not in str(refusal.value)
    assert statuses(Offer) == ["accepted", "filled"]
    assert list(Assignment.objects.all()) == [assignment]
    assert statuses(Visit) == ["reserved"]


def test_an_expired_offer_is_not_accepted_even_before_anybody_noticed():
    [offer] = ask(make_visit(), make_carer())

    with pytest.raises(WrongState) as refusal:
        accept(offer, now=offer.expires_at)

    assert refusal.value.code == "offer_expired"
    assert (statuses(Offer), statuses(Visit)) == (["sent"], ["planned"])


def test_what_hindered_the_offer_hinders_the_acceptance():
    [offer] = ask(make_visit(), make_carer())
    CarerPreference.objects.create(elder=offer.visit.elder, carer=offer.carer, kind="BARRED", since=TODAY)

    with pytest.raises(NotAllowed) as refusal:
        accept(offer)

    assert refusal.value.code == "carer_barred"
    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["sent"], ["offered"], ["planned"])


def test_a_certificate_that_ran_out_since_hinders_the_acceptance():
    carer = make_carer(certificates=("BATH",))
    [offer] = ask(make_visit(item=make_item(certificate="BATH")), carer)
    carer.certificates.update(revoked_on=TODAY)

    with pytest.raises(NotAllowed) as refusal:
        accept(offer)

    assert refusal.value.code == "no_certificate"
    assert statuses(Offer) == ["sent"]


def test_two_pool_jobs_at_the_same_time_cannot_both_be_accepted():
    carer, elder = make_carer(), make_elder()
    [first] = ask_pool(make_visit(elder), carer)
    [second] = ask_pool(make_visit(elder, start="09:30", end="11:30"), carer, start="09:30")
    accept(first)

    with pytest.raises(Overlap):
        accept(second)

    assert statuses(Offer) == ["accepted", "sent"]
    assert statuses(Visit) == ["reserved", "open"]


def test_who_accepted_one_half_is_not_asked_for_the_other():
    visit, carer = make_visit(item=make_item(carers_needed=2)), make_carer()
    ask_pool(visit, carer, leg=1)
    ask_pool(visit, carer, leg=2)
    first, second = Offer.objects.order_by("leg")

    accept(first)

    second.refresh_from_db()
    assert second.status == "withdrawn"
    assert statuses(Visit) == ["planned"]


# On behalf ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.OPERATOR])
def test_the_office_accepts_for_a_carer_and_says_why(role):
    [offer] = ask(make_visit(), make_carer(has_smartphone=False))
    actor = make_user("office", role)

    with pytest.raises(Invalid):
        accept_offer(offer=offer, actor=actor, now=NOW)
    assert statuses(Offer) == ["sent"]
    assignment = accept_offer(offer=offer, actor=actor, now=NOW, on_behalf_reason="电话确认")

    assert assignment.accepted_by == actor
    event = offer.events.get(new="accepted")
    assert (event.actor, event.reason) == (actor, "电话确认")


def test_a_manager_accepts_for_own_carers_only():
    elder = make_elder()
    own, foreign = make_carer("C1", kind=Carer.Kind.WORKER), make_carer("C2")
    manager = make_manager(make_organisation())
    [mine] = ask(make_visit(elder), own)
    [other] = ask(make_visit(elder, start="14:00", end="16:00"), foreign, start="14:00")

    accept_offer(offer=mine, actor=manager, now=NOW, on_behalf_reason="电话确认")
    with pytest.raises(NotAllowed):
        accept_offer(offer=other, actor=manager, now=NOW, on_behalf_reason="电话确认")

    assert statuses(Offer) == ["accepted", "sent"]


@pytest.mark.parametrize("roles", [[], [Role.AUDITOR], [Role.CARER]])
def test_a_stranger_accepts_and_declines_nothing(roles):
    [offer] = ask(make_visit(), make_carer())
    stranger = make_user("stranger", *roles)

    with pytest.raises(NotAllowed):
        accept_offer(offer=offer, actor=stranger, now=NOW, on_behalf_reason="x")
    with pytest.raises(NotAllowed):
        decline_offer(offer=offer, reason="SICK", actor=stranger, now=NOW)

    assert (statuses(Offer), statuses(Visit)) == (["sent"], ["planned"])


# Declining ----------------------------------------------------------------------------------------------------------


def test_declining_opens_the_visit_and_forbids_the_pair(repairs, django_capture_on_commit_callbacks):
    visit, carer = make_visit(), make_carer()
    [offer] = ask(visit, carer)

    with django_capture_on_commit_callbacks(execute=True):
        decline_offer(offer=offer, reason="TOO_FAR", note="路太远", actor=login_of(carer), now=NOW)

    offer.refresh_from_db()
    visit.refresh_from_db()
    assert (offer.status, offer.decline_reason, offer.decline_note) == ("declined", "TOO_FAR", "路太远")
    assert offer.assignment.status == "declined"
    assert (visit.status, visit.planned_start) == ("open", None)
    assert declined_pairs([visit.pk]) == {(visit.pk, carer.pk)}
    assert repairs == [visit.pk]


@pytest.mark.parametrize(("reason", "note"), [("BORED", ""), ("", ""), ("OTHER", " ")])
def test_a_decline_needs_a_reason(reason, note):
    [offer] = ask(make_visit(), make_carer())

    with pytest.raises(Invalid):
        decline_offer(offer=offer, reason=reason, note=note, actor=login_of(offer.carer), now=NOW)

    assert (statuses(Offer), statuses(Assignment)) == (["sent"], ["offered"])


def test_an_accepted_offer_is_given_back_not_declined():
    [assignment] = promise(make_visit(), make_carer())

    with pytest.raises(WrongState):
        decline_offer(offer=assignment.offer, reason="SICK", actor=login_of(assignment.carer), now=NOW)

    assert statuses(Visit) == ["reserved"]


def test_one_no_from_the_pool_leaves_the_others_asked(repairs, django_capture_on_commit_callbacks):
    visit = make_visit()
    first, second = ask_pool(visit, make_carer("C1"), make_carer("C2"))

    with django_capture_on_commit_callbacks(execute=True):
        decline_offer(offer=first, reason="SICK", actor=login_of(first.carer), now=NOW)
    accept(second)

    assert statuses(Offer) == ["declined", "accepted"]
    assert repairs == []


# All or none --------------------------------------------------------------------------------------------------------


@pytest.fixture
def double_up() -> list[Offer]:
    return ask(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))


def test_a_double_up_is_reserved_when_both_have_accepted(double_up):
    accept(double_up[0])
    assert statuses(Visit) == ["planned"]

    accept(double_up[1])

    assert statuses(Visit) == ["reserved"]


def test_a_double_up_falls_whole(double_up, repairs, django_capture_on_commit_callbacks):
    accept(double_up[0])

    with django_capture_on_commit_callbacks(execute=True):
        decline_offer(offer=double_up[1], reason="SICK", actor=login_of(double_up[1].carer), now=NOW)

    assert statuses(Offer) == ["withdrawn", "declined"]
    assert statuses(Assignment) == ["released", "declined"]
    assert statuses(Visit) == ["open"]
    visit = Visit.objects.get()
    assert declined_pairs([visit.pk]) == {(visit.pk, double_up[1].carer_id)}  # the partner may be asked again
    assert repairs == [visit.pk]
    promise(visit, double_up[0].carer, make_carer("C3"))
    assert statuses(Visit) == ["reserved"]


def test_an_open_question_to_the_partner_is_withdrawn(double_up):
    decline_offer(offer=double_up[0], reason="SICK", actor=login_of(double_up[0].carer), now=NOW)

    assert statuses(Offer) == ["declined", "withdrawn"]
    with pytest.raises(WrongState):
        accept(double_up[1])
    assert statuses(Visit) == ["open"]


@pytest.fixture
def linked() -> list[Offer]:
    elder = make_elder()
    first, second = make_visit(elder), make_visit(elder, item=make_item("MEAL", skill="CLEAN"))
    link(first, second)
    one, two = make_carer("C1"), make_carer("C2")
    return send_offers(legs=[*legs(first, one), *legs(second, two)], actor=None, now=NOW)


def test_linked_visits_are_reserved_together(linked):
    accept(linked[0])
    assert statuses(Visit) == ["planned", "planned"]

    accept(linked[1])

    assert statuses(Visit) == ["reserved", "reserved"]


def test_linked_visits_fall_together(linked, repairs, django_capture_on_commit_callbacks):
    accept(linked[0])

    with django_capture_on_commit_callbacks(execute=True):
        decline_offer(offer=linked[1], reason="SICK", actor=login_of(linked[1].carer), now=NOW)

    assert statuses(Visit) == ["open", "open"]
    assert statuses(Assignment) == ["released", "declined"]
    assert sorted(repairs) == sorted(Visit.objects.values_list("pk", flat=True))
