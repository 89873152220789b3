"""The telephone on the console: what an operator sees of it, and what each button does."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from dispatch.console.calls_pane import calls_of
from orders.call_selectors import takes_calls
from orders.callers import read_number
from orders.models import CallBack, CallRecord, Contact, DialRequest, Extension, Order
from orders.services import calls
from orders.services.call_backs import owe_call_back
from orders.services.dialling import dial
from people.roles import Role
from people.services import create_person
from tests.cast import Cast, make_user
from tests.dispatch.console.typing import line, place
from tests.dispatch.factories import make_elder, make_item
from tests.flows.database import everything
from tests.orders.make import NOW
from tests.orders.test_call_hooks import MINUTE, hook

pytestmark = pytest.mark.django_db

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW + MINUTE)


@pytest.fixture
def lin() -> User:
    user = make_user("lin", Role.OPERATOR, name="林静")
    Extension.objects.create(user=user, number="8001")
    return user


@pytest.fixture
def ma() -> User:
    return make_user("ma", Role.OPERATOR, name="马丽")


@pytest.fixture
def browser() -> Callable[[User], Client]:
    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


def ringing(call_id: str = "c1", **fields: Any) -> CallRecord:
    return hook("newCall", call_id, now=NOW, **fields)


def taken(by: User, call_id: str = "c1", **fields: Any) -> CallRecord:
    return calls.claim(call=ringing(call_id, **fields), actor=by, now=NOW)


def ended(by: User, call_id: str = "c1", **fields: Any) -> CallRecord:
    return calls.hang_up_by_hand(call=taken(by, call_id, **fields), actor=by, now=NOW)


def owed(number: str = "13800138000", **fields: Any) -> CallBack:
    values: dict[str, Any] = {"why": CallBack.Why.MISSED, "due_at": NOW, "actor": None, "now": NOW}
    return owe_call_back(number=read_number(number), **values | fields)


def done(client: Client, row: CallBack, outcome: str, word: str | None = None) -> Any:
    """Press “done” on a page that shows the row as it is here, or another `word`."""
    values = {"word": word or row.word, "outcome": outcome}
    return client.post(reverse("console-call-back-done", args=[row.pk]), values)


def word_shown(client: Client) -> str:
    """What the page's only form says is owed."""
    page = client.get(reverse("console-call-backs")).content.decode()
    [shown] = re.findall(r'name="word" value="([^"]+)"', page)
    return str(shown)


def drawn(user: User) -> str:
    return render_to_string("console/_calls.html", {"pane": calls_of(user, NOW + MINUTE)})


class TestPane:
    def test_what_rings_stands_before_what_is_spoken_and_what_is_to_be_wrapped_up(self, lin):
        ended(lin, "first")
        taken(lin, "second", caller="anonymous")
        ringing("third", caller="8005")

        lines = calls_of(lin, NOW + timedelta(seconds=102)).lines

        assert [(line.call.call_id, line.number, line.can_be_taken, line.stopwatch) for line in lines] == [
            ("third", "**05", True, "01:42"),
            ("second", "未显示号码", False, "01:42"),
            ("first", "138****8000", False, "01:42"),
        ]

    def test_calls_to_be_wrapped_up_never_hide_one_that_rings(self, lin):
        for number in range(15):
            ended(lin, f"c{number}")
        hook("newCall", "late", now=NOW + MINUTE)

        lines = calls_of(lin, NOW + MINUTE).lines

        assert (len(lines), lines[0].call.call_id, lines[0].can_be_taken) == (12, "late", True)

    def test_a_full_screen_shows_the_own_calls_and_the_newest_and_counts_the_others(self, lin):
        taken(lin, "own")
        ringing("named", users=("lin",))
        for number in range(15):
            hook("newCall", f"c{number}", now=NOW + (number + 1) * timedelta(seconds=1))
        ended(lin, "to wrap up")

        pane = calls_of(lin, NOW + MINUTE)

        shown = ["named", *(f"c{number}" for number in range(5, 15)), "own"]
        assert [line.call.call_id for line in pane.lines] == shown
        assert (pane.more_waiting, "另有5个电话在等待。" in drawn(lin)) == (5, True)

    @pytest.mark.parametrize("many", [3, 12])
    def test_when_all_are_shown_none_more_waits(self, many, lin):
        for number in range(many):
            ringing(f"c{number}")

        assert (calls_of(lin, NOW).more_waiting, "另有" in drawn(lin)) == (0, False)

    def test_ringing_calls_stand_in_the_order_of_their_coming(self, lin):
        for number in range(5):
            hook("newCall", f"c{number}", now=NOW + number * timedelta(seconds=1))

        lines = calls_of(lin, NOW + MINUTE).lines

        assert [line.call.call_id for line in lines] == ["c0", "c1", "c2", "c3", "c4"]
        assert all(line.can_be_taken for line in lines)

    def test_a_call_taken_is_gone_from_the_others(self, lin, ma):
        taken(lin)

        assert [len(calls_of(user, NOW).lines) for user in (lin, ma)] == [1, 0]

    def test_a_call_wrapped_up_is_gone_and_so_is_one_of_yesterday(self, lin):
        calls.wrap_up(call=ended(lin, "c1"), code="asked", actor=lin, now=NOW)
        ended(lin, "c2")

        assert [line.call.call_id for line in calls_of(lin, NOW).lines] == ["c2"]
        assert calls_of(lin, NOW + timedelta(hours=13)).lines == []

    def test_a_call_out_is_the_operators_own_and_not_to_be_taken(self, lin, ma, browser):
        browser(lin).post(reverse("console-call-dial"), {"number": "13800138000"})

        [line] = calls_of(lin, NOW + MINUTE).lines
        assert (line.call.direction, line.can_be_taken) == ("out", False)
        assert calls_of(ma, NOW + MINUTE).lines == []

    def test_the_counts_are_of_today_and_of_what_is_due(self, lin):
        hook("hangup", "missed", caller="13900139001", now=NOW)
        hook("hangup", "yesterday", caller="13900139002", now=NOW - timedelta(hours=8))  # 23:00
        owed("13900139003", due_at=NOW + timedelta(hours=1))

        pane = calls_of(lin, NOW)

        assert (pane.missed_today, pane.call_backs_due) == (1, 2)

    def test_it_says_who_it_may_be_and_shows_no_number(self, cast: Cast, lin):
        child = create_person(name="张伟", gender="M", phones=["0517-82380123"], actor=None, now=NOW)
        Contact.objects.create(elder=cast.elder, person=child, relation="儿子")
        call = ringing(caller="0517-82380123")

        text = drawn(lin)

        assert f'href="?call={call.pk}&amp;elder={cast.elder.pk}"' in text
        assert "张桂兰" in text and "张伟（儿子）代张桂兰" in text and "仅可查询" in text
        assert "517****0123" in text and "82380123" not in text

    def test_nothing_to_do_is_said_too(self, lin):
        assert "现在没有电话。" in drawn(lin)

    @pytest.mark.parametrize(("many", "queries"), [(0, 3), (1, 5), (11, 5), (40, 6)])
    def test_it_costs_the_same_for_any_number_of_calls(self, many, queries, cast: Cast, lin, django_assert_num_queries):
        for number in range(many):
            ringing(f"c{number}")
        assert takes_calls(lin)  # as each page asks first: who one is, is read once

        with django_assert_num_queries(queries):
            pane = calls_of(lin, NOW)
            assert len(pane.lines) == min(many, 12)
        with django_assert_num_queries(0):
            render_to_string("console/_calls.html", {"pane": pane})


class TestTake:
    def test_it_goes_on_with_whoever_calls(self, lin, browser):
        call = ringing()

        answer = browser(lin).post(reverse("console-call-take", args=[call.pk]))

        assert (answer.status_code, answer["Location"]) == (302, f"/console/?call={call.pk}")
        assert CallRecord.objects.get().answered_by == lin

    def test_a_script_is_sent_there_too(self, lin, browser):
        call = ringing()

        answer = browser(lin).post(reverse("console-call-take", args=[call.pk]), **HTMX)

        assert (answer.status_code, answer["HX-Redirect"]) == (200, f"/console/?call={call.pk}")

    def test_who_comes_second_reads_who_has_it(self, lin, ma, browser):
        call, late = taken(lin), browser(ma)

        page = late.post(reverse("console-call-take", args=[call.pk]))
        script = late.post(reverse("console-call-take", args=[call.pk]), **HTMX)

        assert page.status_code == 409
        assert "林静已接听此电话。" in page.content.decode()
        assert script["HX-Redirect"] == "/console/"
        assert "林静已接听此电话。" in late.get(reverse("console-call-backs")).content.decode()
        assert CallRecord.objects.get().answered_by == lin

    def test_there_is_no_such_call(self, lin, browser):
        assert browser(lin).post(reverse("console-call-take", args=[0])).status_code == 404


class TestHangUp:
    def test_a_script_gets_the_pane_back(self, lin, browser):
        call = taken(lin)

        answer = browser(lin).post(reverse("console-call-hang-up", args=[call.pk]), **HTMX)

        assert CallRecord.objects.get().status == "ended"
        assert 'id="calls"' in answer.content.decode() and "小结" in answer.content.decode()

    def test_a_colleagues_call_out_is_hers(self, lin, ma, browser):
        call = dial(number="13800138000", actor=lin, now=NOW)

        for action in ("take", "hang-up"):
            assert browser(ma).post(reverse(f"console-call-{action}", args=[call.pk])).status_code == 409

        call.refresh_from_db()
        assert (call.status, call.answered_by) == ("ringing", None)

    def test_a_browser_goes_back_to_the_console(self, lin, browser):
        call = taken(lin)

        assert browser(lin).post(reverse("console-call-hang-up", args=[call.pk]))["Location"] == "/console/"


class TestWrapUp:
    def test_the_form_stands_alone_or_in_the_console(self, lin, browser):
        address = reverse("console-call-wrap-up", args=[ended(lin).pk])

        page, part = browser(lin).get(address), browser(lin).get(address, **HTMX)

        for answer in (page, part):
            text = answer.content.decode()
            assert "通话小结：138****8000" in text and "已下单" in text and "13800138000" not in text
        assert ("<html" in page.content.decode(), "<html" in part.content.decode()) == (True, False)

    def test_it_is_written_down_with_a_promise_on_the_countys_clock(self, lin, browser):
        call = ended(lin)
        typed = {"code": "asked", "note": "问助浴价格", "call_back_at": "2026-09-14T15:00"}

        answer = browser(lin).post(reverse("console-call-wrap-up", args=[call.pk]), typed, **HTMX)

        assert (answer.status_code, answer.content) == (200, b"")
        call.refresh_from_db()
        assert (call.wrap_up, call.outcome, call.wrapped_up_by) == ("asked", "问助浴价格", lin)
        assert CallBack.objects.get().due_at == NOW + timedelta(hours=8)

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"code": ""}, "请选这次通话的结果"),
            ({"code": "nonsense"}, "nonsense"),
            ({"note": "老" * 10_000}, "200"),
            ({"call_back_at": "2026-09-13T15:00"}, "这个时间已过。"),
            ({"call_back_at": "soon"}, "soon"),
            ({"call_back_at": "9999-12-31T23:59"}, "没有这一天"),
            ({"call_back_at": "0001-01-01T00:00"}, "没有这一天"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(self, wrong, words, lin, browser):
        call, client = ended(lin), browser(lin)
        before = everything()
        typed = {"code": "asked", "note": "问助浴价格", "call_back_at": ""} | wrong

        answer = client.post(reverse("console-call-wrap-up", args=[call.pk]), typed, **HTMX)

        assert answer.status_code == 400
        assert words in answer.content.decode() and typed["note"] in answer.content.decode()
        assert everything() == before


class TestOrder:
    def test_it_was_asked_for_when_the_operators_own_call_began(self, lin, browser):
        call, elder = taken(lin), make_elder()

        assert place(browser(lin), elder, line(make_item()), call=call.pk).status_code == 302

        order = Order.objects.get()
        assert (order.requested_at, list(order.calls.all())) == (NOW, [call])

    def test_another_operators_call_says_nothing_about_it_and_is_left_alone(self, lin, ma, browser):
        Extension.objects.create(user=ma, number="8002")
        elder, clean = make_elder(), make_item()
        for call in (taken(ma), dial(number="13900139000", actor=ma, now=NOW)):
            assert place(browser(lin), elder, line(clean), call=call.pk).status_code == 302

            order = Order.objects.latest("pk")
            assert (order.requested_at, list(order.calls.all())) == (NOW + MINUTE, [])
            call.refresh_from_db()
            assert (call.person, call.events.filter(actor=lin).count()) == (None, 0)


class TestByHand:
    @pytest.mark.parametrize(("typed", "kept"), [("13800138000", "+8613800138000"), ("", ""), ("x" * 10_000, "x" * 64)])
    def test_with_or_without_a_number(self, typed, kept, lin, browser):
        answer = browser(lin).post(reverse("console-call-by-hand"), {"number": typed})

        call = CallRecord.objects.get()
        assert (call.number, call.answered_by, call.status) == (kept, lin, "answered")
        assert answer["Location"] == f"/console/?call={call.pk}"


class TestDial:
    def test_a_persons_phone_a_caller_a_call_back_or_a_typed_number(self, cast: Cast, lin, browser):
        phone = cast.elder.person.phones.get(is_primary=True)
        named = {
            "phone": phone.pk,
            "call": ringing(caller="13900139001").pk,
            "call_back": owed("13900139002", person=cast.worker.person).pk,
        }

        for field, key in named.items():
            browser(lin).post(reverse("console-call-dial"), {field: key})
        browser(lin).post(reverse("console-call-dial"), {"number": "13900139003"}, **HTMX)

        asked = [request.call for request in DialRequest.objects.select_related("call__person")]
        assert [(call.number, call.person) for call in asked] == [
            ("+8613800138000", cast.elder.person),
            ("+8613900139001", None),
            ("+8613900139002", cast.worker.person),
            ("+8613900139003", None),
        ]

    @pytest.mark.parametrize("given", [{}, {"number": "abc"}, {"number": "1" * 10_000}, {"number": "120"}])
    def test_what_cannot_be_called_is_refused(self, given, lin, browser):
        assert browser(lin).post(reverse("console-call-dial"), given).status_code == 400
        assert not DialRequest.objects.exists()

    @pytest.mark.parametrize("field", ["phone", "call", "call_back"])
    @pytest.mark.parametrize("key", ["0", "x", "-1", "²", "9" * 30])
    def test_a_key_that_names_nothing_is_not_found(self, field, key, lin, browser):
        assert browser(lin).post(reverse("console-call-dial"), {field: key}).status_code == 404

    def test_who_has_no_extension_is_told_what_to_do(self, ma, browser):
        answer = browser(ma).post(reverse("console-call-dial"), {"number": "13800138000"})

        assert answer.status_code == 400
        assert "请管理员登记分机号" in answer.content.decode()


class TestCallBacks:
    def test_the_longest_due_comes_first_and_no_number_is_shown(self, cast: Cast, lin, browser):
        owed("13900139001", due_at=NOW + timedelta(hours=2), why=CallBack.Why.PROMISED)
        owed("13900139002", due_at=NOW - timedelta(hours=2), person=cast.elder.person)

        text = browser(lin).get(reverse("console-call-backs")).content.decode()

        assert text.index("139****9002") < text.index("139****9001")
        assert "张桂兰" in text and "13900139002" not in text

    def test_who_may_have_called_in_vain_is_named(self, cast: Cast, lin, browser):
        create_person(name="李大山", gender="M", phones=["0517-82380123"], actor=None, now=NOW)
        hook("hangup", "c1", caller="0517-82380123", now=NOW)  # the landline of the cast's elder as well
        hook("hangup", "c2", caller="13712345678", now=NOW)

        [(_, number, names, _), (_, _, nobody, _)] = browser(lin).get(reverse("console-call-backs")).context["rows"]

        assert (number, names, nobody) == ("517****0123", "李大山、张桂兰", "")

    def test_nobody_waits(self, lin, browser):
        assert "没有人等待回电。" in browser(lin).get(reverse("console-call-backs")).content.decode()

    def test_a_hundred_are_shown_and_the_rest_counted(self, lin, browser, django_assert_num_queries):
        for number in range(103):
            owed(f"139{number:08d}")

        client = browser(lin)
        with django_assert_num_queries(6):  # session, user, roles, count, rows, whose numbers
            page = client.get(reverse("console-call-backs"))

        text = page.content.decode()
        assert (text.count('id="call-back-'), "另有3条" in text) == (100, True)

    def test_it_is_done_with_its_outcome(self, lin, browser):
        row = owed()

        answer = done(browser(lin), row, "改到明天")

        row.refresh_from_db()
        assert (row.status, row.outcome, row.done_by) == ("done", "改到明天", lin)
        assert answer["Location"] == reverse("console-call-backs")

    def test_another_did_it_a_moment_ago(self, lin, ma, browser):
        row = owed()
        done(browser(lin), row, "改到明天")

        answer = done(browser(ma), row, "我也打了")

        row.refresh_from_db()
        assert (answer.status_code, row.outcome) == (409, "改到明天")

    def test_a_page_from_before_a_new_promise_does_not_close_that_promise(self, lin, browser):
        owed()
        client = browser(lin)
        shown = word_shown(client)
        row = owed(why=CallBack.Why.PROMISED, due_at=NOW + timedelta(hours=2))

        answer = done(client, row, "没人接", word=shown)

        row.refresh_from_db()
        assert (answer.status_code, "期间又约了回电" in answer.content.decode()) == (409, True)
        assert (row.status, row.outcome) == ("open", "")
        assert done(client, row, "改到明天", word=word_shown(client)).status_code == 302

    def test_without_an_outcome_it_stays(self, lin, browser):
        row = owed()

        assert done(browser(lin), row, "").status_code == 400
        row.refresh_from_db()
        assert row.status == "open"
