"""Rivals on real threads, each with its own connection. One wins, the others are told, nothing is left half done."""

from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from dispatch.offers.models import Offer
from dispatch.offers.services import answer
from dispatch.offers.services.end import cancel_visit, expire_due
from dispatch.visits.hold import Held
from dispatch.visits.models import Assignment, CheckEvent
from dispatch.visits.services.verify import review_flag, verify_visit
from orders.models import EntitlementUse, Visit
from people.errors import Conflict, LostRace
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    NOW,
    accept,
    ask,
    ask_pool,
    at,
    check,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
)
from tests.dispatch.threads import together
from tests.orders import make
from volunteers.timebank.models import Transfer
from volunteers.timebank.selectors import ledger_sum

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 12


@pytest.fixture
def pool() -> list[Offer]:
    return ask_pool(make_visit(), *(make_carer(f"C{number}", name=f"护工{number}") for number in range(RIVALS)))


def one_winner(outcomes: list[Assignment | Exception]) -> Assignment:
    winners = [outcome for outcome in outcomes if isinstance(outcome, Assignment)]
    losers = [outcome for outcome in outcomes if not isinstance(outcome, Assignment)]
    assert len(winners) == 1
    assert [type(loser) for loser in losers] == [LostRace] * (RIVALS - 1), losers
    return winners[0]


def test_many_rush_for_one_job_and_one_gets_it(pool):
    winner = one_winner(outcomes := together([partial(accept, offer) for offer in pool]))

    assert list(Assignment.objects.all()) == [winner]
    assert Visit.objects.get().status == "reserved"
    assert sorted(Offer.objects.values_list("status", flat=True)) == ["accepted"] + ["filled"] * (RIVALS - 1)
    assert {outcome.code for outcome in outcomes if isinstance(outcome, LostRace)} == {"taken"}


def test_the_row_lock_is_not_what_decides(pool, monkeypatch):
    """Without the lock everybody sees the visit open at once: compare-and-set and the unique rules still pick one."""
    all_have_read = Barrier(RIVALS)

    def look_without_lock(visit_id: int) -> Held:
        visit = Visit.objects.select_related("item", "elder", "order_item").get(pk=visit_id)
        if connection.vendor == "postgresql":  # SQLite's immediate transactions come one after the other
            all_have_read.wait(timeout=30)
        return Held(visit, (visit,))

    monkeypatch.setattr(answer, "hold_visit", look_without_lock)

    one_winner(together([partial(accept, offer) for offer in pool]))

    assert Assignment.objects.count() == 1
    assert Visit.objects.get().status == "reserved"


def naive_accept(offer: Offer, everybody_has_looked: Barrier) -> Assignment:
    """What the guards are there for: look, then take."""
    taken = Assignment.objects.filter(visit=offer.visit, leg=offer.leg).exists()
    everybody_has_looked.wait(timeout=30)
    assert not taken
    return Assignment.objects.create(
        visit=offer.visit,
        leg=offer.leg,
        carer=offer.carer,
        planned_start=offer.planned_start,
        planned_end=offer.planned_end,
        status="accepted",
        created_at=NOW,
    )


@pytest.mark.parametrize("guarded", [True, False])
def test_control_a_naive_acceptance_makes_many_winners_unless_the_database_forbids_it(pool, guarded):
    rule = next(rule for rule in Assignment._meta.constraints if rule.name == "assignment_one_live_per_leg")
    everybody_has_looked = Barrier(RIVALS)
    if not guarded:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Assignment, rule)
    try:
        outcomes = together([partial(naive_accept, offer, everybody_has_looked) for offer in pool])
        winners = Assignment.objects.count()
    finally:
        Assignment.objects.all().delete()
        if not guarded:
            with connection.schema_editor() as editor:
                editor.add_constraint(Assignment, rule)

    assert winners == (1 if guarded else RIVALS)
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == (RIVALS - 1 if guarded else 0)


@pytest.mark.parametrize("round_", range(4))
def test_accepting_and_cancelling_at_once_leaves_no_carer_on_a_cancelled_visit(round_):
    [offer] = ask(visit := make_visit(), make_carer())

    accepted, cancelled = together(
        [partial(accept, offer), partial(cancel_visit, visit=visit, reason="住院", actor=None, now=NOW)]
    )

    assert isinstance(cancelled, Visit)
    assert isinstance(accepted, Assignment | Conflict)
    assert Visit.objects.get().status == "cancelled"
    assert Assignment.objects.get().status == "released"
    assert Offer.objects.get().status == "withdrawn"


@pytest.mark.parametrize("round_", range(4))
def test_accepting_and_expiring_at_once_end_in_one_of_the_two(round_):
    [offer] = ask(make_visit(), make_carer())

    accepted, expired = together([partial(accept, offer), partial(expire_due, now=offer.expires_at)])

    ends = (Offer.objects.get().status, Assignment.objects.get().status, Visit.objects.get().status)
    if isinstance(accepted, Assignment):
        assert (ends, expired) == (("accepted", "accepted", "reserved"), 0)
    else:
        assert (ends, expired) == (("expired", "expired", "open"), 1)


def test_both_carers_of_a_double_up_accept_at_once():
    offers = ask(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))

    outcomes = together([partial(accept, offer) for offer in offers])

    assert all(isinstance(outcome, Assignment) for outcome in outcomes), outcomes
    assert Visit.objects.get().status == "reserved"


def test_both_carers_check_out_at_once_and_each_is_credited_once():
    visit = make_visit(item=make_item(carers_needed=2))
    legs = promise(visit, make_carer("C1"), make_carer("C2"))
    for leg in legs:
        check(leg, "in", "09:00")

    together([partial(check, leg, "out", "10:00") for leg in legs])

    assert Visit.objects.get().status == "verified"
    assert sorted(Transfer.objects.values_list("minutes", flat=True)) == [60, 60]
    assert ledger_sum() == 0


def test_one_event_sent_by_many_at_once_is_stored_once():
    [assignment] = promise(make_visit(), make_carer())
    key = uuid4()

    outcomes = together([partial(check, assignment, "in", "09:00", client_id=key) for _ in range(8)])

    stored = CheckEvent.objects.get()
    assert [getattr(outcome, "pk", outcome) for outcome in outcomes] == [stored.pk] * 8
    assert sum(outcome.is_repeat for outcome in outcomes if isinstance(outcome, CheckEvent)) == 7
    assert assignment.events.filter(new="checked_in").count() == 1


def test_check_in_and_check_out_at_once_end_in_the_right_state():
    [assignment] = promise(make_visit(), make_carer())

    together(
        [
            partial(check, assignment, kind, clock, now=at("11:00"))
            for kind, clock in (("out", "10:00"), ("in", "09:00"))
        ]
    )

    assert Assignment.objects.get().status == "checked_out"
    assert Visit.objects.get().status == "verified"


def test_two_who_verify_at_once_post_one_credit_and_use_the_hours_once():
    elder = make_elder()
    make.entitlement(elder)
    [assignment] = promise(visit := make_visit(elder), make_carer())
    check(assignment, "in", "09:00")
    check(assignment, "out", "09:20")
    assignment.flags.update(status="cleared")  # the last doubt is gone, nobody has settled the visit yet

    outcomes = together([partial(verify_visit, visit=visit, actor=None, now=at("12:00"))] * 2)

    assert [outcome.status for outcome in outcomes] == ["verified", "verified"]
    assert visit.events.filter(new="verified").count() == 1
    assert Transfer.objects.get().minutes == 20
    use = EntitlementUse.objects.get()
    assert (use.minutes, use.status) == (60, "consumed")
    assert list(use.events.values_list("new", flat=True)) == ["reserved", "consumed"]


def test_many_reviewers_at_once_post_one_credit():
    [assignment] = promise(make_visit(), make_carer())
    check(assignment, "in", "09:00")
    check(assignment, "out", "09:20")
    flag = assignment.flags.get()
    reviewers = [make_user(f"d{number}", Role.DISPATCHER) for number in range(6)]

    outcomes = together(
        [
            partial(review_flag, flag=flag, verdict="cleared", reason="已核实", actor=reviewer, now=at("12:00"))
            for reviewer in reviewers
        ]
    )

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 5
    assert Visit.objects.get().status == "verified"
    assert Transfer.objects.get().minutes == 20
