"""What changes by itself reaches the page, and nothing else is drawn again."""

import re
from datetime import timedelta
from html import unescape
from unittest.mock import Mock

import pytest
from django.core.cache import cache

from dispatch.offers.services.answer import accept_offer
from dispatch.urgent.services import escalate
from orders.models import Visit
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import NOW, TODAY, ask, at, make_carer, make_elder, make_visit, promise
from tests.dispatch.urgent import make as urgent


def poll(client, seen=(), **query):
    return client.get("/console/live/", {"seen": list(seen)} | query)


def marks(answer) -> dict[str, str]:
    return {pane.name: pane.mark for pane in answer.context["changed"]} if answer.status_code == 200 else {}


def test_a_page_that_shows_what_is_true_gets_nothing(operator) -> None:
    promise(make_visit(), make_carer())

    first = marks(poll(operator))
    again = poll(operator, first.values())

    assert sorted(first) == ["calls", "today", "urgent"]
    assert (again.status_code, again.content) == (204, b"")


def test_an_acceptance_reaches_the_page(operator) -> None:
    [offer] = ask(make_visit(make_elder(name="张桂兰")), make_carer(name="李强"))
    seen = marks(poll(operator))

    accept_offer(offer=offer, actor=offer.carer.person.user, now=NOW)
    cache.clear()  # a second later
    answer = poll(operator, seen.values())

    assert list(marks(answer)) == ["today"]
    page = answer.content.decode()
    assert "刚刚接单" in page
    assert "李强" in page


def test_an_urgent_call_that_breaks_does_not_break_the_page(operator, monkeypatch) -> None:
    urgent.item()
    urgent.carer("C1")
    running = urgent.call()
    monkeypatch.setattr("people.clock.now", lambda: urgent.after(120))
    monkeypatch.setattr(escalate, "held_call", Mock(side_effect=RuntimeError))

    broken = poll(operator)
    monkeypatch.undo()
    monkeypatch.setattr("people.clock.now", lambda: urgent.after(121))
    cache.clear()
    poll(operator)

    assert broken.status_code == 200
    running.refresh_from_db()
    assert running.status == "alarmed"


@pytest.mark.parametrize(("clock", "late"), [("10:14", 0), ("10:15", 1)])
def test_who_has_not_checked_in_is_late_after_the_policys_minutes(operator, monkeypatch, clock: str, late: int) -> None:
    promise(make_visit(make_elder(name="张桂兰"), start="09:30", end="11:00"), make_carer(), start="10:00")
    monkeypatch.setattr("people.clock.now", lambda: at(clock))

    page = operator.get("/console/")

    assert page.context["panes"]["today"].html.count('class="late"') == late


def test_the_late_who_have_no_row_are_one_link_away(operator, monkeypatch) -> None:
    for number in range(11):
        clock = "10:00" if number < 10 else "10:01"
        visit = make_visit(make_elder(f"E{number}"), start="09:30", end="11:00")
        promise(visit, make_carer(f"C{number}"), start=clock)
    monkeypatch.setattr("people.clock.now", lambda: at("10:15"))

    pane = operator.get("/console/").context["panes"]["today"].html
    [link] = re.findall(r'href="(/admin/visits/assignment/[^"]+)"', pane)
    listed = operator.get(unescape(link)).context["cl"].queryset

    assert "全部：还有2个" in pane
    assert {assignment.carer.number for assignment in listed} == {f"C{number}" for number in range(10)}


def test_eight_late_need_no_link(operator, monkeypatch) -> None:
    for number in range(8):
        visit = make_visit(make_elder(f"E{number}"), start="09:30", end="11:00")
        promise(visit, make_carer(f"C{number}"), start="10:00")
    monkeypatch.setattr("people.clock.now", lambda: at("10:15"))

    pane = operator.get("/console/").context["panes"]["today"].html

    assert (pane.count('class="late"'), "/admin/visits/" in pane) == (8, False)


def test_a_visit_nobody_served_says_why(operator) -> None:
    missed = make_visit(make_elder("E2", name="陈大爷"))
    missed.unserved_reasons = [{"code": "no_carer_free_in_window"}]
    missed.status = "unserved"
    missed.save()

    pane = operator.get("/console/").context["panes"]["today"].html

    assert "未能安排，请回电" in pane
    assert "时段内没有人有空" in pane


def test_the_not_served_who_have_no_row_are_one_link_away(operator) -> None:
    for number in range(11):
        day = TODAY if number < 10 else TODAY + timedelta(days=1)
        visit = make_visit(make_elder(f"E{number}"), day=day)
        Visit.objects.filter(pk=visit.pk).update(status="unserved" if number % 2 else "not_done", end_reason="无人在家")
    make_visit(make_elder("open"))

    pane = operator.get("/console/").context["panes"]["today"].html
    [link] = re.findall(r'href="(/admin/orders/visit/[^"]+)"', pane)
    listed = operator.get(unescape(link)).context["cl"].queryset

    assert "全部：还有2个" in pane
    assert {visit.elder.number for visit in listed} == {f"E{number}" for number in range(10)}


def test_eight_not_served_need_no_link(operator) -> None:
    for number in range(8):
        visit = make_visit(make_elder(f"E{number}"))
        Visit.objects.filter(pk=visit.pk).update(status="unserved")

    pane = operator.get("/console/").context["panes"]["today"].html

    assert ("未能安排，请回电" in pane, "/admin/orders/visit/" in pane) == (True, False)


def test_a_second_operator_on_the_same_elder_is_seen_and_gone_again(operator, as_user, monkeypatch) -> None:
    elder = make_elder()
    poll(as_user(make_user("op2", Role.OPERATOR, name="李敏")), elder=elder.pk)

    here = poll(operator, elder=elder.pk)
    monkeypatch.setattr("people.clock.now", lambda: NOW + timedelta(seconds=30))
    gone = poll(operator, elder=elder.pk)

    assert "李敏 也在看这张老人卡" in here.content.decode()
    assert "也在看这张老人卡" not in gone.content.decode()


def test_a_poll_without_a_session_is_told_so(client, db) -> None:
    assert client.get("/console/live/", headers={"HX-Request": "true"}).status_code == 401


def test_a_poll_of_a_quiet_day_stays_cheap(operator, django_assert_max_num_queries) -> None:
    elder = make_elder()
    for number in range(4):
        promise(
            make_visit(elder, start=f"{8 + number:02d}:00", end=f"{9 + number:02d}:00"),
            make_carer(f"C{number}"),
            start=f"{8 + number:02d}:00",
        )
    poll(operator, elder=elder.pk)

    with django_assert_max_num_queries(16):
        poll(operator, elder=elder.pk)
