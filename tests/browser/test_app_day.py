"""A carer's day by thumb, through a dead zone; and a page that dies while it sends."""

import pytest
from playwright.sync_api import expect

from dispatch.offers.models import Offer
from dispatch.visits.models import CheckEvent
from tests.browser.phone import Phone, waiting_for
from tests.browser.test_app import ADDRESS, events, morning, open_morning
from tests.dispatch.factories import at
from volunteers.models import Carer
from volunteers.timebank.models import Account


def test_a_whole_day_by_thumb(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.sees("有 2 单等您回复")

    # Accept one, decline another.
    phone.tab("接单")
    phone.page.locator(".offer", has_text="13:00–14:00").get_by_role("button", name="接单").click()
    phone.sees("接到了，这一单归您。")
    phone.sees("刘奶奶")
    phone.tap("‹ 返回", "link")
    phone.tab("接单")
    phone.page.locator(".offer", has_text="15:00–16:00").get_by_role("button", name="不接").click()
    phone.tap("太远")
    waiting_for(lambda: Offer.objects.filter(status="declined", decline_reason="TOO_FAR").count() == 1, phone.page)
    assert Offer.objects.get(status="accepted", planned_start=at("13:00")).assignment.status == "accepted"

    # Into the dead zone.
    phone.set_signal(False)
    phone.set_clock("09:40")
    open_morning(phone)
    phone.sees("黄狗，不咬人")
    phone.tap("出发")
    phone.set_clock("09:58")
    phone.tap("签到")
    phone.sees("已签到。")
    phone.tap("记一笔")
    phone.page.get_by_label("有什么要告诉平台？").fill("血压 150")
    phone.tap("保存")
    phone.bar("没有信号 · 3 条待发送")

    # The page dies and comes back, still without signal.
    phone.page.reload()
    phone.sees("陈秀英")
    phone.sees(ADDRESS)
    phone.bar("没有信号 · 3 条待发送")
    phone.set_clock("11:01")
    phone.tap("签退")
    phone.sees("这一单做完了")
    phone.bar("没有信号 · 4 条待发送")
    assert events() == []

    # Signal again, an hour later.
    phone.set_clock("12:00")
    phone.set_signal(True)
    phone.bar("")
    assert events() == [("in", "09:58"), ("out", "11:01")]
    part = morning(volunteer)
    assert (part.status, part.visit.status, part.flags.count()) == ("checked_out", "verified", 0)
    assert [event.accuracy_metres for event in part.check_events.all()] == [8, 8]
    note = part.visitnotes.get()
    assert (note.text, note.device_time, note.sent_at) == ("血压 150", at("09:58"), at("12:00"))

    # What it brought.
    phone.tap("‹ 返回", "link")
    phone.tab("时间积分")
    expect(phone.page.locator(".sum")).to_have_text("1 小时 3 分")
    assert Account.objects.get(person=volunteer.person).balance == 63


@pytest.mark.parametrize("platform_got_it", [True, False])
def test_a_page_killed_while_it_sends_loses_nothing_and_sends_nothing_twice(
    phone: Phone, volunteer: Carer, platform_got_it: bool
) -> None:
    sent = "await send();" if platform_got_it else ""
    phone.log_in("v1")
    phone.stub("/check-in/", f"async (send) => {{ {sent} globalThis.hangs = true; await new Promise(() => {{}}); }}")
    phone.set_clock("09:58")
    open_morning(phone)
    phone.tap("已到，直接签到")
    phone.page.wait_for_function("globalThis.hangs")
    assert CheckEvent.objects.count() == int(platform_got_it)

    phone.page.close()
    phone.set_clock("10:01")
    phone.open().goto("/app/")
    waiting_for(lambda: CheckEvent.objects.exists(), phone.page)
    phone.bar("")

    assert events() == [("in", "09:58")]
    assert morning(volunteer).status == "checked_in"
