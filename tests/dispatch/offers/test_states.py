"""Any sequence of answers, checks, ends and reviews: no move outside the tables, all or none, credits exactly once."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import booleans, integers, sampled_from

from dispatch.offers.models import LateAlarm, LateAlarmEvent, Offer, OfferEvent
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.end import cancel_visit, expire_due, release_assignment, report_no_show
from dispatch.offers.services.late import look_for_late_work
from dispatch.offers.services.late_evidence import follow_late_evidence
from dispatch.offers.services.send import send_offers
from dispatch.visits.models import Assignment, AssignmentEvent, Flag, FlagEvent
from dispatch.visits.services.verify import review_flag
from orders.models import Visit, VisitEvent
from people.errors import DomainError
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    NOW,
    accept,
    ask,
    ask_pool,
    at,
    check,
    legs,
    link,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_visit,
)
from volunteers.timebank.models import Transfer
from volunteers.timebank.selectors import ledger_sum

PROMISED = ("accepted", "checked_in", "checked_out")
HISTORIES = (
    (Visit, VisitEvent),
    (Assignment, AssignmentEvent),
    (Offer, OfferEvent),
    (Flag, FlagEvent),
    (LateAlarm, LateAlarmEvent),
)
GIVEN_UP = ("no_show", "released")
pick = integers(min_value=0, max_value=59)
rarely = sampled_from([False, False, False, True])


class Dispatch(RuleBasedStateMachine):
    """A double-up and two linked visits, four carers, and everything that may happen to them."""

    @initialize(promised=booleans())
    def open_the_day(self, promised: bool) -> None:
        self.minutes = 0
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        elder = make_elder()
        self.visits = [
            make_visit(elder, make_item("PERSONAL", skill="CLEAN", carers_needed=2)),
            make_visit(elder, make_item(), start="14:00", end="16:00"),
            make_visit(elder, make_item("MEAL", skill="CLEAN"), start="14:00", end="16:00"),
        ]
        link(self.visits[1], self.visits[2])
        self.carers = [make_carer(f"C{number}") for number in range(4)]
        self.office = make_user("office", Role.DISPATCHER)
        ask(self.visits[0], *self.carers[:2])
        send_offers(
            legs=[
                *legs(self.visits[1], self.carers[2], start="14:00"),
                *legs(self.visits[2], self.carers[3], start="14:00"),
            ],
            actor=None,
            now=NOW,
        )
        if promised:
            self.everybody_says_yes()

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @property
    def now(self) -> Any:
        return NOW + timedelta(minutes=self.minutes)

    def attempt(self, verb: Any, *args: Any, **kwargs: Any) -> None:
        """Do it, or be refused; nothing else may happen."""
        try:
            with transaction.atomic():
                verb(*args, **kwargs)
        except DomainError:
            return

    @rule(index=pick, first=pick, pool=booleans())
    def put_the_question(self, index: int, first: int, pool: bool) -> None:
        visit = self.visits[index % 3]
        start = "09:00" if index % 3 == 0 else "14:00"
        pair = [self.carers[first % 4], self.carers[(first + 1 + index % 3) % 4]]
        if pool:
            self.attempt(ask_pool, visit, *pair, leg=1 + index % visit.carers_needed, start=start, now=self.now)
        else:
            self.attempt(ask, visit, *pair[: visit.carers_needed], start=start, now=self.now)

    @rule(index=pick, late=rarely)
    def say_yes(self, index: int, late: bool) -> None:
        if offer := self.one_of(Offer, index, anything=late, status="sent"):
            self.attempt(accept, offer, now=self.now)

    @rule()
    def everybody_says_yes(self) -> None:
        for offer in Offer.objects.filter(status="sent").order_by("pk"):
            self.attempt(accept, offer, now=self.now)

    @rule(index=pick, late=rarely)
    def say_no(self, index: int, late: bool) -> None:
        if index % 3 == 0 and (offer := self.one_of(Offer, index, anything=late, status="sent")):
            self.attempt(decline_offer, offer=offer, reason="SICK", actor=login_of(offer.carer), now=self.now)

    @rule(index=pick, leave=booleans(), minute=sampled_from([0, 20, 60]), anything=rarely)
    def send_a_check(self, index: int, leave: bool, minute: int, anything: bool) -> None:
        """In any order, and twice or more; the phones were without signal until the evening."""
        if work := self.one_of(Assignment, index, anything=anything, status__in=PROMISED):
            clock = f"{10 if leave else 9}:{minute % 60:02}"
            self.attempt(check, work, "out" if leave else "in", f"{clock:0>5}", now=NOW + timedelta(hours=12))

    @rule(index=pick, leave=booleans())
    def hear_of_one_given_up(self, index: int, leave: bool) -> None:
        if work := self.one_of(Assignment, index, anything=False, status__in=GIVEN_UP):
            self.attempt(check, work, "out" if leave else "in", "10:00" if leave else "09:05", now=at("12:00"))

    @rule(minutes=sampled_from([15, 25, 60]))
    def look_for_the_late(self, minutes: int) -> None:
        look_for_late_work(now=at("09:00") + timedelta(minutes=minutes))

    @rule()
    def follow_the_evidence(self) -> None:
        follow_late_evidence(now=at("12:00"))

    @rule(index=pick, by_office=booleans(), anything=rarely)
    def give_back(self, index: int, by_office: bool, anything: bool) -> None:
        if index % 3 == 0 and (work := self.one_of(Assignment, index, anything=anything, status="accepted")):
            actor = self.office if by_office else login_of(work.carer)
            self.attempt(release_assignment, assignment=work, reason="x", actor=actor, now=self.now)

    @rule(index=pick)
    def report_missing(self, index: int) -> None:
        if index % 3 == 0 and (work := self.one_of(Assignment, index, anything=False, status__in=PROMISED)):
            self.attempt(report_no_show, assignment=work, reason="x", actor=self.office, now=self.now)

    @rule(index=pick)
    def cancel(self, index: int) -> None:
        if index % 5 == 0:
            self.attempt(cancel_visit, visit=self.visits[index % 3], reason="x", actor=self.office, now=self.now)

    @rule(index=pick, verdict=sampled_from(["cleared", "upheld"]))
    def review(self, index: int, verdict: str) -> None:
        if flag := self.one_of(Flag, index, anything=True):
            self.attempt(review_flag, flag=flag, verdict=verdict, reason="x", actor=self.office, now=self.now)

    @rule(minutes=sampled_from([1, 10]))
    def let_time_pass(self, minutes: int) -> None:
        self.minutes += minutes
        expire_due(now=self.now)

    def one_of(self, model: Any, index: int, *, anything: bool, **wanted: object) -> Any:
        """A row of the wanted kind, or of any kind, to try what must be refused; None when there is none."""
        rows = list(model.objects.filter(**({} if anything else wanted)).order_by("pk"))
        return rows[index % len(rows)] if rows else None

    @invariant()
    def every_status_is_where_its_history_leads(self) -> None:
        if not hasattr(self, "visits"):
            return
        for model, events in HISTORIES:
            trail: dict[int, list[tuple[str, str]]] = {}
            for subject, old, new in events.objects.order_by("pk").values_list("subject", "old", "new"):
                trail.setdefault(subject, []).append((old, new))
            for row in model.objects.all():
                steps = trail[row.pk]
                assert steps[0][0] == ""
                assert steps[-1][1] == row.status
                for (_, before), (old, new) in pairwise(steps):
                    assert old == before
                    assert new in model.MOVES[old]

    @invariant()
    def promises_are_all_or_none(self) -> None:
        for visit in Visit.objects.all():
            live = list(visit.assignments.filter(status__in=Assignment.LIVE).values_list("status", flat=True))
            if visit.status == "reserved":
                assert len(live) == visit.carers_needed
                assert set(live) == {"accepted"}
            if visit.status == "planned":
                assert live
                assert not set(live) & {"checked_in", "checked_out"}
            if visit.status in ("open", "cancelled", "unserved"):
                assert live == []
                assert not visit.offers.filter(status="accepted").exists()
            if visit.status in ("finished", "verified", "disputed"):
                assert set(live) == {"checked_out"}

    @invariant()
    def accepted_offers_and_promises_are_the_same(self) -> None:
        accepted = Offer.objects.filter(status="accepted").values_list("assignment", flat=True)
        promised = Assignment.objects.filter(status__in=PROMISED).values_list("pk", flat=True)
        assert sorted(accepted) == sorted(promised)

    @invariant()
    def each_verified_leg_is_credited_once(self) -> None:
        legs = Assignment.objects.filter(visit__status="verified", status="checked_out")
        keys = sorted(f"visit:{leg.visit_id}:carer:{leg.carer_id}" for leg in legs if leg.delivered_minutes)
        assert sorted(Transfer.objects.values_list("key", flat=True)) == keys
        assert ledger_sum() == 0


@pytest.mark.django_db
def test_no_sequence_of_events_leads_to_an_illegal_state():
    limits = settings(max_examples=25, stateful_step_count=30, deadline=None, derandomize=True)
    run_state_machine_as_test(Dispatch, settings=limits)
