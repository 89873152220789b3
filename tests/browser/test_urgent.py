"""Urgent help in a real browser: it changes by itself, keeps what is typed, and fits desk and phone."""

import pytest
from playwright.sync_api import expect

from dispatch.offers.models import Offer
from dispatch.urgent.models import UrgentCall
from orders.models import Elder
from tests.browser.test_homes import CONTRASTS, SMALL_TARGETS, sound
from tests.dispatch.factories import accept
from tests.dispatch.urgent.make import after, call, carer, item

POLL = 3_000  # milliseconds: two looks at the server, and some for a slow machine


@pytest.fixture
def running(county: None) -> UrgentCall:
    item()
    carer("K1", 1.0, name="王芳")
    carer("K2", 2.0, name="欧阳慕容凤仪·阿依古丽", has_smartphone=False)
    return call(Elder.objects.get(number="E1"))


def test_the_alarm_appears_by_itself_and_a_supervisor_takes_it_in_hand(log_in, running, monkeypatch) -> None:
    watched = log_in("dispatcher")
    page = watched.page
    page.get_by_role("link", name="助急", exact=True).click()
    page.get_by_text("再问下一批").wait_for()
    assert page.get_by_role("timer").inner_text() in ("1:00", "0:59")
    sound(page)

    monkeypatch.setattr("people.clock.now", lambda: after(121))
    page.get_by_text("告警：没有人去").wait_for(timeout=POLL)
    page.get_by_role("button", name="我来处理").click()
    page.get_by_text("负责处理").wait_for()

    assert UrgentCall.objects.get().acknowledged_by.username == "dispatcher"
    sound(page)
    assert [pair for pair in page.evaluate(CONTRASTS) if pair["ratio"] < 4.5] == []
    page.set_viewport_size({"width": 390, "height": 844})
    sound(page)
    assert page.evaluate(SMALL_TARGETS) == []
    assert watched.complaints == []


def test_what_is_typed_stays_while_the_panel_is_drawn_again(log_in, running) -> None:
    watched = log_in("operator")
    page = watched.page
    page.goto("/urgent/")
    page.get_by_text("结束助急…").click()
    page.get_by_label("为什么不再需要？").select_option("NEIGHBOUR")
    note = page.get_by_label("备注")
    note.click()
    page.keyboard.type("儿子")
    accept(Offer.objects.get(carer__number="K1"), now=after(5))

    page.get_by_text("王芳 正在赶去").wait_for(timeout=POLL)
    page.keyboard.type("到了")

    assert note.input_value() == "儿子到了"
    page.get_by_role("button", name="结束助急").click()
    page.get_by_text("可能正在路上").wait_for()
    assert (note.input_value(), UrgentCall.objects.get().is_running) == ("儿子到了", True)
    page.get_by_label("请其返回").check()
    page.get_by_role("button", name="结束助急").click()
    page.get_by_text("没有进行中的助急。").wait_for()
    assert UrgentCall.objects.get().close_note == "儿子到了"
    assert watched.complaints == []


def test_the_countdown_goes_on_without_the_server(log_in, running) -> None:
    page = log_in("operator").page
    page.goto("/urgent/")
    page.get_by_role("timer").wait_for()
    page.context.set_offline(True)
    before = page.get_by_role("timer").inner_text()

    expect(page.get_by_role("timer")).not_to_have_text(before)

    page.context.set_offline(False)
