"""Amending, cancelling, holding, resuming and closing."""

from datetime import date

import pytest

from orders.models import EntitlementUse, EntitlementUseEvent, Order, OrderEvent, Visit, VisitEvent, VisitWindow
from orders.requests import Recurrence
from orders.services import orders as services
from orders.services.visits import move_visit
from people.errors import Conflict, Invalid, LostRace, WrongState
from tests.orders import make

pytestmark = pytest.mark.django_db

TOMORROW = date(2026, 9, 15)


def amend(visit, start, end, day=make.TODAY, **fields):
    services.amend_visit(
        visit=visit,
        window_start=make.at(start, day),
        window_end=make.at(end, day),
        **({"actor": None, "now": make.NOW} | fields),
    )


def move(visit, *steps):
    for to in steps:
        move_visit(visit=visit, to=to, reason="because", actor=None, now=make.NOW)


def everything():
    return [
        list(table.objects.order_by("pk").values())
        for table in (Order, OrderEvent, Visit, VisitEvent, EntitlementUse, EntitlementUseEvent)
    ]


class TestAmend:
    def test_an_open_visit_gets_another_window_and_the_old_one_is_remembered(self):
        visit = make.visit(make.elder(), make.item())
        VisitWindow.objects.create(visit=visit, start=make.at("09:00"), end=make.at("09:30"))

        amend(visit, "14:00", "15:30", TOMORROW)

        visit.refresh_from_db()
        assert (visit.window_start, visit.window_end) == (make.at("14:00", TOMORROW), make.at("15:30", TOMORROW))
        assert (visit.service_date, visit.status, visit.windows.count()) == (TOMORROW, "open", 0)
        event = visit.events.latest("pk")
        assert (event.old, event.new) == ("open", "open")
        assert event.reason == "2026-09-14 09:00–11:00 → 2026-09-15 14:00–15:30"

    def test_its_own_window_changes_nothing(self):
        visit = make.visit(make.elder(), make.item())
        before = everything()

        amend(visit, "09:00", "11:00")

        assert everything() == before

    def test_a_time_critical_visit_stays_narrow(self):
        visit = make.visit(make.elder(), make.item(), time_critical_reason="MEAL")

        amend(visit, "14:00", "16:00")

        assert (visit.window_start, visit.window_end) == (make.at("14:45"), make.at("15:15"))

    def test_another_month_pays_from_its_own_minutes(self):
        elder = make.elder()
        make.entitlement(elder, 60)
        visit = make.visit(elder, make.item())

        amend(visit, "09:00", "11:00", date(2026, 10, 1))

        assert sorted(visit.entitlement_uses.values_list("month", "status", "minutes")) == [
            (date(2026, 9, 1), "returned", 60),
            (date(2026, 10, 1), "reserved", 60),
        ]

    def test_an_unserved_visit_opens_again(self):
        elder = make.elder()
        make.entitlement(elder, 60)
        visit = make.visit(elder, make.item())
        move(visit, "unserved")

        amend(visit, "09:00", "11:00", TOMORROW)

        visit.refresh_from_db()
        assert (visit.status, visit.service_date, visit.gov_minutes) == ("open", TOMORROW, 60)
        assert Order.objects.get().status == "confirmed"
        assert [e.new for e in visit.events.all()] == ["open", "unserved", "unserved", "open"]

    @pytest.mark.parametrize(
        ("steps", "code"),
        [
            (["planned"], "release_first"),
            (["planned", "reserved"], "release_first"),
            (["planned", "reserved", "started"], "wrong_state"),
            (["planned", "reserved", "started", "finished", "verified"], "wrong_state"),
            (["cancelled"], "wrong_state"),
        ],
    )
    def test_a_booked_or_begun_visit_is_refused(self, steps, code):
        visit = make.visit(make.elder(), make.item())
        move(visit, *steps)
        before = everything()

        with pytest.raises(WrongState) as refusal:
            amend(visit, "14:00", "15:00")

        assert refusal.value.code == code
        assert everything() == before

    @pytest.mark.parametrize(
        ("start", "end", "day", "field"),
        [
            ("11:00", "10:00", TOMORROW, "window_end"),
            ("06:00", "08:00", make.TODAY, "window_start"),
            ("09:00", "09:30", TOMORROW, "window_end"),  # must end within it, and takes 60 minutes
            ("09:00", "11:00", date(2027, 1, 1), "item"),
            ("09:00", "11:00", date(2026, 12, 1), "elder"),
        ],
    )
    def test_a_bad_window_is_refused(self, start, end, day, field):
        elder = make.elder(active_to=date(2026, 11, 30))
        visit = make.visit(elder, make.item(effective_to=date(2026, 12, 31)), window_rule="END")
        before = everything()

        with pytest.raises(Invalid) as refusal:
            amend(visit, start, end, day)

        assert field in refusal.value.fields
        assert everything() == before

    def test_a_copy_read_before_a_rivals_amendment_loses(self):
        visit = make.visit(make.elder(), make.item())
        stale = Visit.objects.get(pk=visit.pk)
        amend(visit, "14:00", "15:00")
        before = everything()

        with pytest.raises(LostRace):
            amend(stale, "16:00", "17:00")

        assert everything() == before

    def test_a_copy_read_before_a_rival_promised_or_shortened_the_visit_loses(self):
        visit = make.visit(make.elder(), make.item())
        before_shortening = Visit.objects.get(pk=visit.pk)
        amend(visit, "09:00", "10:00")
        with pytest.raises(LostRace):
            amend(before_shortening, "16:00", "17:00")

        before_promise = Visit.objects.get(pk=visit.pk)
        move_visit(visit=visit, to="planned", actor=None, now=make.NOW)
        before = everything()
        with pytest.raises(LostRace):
            amend(before_promise, "16:00", "17:00")

        assert everything() == before

    def test_two_visits_of_an_item_cannot_share_a_window(self):
        elder = make.elder()
        order = make.order(elder, make.request(make.item(), recurrence=Recurrence("FREQ=DAILY;COUNT=2")))
        first, second = make.visits(order)
        before = everything()

        with pytest.raises(Conflict):
            amend(second, "09:00", "11:00", first.service_date)

        assert everything() == before


class TestCancel:
    def cancel(self, order, reason="moved to her son"):
        return services.cancel_order_record(order=order, reason=reason, actor=None, now=make.NOW)

    def test_before_anything_began_all_of_it_goes(self):
        elder, clean = make.elder(), make.item()
        make.entitlement(elder, 600)
        order = make.order(elder, make.request(clean), make.request(clean, "13:00", "14:00"))
        first, second = make.visits(order)
        move(second, "planned", "reserved")

        assert self.cancel(order) == [first, second]

        order.refresh_from_db()
        assert (order.status, order.end_reason) == ("cancelled", "moved to her son")
        assert {(v.status, v.end_reason) for v in make.visits(order)} == {("cancelled", "moved to her son")}
        assert set(EntitlementUse.objects.values_list("status", flat=True)) == {"returned"}

    def test_a_repeat_changes_nothing(self):
        order = make.order(make.elder(), make.request(make.item()))
        self.cancel(order)
        before = everything()

        assert self.cancel(order) == []

        assert everything() == before

    def test_what_began_goes_on(self):
        clean = make.item()
        order = make.order(make.elder(), make.request(clean), make.request(clean, "13:00", "14:00"))
        first, second = make.visits(order)
        move(first, "planned", "reserved", "started")

        assert self.cancel(order) == [second]

        order.refresh_from_db()
        assert order.status == "confirmed"
        move(Visit.objects.get(pk=first.pk), "finished", "verified")
        order.refresh_from_db()
        assert order.status == "partly_done"

    def test_nothing_left_is_refused(self):
        order = make.order(make.elder(), make.request(make.item()))
        move(make.visits(order)[0], "planned", "reserved", "started", "finished", "verified")
        before = everything()

        with pytest.raises(WrongState):
            self.cancel(order)

        assert everything() == before

    def test_a_reason_is_needed(self):
        order = make.order(make.elder(), make.request(make.item()))
        before = everything()

        with pytest.raises(Invalid):
            self.cancel(order, reason=" ")
        with pytest.raises(Invalid):
            services.cancel_visit_record(visit=make.visits(order)[0], reason="", actor=None, now=make.NOW)

        assert everything() == before

    def test_a_visit_that_began_cannot_be_cancelled(self):
        visit = make.visit(make.elder(), make.item())
        move(visit, "planned", "reserved", "started")
        before = everything()

        with pytest.raises(WrongState):
            services.cancel_visit_record(visit=visit, reason="changed her mind", actor=None, now=make.NOW)

        assert everything() == before


class TestHold:
    def test_hold_resume_and_their_repeats(self):
        order = make.order(make.elder(), make.request(make.item()))

        for _ in range(2):
            services.put_on_hold(order=order, reason="in hospital", actor=None, now=make.NOW)
        assert order.status == "on_hold"
        for _ in range(2):
            services.resume(order=order, actor=None, now=make.NOW)

        assert [e.new for e in order.events.all()] == ["received", "confirmed", "on_hold", "confirmed"]

    @pytest.mark.parametrize("verb", ["put_on_hold", "resume", "close_order"])
    def test_wrong_states_are_refused(self, verb):
        order = make.order(make.elder(), make.request(make.item()))
        services.cancel_order_record(order=order, reason="mistake", actor=None, now=make.NOW)
        before = everything()

        with pytest.raises(WrongState):
            getattr(services, verb)(
                order=order, actor=None, now=make.NOW, **({"reason": "x"} if verb == "put_on_hold" else {})
            )

        assert everything() == before

    def test_a_copy_read_before_the_hold_loses(self):
        order = make.order(make.elder(), make.request(make.item()))
        stale = Order.objects.get(pk=order.pk)
        services.put_on_hold(order=order, reason="in hospital", actor=None, now=make.NOW)

        with pytest.raises(LostRace):
            services.put_on_hold(order=stale, reason="holiday", actor=None, now=make.NOW)

        assert OrderEvent.objects.count() == 3

    def test_a_hold_needs_a_reason(self):
        order = make.order(make.elder(), make.request(make.item()))

        with pytest.raises(Invalid):
            services.put_on_hold(order=order, reason="", actor=None, now=make.NOW)

        assert OrderEvent.objects.count() == 2


def test_an_ended_order_is_closed_once_and_an_open_one_not():
    order = make.order(make.elder(), make.request(make.item()))
    with pytest.raises(WrongState):
        services.close_order(order=order, actor=None, now=make.NOW)
    move(make.visits(order)[0], "unserved")
    order.refresh_from_db()

    for _ in range(2):
        services.close_order(order=order, actor=None, now=make.NOW)

    assert [e.new for e in order.events.all()] == ["received", "confirmed", "partly_done", "closed"]
