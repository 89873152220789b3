"""What happens to a visit is told as it happens: promised, moved, cancelled, not served, and nothing of the past."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.services.deliver import deliver_due
from dispatch.confirmations.services.tell import confirm_order
from dispatch.offers.services.amend import amend_visit
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.day import give_up_passed_days
from dispatch.offers.services.end import cancel_order, cancel_visit, release_assignment, report_no_show
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.visits.models import Assignment
from orders.models import Elder, Visit
from orders.requests import Recurrence
from orders.services.visits import move_visit
from people.roles import Role
from people.services import add_phone
from tests.cast import make_user
from tests.dispatch.confirmations.conftest import queued
from tests.dispatch.factories import (
    NOW,
    TODAY,
    accept,
    ask,
    ask_pool,
    at,
    link,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
)
from tests.orders import make

pytestmark = pytest.mark.django_db

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def elder() -> Elder:
    return reachable("E1")


def reachable(number: str) -> Elder:
    elder = make_elder(number)
    add_phone(person=elder.person, number="13800138000", is_primary=True, actor=None, now=NOW)
    return elder


def told() -> list[tuple[str, str, str]]:
    """Kind, status and words of every message, oldest first."""
    return [(row.kind, row.status, row.text.split("：")[1]) for row in Confirmation.objects.order_by("pk")]


class TestReserved:
    def test_who_comes_and_when(self, elder) -> None:
        promise(visit := make_visit(elder), make_carer(name="王芳"), start="09:30")

        assert told() == [("RESERVED", "queued", "9月14日（星期一）09:30，王芳上门CLEAN。改时间请拨12349。")]
        row = Confirmation.objects.get()
        assert (row.visit, row.order, row.expires_at) == (visit, visit.order_item.order, at("09:30"))

    def test_the_promise_of_a_pool_says_when_too(self, elder) -> None:
        [offer] = ask_pool(make_visit(elder), make_carer(name="王芳"), start="10:00")

        accept(offer)

        assert told() == [("RESERVED", "queued", "9月14日（星期一）10:00，王芳上门CLEAN。改时间请拨12349。")]

    def test_a_double_up_is_told_once_both_have_accepted(self, elder) -> None:
        first, second = ask(
            make_visit(elder, make_item(carers_needed=2)), make_carer("C1", name="王芳"), make_carer("C2", name="李强")
        )

        accept(second)
        assert told() == []
        accept(first)

        assert [text for _kind, _status, text in told()] == [
            "9月14日（星期一）09:00，王芳、李强上门CLEAN。改时间请拨12349。"
        ]

    def test_accepting_twice_tells_once(self, elder) -> None:
        [offer] = ask(make_visit(elder), make_carer())

        accept(offer)
        accept(offer)

        assert len(told()) == 1

    def test_another_carer_is_told_instead_of_the_first(self, elder) -> None:
        [part] = promise(visit := make_visit(elder), make_carer("C1", name="王芳"))
        release_assignment(assignment=part, reason="病了", actor=None, now=NOW)
        promise(visit, make_carer("C2", name="李强"))

        assert [status for _kind, status, _text in told()] == ["cancelled", "queued"]
        assert "王芳上门" in told()[0][2]
        assert "李强上门" in told()[1][2]
        assert Confirmation.objects.order_by("pk")[0].events.last().reason == "superseded"

    def test_the_same_carer_promised_anew_is_told_anew(self, elder) -> None:
        carer = make_carer()
        [part] = promise(visit := make_visit(elder), carer)
        Confirmation.objects.update(status="sent")
        release_assignment(assignment=part, reason="病了", actor=None, now=NOW)

        promise(visit, carer)

        assert [row[:2] for row in told()] == [("RESERVED", "sent"), ("LET_DOWN", "cancelled"), ("RESERVED", "queued")]

    def test_a_start_that_has_passed_is_not_told(self, elder) -> None:
        [offer] = ask(make_visit(elder), make_carer(), now=at("09:10"))

        accept(offer, now=at("09:10"))

        assert Visit.objects.get().status == "reserved"
        assert told() == []

    def test_two_linked_visits_are_two_messages(self, elder) -> None:
        first, second = make_visit(elder), make_visit(elder)
        link(first, second)

        promise(first, make_carer("C1"))
        assert told() == []
        promise(second, make_carer("C2"))

        assert sorted(Confirmation.objects.values_list("visit", flat=True)) == [first.pk, second.pk]

    @pytest.mark.parametrize("visits", [3, 30])
    def test_a_day_by_contract_costs_the_same_whatever_its_size(self, visits, django_assert_num_queries) -> None:
        """Four more than test_query_counts counts without phones: settings, messages known, rows, events."""
        legs = []
        for number in range(visits):
            carer = make_carer(f"C{number}", kind="WORKER", auto_accept=True)
            visit = make_visit(reachable(f"E{number}"))
            legs.append(LegOffer(visit, 1, carer, at("09:00"), at("10:00")))

        with django_assert_num_queries(46 + connection.features.has_select_for_update):
            send_offers(legs=legs, actor=None, now=NOW)

        assert Confirmation.objects.filter(kind="RESERVED").count() == visits


class TestLetDown:
    """Whoever waits for a carer by name hears that this one does not come, in the minute that it is known."""

    TEXT = "9月14日（星期一）09:00到11:00的CLEAN，原定护理员来不了，正在另找人，定好再告诉您。有事请拨12349。"

    @pytest.fixture
    def part(self, elder) -> Assignment:
        """A promise that the elder has been told of."""
        [part] = promise(make_visit(elder), make_carer("C1"), start="09:30")
        Confirmation.objects.update(status="sent")
        return part

    def give_back(self, part: Assignment, now: datetime = NOW, **words) -> None:
        release_assignment(assignment=part, reason="病了", actor=None, now=now, **words)

    def test_the_carer_announced_cannot_come(self, part) -> None:
        self.give_back(part)

        assert told()[1:] == [("LET_DOWN", "queued", self.TEXT)]
        row = Confirmation.objects.get(kind="LET_DOWN")
        assert (row.visit, row.expires_at, row.next_due_at) == (part.visit, at("11:00"), NOW)

    def test_who_comes_instead_replaces_it_while_it_waits(self, part) -> None:
        self.give_back(part)
        promise(part.visit, make_carer("C2"))

        assert [row[:2] for row in told()] == [("RESERVED", "sent"), ("LET_DOWN", "cancelled"), ("RESERVED", "queued")]

    def test_a_carer_who_did_not_come_is_told_of_too(self, part) -> None:
        report_no_show(assignment=part, reason="没来", actor=make_user("op", Role.OPERATOR), now=at("09:40"))

        assert told()[1:] == [("LET_DOWN", "queued", self.TEXT)]

    def test_it_is_said_once_though_the_next_carer_says_no(self, part) -> None:
        self.give_back(part)
        Confirmation.objects.update(status="sent")
        [offer] = ask(part.visit, make_carer("C2"))

        decline_offer(offer=offer, reason="SICK", actor=None, now=NOW)

        assert [row[:2] for row in told()] == [("RESERVED", "sent"), ("LET_DOWN", "sent")]

    def test_a_carer_taken_for_another_who_says_no_is_told_of_then(self, part) -> None:
        self.give_back(part, repair=False)
        assert len(told()) == 1
        [offer] = ask(part.visit, make_carer("C2"))

        decline_offer(offer=offer, reason="SICK", actor=None, now=NOW)

        assert told()[1:] == [("LET_DOWN", "queued", self.TEXT)]

    def test_who_was_told_of_nobody_hears_nothing(self, elder) -> None:
        [part] = promise(make_visit(elder), make_carer("C1"))

        self.give_back(part)

        assert [row[:2] for row in told()] == [("RESERVED", "queued")]

    def test_a_window_that_is_over_is_not_brought_up(self, part) -> None:
        self.give_back(part, now=at("11:00"))

        assert len(told()) == 1


class TestMoved:
    def move(self, visit: Visit) -> None:
        window = {"window_start": at("14:00", TOMORROW), "window_end": at("15:00", TOMORROW)}
        amend_visit(visit=visit, **window, reason="女儿来访", actor=None, now=NOW)

    def test_a_promise_that_moves_is_told_and_the_old_one_is_not_sent(self, elder) -> None:
        promise(visit := make_visit(elder), make_carer(), start="09:30")

        self.move(visit)

        text = "9月14日（星期一）09:30的CLEAN改到9月15日（星期二）14:00到15:00，定好人再告诉您。改时间请拨12349。"
        assert [told()[0][:2], told()[1]] == [("RESERVED", "cancelled"), ("MOVED", "queued", text)]
        assert Confirmation.objects.get(kind="MOVED").expires_at == at("15:00", TOMORROW)

    def test_what_nobody_had_promised_moves_without_a_word(self, elder) -> None:
        ask(visit := make_visit(elder), make_carer())

        self.move(visit)

        assert Visit.objects.get().window_start == at("14:00", TOMORROW)
        assert told() == []


class TestNotedButNotTold:
    """An order that was noted at night, whose message waits for the morning."""

    NIGHT, LATER, MORNING = at("22:00"), at("22:05"), at("07:00", TOMORROW)

    @pytest.fixture
    def visits(self, elder) -> list[Visit]:
        meal = make.request(make_item("MEAL"), "12:00", "13:00", day=TOMORROW)
        order = make.order(elder, make.request(make_item(), "09:00", "11:00", day=TOMORROW), meal)
        confirm_order(order=order, actor=None, now=self.NIGHT)
        assert [status for _, status, _ in told()] == ["queued"]
        return make.visits(order)

    def move(self, visit: Visit, now: datetime = LATER) -> None:
        window = {"window_start": at("14:00", TOMORROW), "window_end": at("15:00", TOMORROW)}
        amend_visit(visit=visit, **window, reason="女儿来访", actor=None, now=now)

    def sent(self, provider: Any) -> list[str]:
        deliver_due(now=self.MORNING)
        return [message.text.split("：")[1] for message in provider.sent]

    def test_one_visit_is_told_with_its_new_time_only(self, elder, provider) -> None:
        visit = make_visit(elder, day=TOMORROW)
        confirm_order(order=visit.order_item.order, actor=None, now=self.NIGHT)

        self.move(visit)

        assert self.sent(provider) == ["已登记9月15日（星期二）14:00到15:00CLEAN，定好人再告诉您。改时间请拨12349。"]

    def test_the_first_of_several_is_told_with_its_new_time_only(self, visits, provider) -> None:
        self.move(visits[0])

        text = "已登记MEAL、CLEAN，第一次9月15日（星期二）12:00到13:00，定好人再告诉您。改时间请拨12349。"
        assert self.sent(provider) == [text]

    def test_moved_twice_it_is_told_once(self, visits, provider) -> None:
        self.move(visits[0])
        self.move(visits[1])

        text = "已登记CLEAN、MEAL，第一次9月15日（星期二）14:00到15:00，定好人再告诉您。改时间请拨12349。"
        assert self.sent(provider) == [text]

    def test_promised_meanwhile_and_moved_both_messages_know(self, visits, provider) -> None:
        promise(visits[0], make_carer())

        self.move(visits[0])

        assert sorted(self.sent(provider)) == [
            "9月15日（星期二）09:00的CLEAN改到9月15日（星期二）14:00到15:00，定好人再告诉您。改时间请拨12349。",
            "已登记MEAL、CLEAN，第一次9月15日（星期二）12:00到13:00，定好人再告诉您。改时间请拨12349。",
        ]

    def test_what_was_sent_is_not_said_again(self, visits, provider) -> None:
        assert len(self.sent(provider)) == 1

        self.move(visits[0], now=self.MORNING + timedelta(minutes=1))

        assert [kind for kind, _, _ in told()] == ["ORDER_PLACED"]

    def test_the_first_cancelled_the_rest_is_told(self, visits, provider) -> None:
        cancel_visit(visit=visits[0], reason="女儿来访", actor=None, now=self.LATER)

        assert self.sent(provider) == [
            "9月15日（星期二）09:00的CLEAN已取消。有事请拨12349。",
            "已登记9月15日（星期二）12:00到13:00MEAL，定好人再告诉您。改时间请拨12349。",
        ]


class TestCancelled:
    def test_a_visit(self, elder) -> None:
        promise(visit := make_visit(elder), make_carer(), start="09:30")

        cancel_visit(visit=visit, reason="住院", actor=None, now=NOW)

        text = "9月14日（星期一）09:30的CLEAN已取消。有事请拨12349。"
        assert [told()[0][:2], told()[1]] == [("RESERVED", "cancelled"), ("CANCELLED", "queued", text)]

    def test_an_order_of_many_visits_is_one_message(self, elder) -> None:
        order = make.order(elder, make.request(make_item(), recurrence=Recurrence("FREQ=DAILY;COUNT=3")))
        other = queued(make_visit(elder).order_item.order, event="other")
        promise(make.visits(order)[0], make_carer())

        cancel_order(order=order, reason="住院", actor=None, now=NOW)

        last = Confirmation.objects.latest("pk")
        assert (last.order, last.visit, last.kind) == (order, None, "CANCELLED")
        assert last.text == "张桂兰您好：CLEAN从9月14日（星期一）09:00起共3次，已取消。有事请拨12349。"
        other.refresh_from_db()
        assert other.status == "queued"
        assert list(order.confirmations.order_by("pk").values_list("status", flat=True)) == ["cancelled", "queued"]

    def test_a_window_that_is_over_is_not_brought_up(self, elder) -> None:
        cancel_visit(visit=make_visit(elder), reason="住院", actor=None, now=at("11:00"))

        assert Visit.objects.get().status == "cancelled"
        assert told() == []


class TestNotServed:
    def test_the_day_before_is_told_in_the_morning(self, elder) -> None:
        make_visit(elder)

        assert give_up_passed_days(now=at("00:15", TOMORROW)) == 1

        text = "很抱歉，9月14日（星期一）CLEAN没有安排到人。请拨12349，我们重新安排。"
        assert told() == [("NOT_SERVED", "queued", text)]
        assert Confirmation.objects.get().next_due_at == at("07:00", TOMORROW)

    def test_an_older_day_is_not(self, elder) -> None:
        make_visit(elder)

        assert give_up_passed_days(now=at("00:15", TOMORROW + timedelta(days=1))) == 1

        assert told() == []


def test_what_only_the_records_know_is_not_told(elder) -> None:
    """A past that is entered afterwards moves visits without offers."""
    visit = make_visit(elder)
    for to in ("reserved", "started", "finished", "verified"):
        move_visit(visit=visit, to=to, actor=None, now=at("12:00"))

    assert told() == []
