"""Whatever happens to visits, in any order: what is held and posted is what their quotes say, and nobody is overdrawn."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dispatch.offers.services.amend import amend_visit
from dispatch.offers.services.day import give_up_passed_days
from dispatch.offers.services.end import cancel_order, cancel_visit, release_assignment, report_no_show
from dispatch.visits.services.credit_hold import FREED, put_credit_holds_right
from dispatch.visits.services.paid_orders import materialise_paid_series
from dispatch.visits.services.verify import review_flag
from orders.models import Elder, Order, Visit
from orders.requests import Recurrence
from orders.services.orders import cancel_unbooked_order
from people.errors import Conflict, WrongState
from people.models import PolicySetting
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import NOW, TODAY, at, make_carer, make_elder, make_item, promise, serve
from tests.dispatch.visits.credits import account, give, pay_order
from tests.orders import make
from volunteers.models import Carer
from volunteers.timebank.models import Transfer
from volunteers.timebank.verify import verify_ledger

DAYS = (0, 1, 2, 4, 17, 18)  # the last two in the next month, with its fresh government hours
BEFORE = (Visit.Status.OPEN, Visit.Status.PLANNED, Visit.Status.RESERVED)
AMENDABLE = (*BEFORE, Visit.Status.UNSERVED)

days = st.sampled_from([TODAY + timedelta(days=number) for number in DAYS])
who = st.integers(0, 1)
some = st.integers(0, 999)  # picks one of the rows there are


class Credits(RuleBasedStateMachine):
    """Two elders with time accounts, one of them with government hours too. What they were given is the only model."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.given = [0, 0]
        self.elders: list[Elder] = []
        self.carers = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize()
    def county(self) -> None:
        PolicySetting.objects.create(key="materialise_days", value=2, effective_from=TODAY, owner="test")
        self.office = make_user("office", Role.DISPATCHER)
        self.items = [make_item(), make_item("MEAL", duration_minutes=25), make_item("ERRAND", subsidised=False)]
        self.elders = [make_elder("E1"), make_elder("E2")]
        make.entitlement(self.elders[0], 90)
        for elder in range(2):
            self.save_time(elder, 200)
        self.order(0, TODAY, [0, 1], True)
        self.order_every_other_day(1, TODAY)

    def carer(self) -> Carer:
        """A fresh one each time, so that nobody is busy elsewhere."""
        self.carers += 1
        return make_carer(f"C{self.carers}", kind=Carer.Kind.WORKER, skills=("CLEAN", "MEAL", "ERRAND"))

    def pick(self, number: int, *statuses: str) -> Visit | None:
        found = list(Visit.objects.filter(status__in=statuses).order_by("pk"))
        return found[number % len(found)] if found else None

    @rule(elder=who, minutes=st.integers(1, 150))
    def save_time(self, elder: int, minutes: int) -> None:
        give(self.elders[elder], minutes)
        self.given[elder] += minutes

    @rule(elder=who, day=days, wanted=st.sampled_from([[0], [1, 0], [2]]), use=st.sampled_from([True, True, False]))
    def order(self, elder: int, day, wanted: list[int], use: bool) -> None:
        requests = [make.request(self.items[number], day=day) for number in wanted]
        pay_order(self.elders[elder], *requests, use_credits=use)

    @rule(elder=who, day=days)
    def order_every_other_day(self, elder: int, day) -> None:
        rule = Recurrence("FREQ=DAILY;INTERVAL=2;COUNT=3")
        pay_order(self.elders[elder], make.request(self.items[0], day=day, recurrence=rule))

    @rule(day=days)
    def make_later_visits(self, day) -> None:
        assert materialise_paid_series(until=day, now=NOW).warnings == []

    def promised(self, number: int):
        visit = self.pick(number, Visit.Status.OPEN)
        return promise(visit, self.carer())[0] if visit else None

    @rule(number=some)
    def serve(self, number: int) -> None:
        if assignment := self.promised(number):
            serve(assignment, "09:00", "09:25" if assignment.visit.item.code == "MEAL" else "10:00")

    @rule(number=some, verdict=st.sampled_from(["cleared", "upheld", None]))
    def serve_badly(self, number: int, verdict: str | None) -> None:
        if assignment := self.promised(number):
            serve(assignment, "09:00", "09:02")
            if verdict:
                review = partial(review_flag, verdict=verdict, reason="电话核实", actor=self.office)
                review(flag=assignment.flags.get(), now=at("12:00", assignment.visit.service_date))

    @rule(number=some, taken_back=st.booleans())
    def promise(self, number: int, taken_back: bool) -> None:
        assignment = self.promised(number)
        if assignment and taken_back:
            release_assignment(assignment=assignment, reason="车坏了", actor=self.office, now=NOW)

    @rule(number=some, late=st.booleans())
    def nobody_comes(self, number: int, late: bool) -> None:
        """Late: not done; else somebody else is looked for."""
        if assignment := self.promised(number):
            visit = assignment.visit
            report_no_show(
                assignment=assignment,
                reason="联系不上",
                actor=self.office,
                now=visit.window_end if late else assignment.planned_start,
            )

    @rule(number=some)
    def cancel_one(self, number: int) -> None:
        if visit := self.pick(number, *BEFORE):
            cancel_visit(visit=visit, reason="住院", actor=self.office, now=NOW)

    @rule(number=some, by_orders=st.booleans())
    def cancel_all(self, number: int, by_orders: bool) -> None:
        orders = list(Order.objects.order_by("pk"))
        if not orders:
            return
        order = orders[number % len(orders)]
        with suppress(WrongState):  # carers are booked, or nothing is left
            if by_orders:
                cancel_unbooked_order(order=order, reason="住院", actor=None, now=NOW)
                put_credit_holds_right(now=NOW)
            else:
                cancel_order(order=order, reason="住院", actor=self.office, now=NOW)

    @rule(number=some, day=days)
    def move(self, number: int, day) -> None:
        """To another day, or open again after nobody came."""
        if visit := self.pick(number, *AMENDABLE):
            window = {"window_start": at("09:00", day), "window_end": at("11:00", day)}
            with suppress(Conflict):  # its order has a visit there, or has ended
                amend_visit(visit=visit, reason="女儿来访", actor=self.office, now=NOW, **window)

    @rule(day=days)
    def days_pass(self, day) -> None:
        give_up_passed_days(now=at("07:00", day))

    @invariant()
    def ledger_says_what_the_visits_say(self) -> None:
        for elder, given in zip(self.elders, self.given, strict=True):
            visits = Visit.objects.filter(elder=elder).order_by()
            posted = self.minutes(visits.filter(status=Visit.Status.VERIFIED))
            held = self.minutes(visits.exclude(status__in=[*FREED, Visit.Status.VERIFIED]))
            assert account(elder) == (given - posted, held)
            assert given - posted >= held
        assert put_credit_holds_right(now=NOW) == 0
        days = Transfer.objects.filter(kind="REDEEM").exclude(status="voided").values_list("cause", "day", "minutes")
        quoted = Visit.objects.exclude(status__in=FREED).filter(credit_minutes__gt=0)
        assert sorted(days) == sorted(
            (f"visit:{visit.pk}", visit.service_date, visit.credit_minutes) for visit in quoted
        )
        assert verify_ledger() == []

    def minutes(self, visits) -> int:
        return visits.aggregate(total=Sum("credit_minutes"))["total"] or 0


@pytest.mark.django_db
def test_what_is_held_and_posted_is_what_the_visits_say():
    run_state_machine_as_test(
        Credits,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
