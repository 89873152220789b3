"""Times offered and days away on the carers' page: what is typed stays until the platform has it."""

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from people.models import Device
from people.services import revoke_device
from tests.browser.phone import Phone
from tests.dispatch.factories import NOW, at, login_of
from volunteers.models import Absence, Availability, Carer

pytestmark = pytest.mark.one_database  # how a page behaves

ADD = "再加一个能来的时间…"

LOSE_AN_ANSWER = """async (send, options) => {
  const answer = await send();
  if (options.method !== "POST" || globalThis.hasLost) return answer;
  await answer.text();
  globalThis.hasLost = true;
  throw new TypeError("the answer was lost");
}"""
HOLD_A_REQUEST = """(send, options) =>
  options.method === "POST"
    ? new Promise((_, reject) => (globalThis.lose = () => reject(new TypeError("it never left"))))
    : send()"""


def offered(carer: Carer) -> list[tuple[Any, ...]]:
    fields = ("weekday", "day", "start_minute", "end_minute", "valid_to")
    return list(Availability.objects.filter(carer=carer).order_by("pk").values_list(*fields))


def offer(phone: Phone, *weekdays: str, start: str, end: str) -> None:
    phone.tap(ADD)
    for name in weekdays:
        phone.page.get_by_role("checkbox", name=name).check()
    phone.page.get_by_label("从").fill(start)
    phone.page.get_by_label("到").fill(end)
    phone.tap("保存")


def test_times_are_offered_week_by_week_or_once_and_taken_back(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.tab("我的")
    phone.sees("还没有登记。派单看的就是这些时间。")

    offer(phone, "星期一", "星期三", start="08:00", end="00:00")
    phone.sees("每星期一 08:00–24:00")
    phone.sees("每星期三 08:00–24:00")
    phone.tap(ADD)
    phone.page.get_by_label("多久一次？").select_option("once")
    phone.page.get_by_label("哪一天？").fill("2026-09-20")
    phone.tap("保存")
    phone.sees("9月20日周日 08:00–12:00")
    assert offered(volunteer) == [
        (0, None, 480, 1440, None),
        (2, None, 480, 1440, None),
        (None, date(2026, 9, 20), 480, 720, date(2026, 9, 20)),
    ]

    phone.page.get_by_role("listitem").filter(has_text="每星期三").get_by_role("button", name="去掉").click()
    phone.page.locator("dialog").get_by_role("button", name="去掉").click()
    expect(phone.page.locator("main").get_by_text("每星期三 08:00–24:00")).to_have_count(0)
    assert [row[0] for row in offered(volunteer)] == [0, None]


def test_what_was_typed_stays_until_all_of_it_is_saved(phone: Phone, volunteer: Carer) -> None:
    Availability.objects.create(
        carer=volunteer, weekday=2, start_minute=600, end_minute=660, valid_from=date(2026, 9, 14)
    )
    phone.log_in("v1")
    phone.tab("我的")
    phone.has_looked()
    alert = phone.page.locator("dialog").get_by_role("alert")

    offer(phone, start="08:00", end="12:00")
    expect(alert).to_have_text("请至少选一天。")

    phone.page.get_by_role("checkbox", name="星期一").check()
    phone.page.get_by_role("checkbox", name="星期三").check()
    phone.tap("保存")
    expect(alert).to_have_text("星期三: 该时间与已登记的可服务时间重叠。")
    expect(phone.page.get_by_role("checkbox", name="星期一")).not_to_be_checked()
    expect(phone.page.get_by_role("checkbox", name="星期三")).to_be_checked()

    phone.page.get_by_label("到").fill("10:00")
    phone.set_signal(False)
    phone.tap("保存")
    expect(alert).to_have_text("星期三: 没有信号，有信号了再试。")
    phone.set_signal(True)
    phone.tap("保存")
    expect(phone.page.locator("dialog")).to_be_hidden()
    assert [row[:4] for row in offered(volunteer)] == [
        (2, None, 600, 660),
        (0, None, 480, 720),
        (2, None, 480, 600),
    ]


def test_days_away_are_noted_and_taken_back(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.tab("我的")

    phone.tap("有几天不能来…")
    phone.page.get_by_label("第一天").fill("2026-10-01")
    phone.page.get_by_label("最后一天").fill("2026-10-03")
    phone.tap("保存")
    phone.sees("10月1日周四 – 10月3日周六")
    [absence] = Absence.objects.filter(carer=volunteer)
    assert (absence.start, absence.end) == (at("00:00", date(2026, 10, 1)), at("00:00", date(2026, 10, 4)))

    phone.page.get_by_role("listitem").filter(has_text="10月1日").get_by_role("button", name="去掉").click()
    phone.page.locator("dialog").get_by_role("button", name="去掉").click()
    expect(phone.page.locator("main").get_by_text("10月1日周四 – 10月3日周六")).to_have_count(0)
    assert not Absence.objects.exists()


def test_a_lost_answer_is_asked_for_again_and_nothing_is_refused_as_double(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.tab("我的")
    phone.has_looked()
    phone.stub("/me/availability/", LOSE_AN_ANSWER)

    offer(phone, "星期一", "星期二", start="08:00", end="12:00")
    expect(phone.page.locator("dialog").get_by_role("alert")).to_have_text("星期一: 没有信号，有信号了再试。")
    assert [row[:4] for row in offered(volunteer)] == [(0, None, 480, 720)]
    phone.tap("保存")
    expect(phone.page.locator("dialog")).to_be_hidden()

    assert [row[:4] for row in offered(volunteer)] == [(0, None, 480, 720), (1, None, 480, 720)]


def test_an_answer_that_comes_when_the_sheet_was_left_disturbs_no_other(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.tab("我的")
    phone.has_looked()
    phone.stub("/me/availability/", HOLD_A_REQUEST)
    offer(phone, "星期一", start="08:00", end="12:00")
    phone.page.wait_for_function("typeof lose === 'function'")

    phone.tap("返回")
    phone.tap("有几天不能来…")
    phone.page.get_by_label("第一天").fill("2026-10-01")
    phone.page.evaluate("lose()")
    phone.sees("星期一: 没有信号，有信号了再试。")

    expect(phone.page.get_by_label("第一天")).to_have_value("2026-10-01")
    assert offered(volunteer) == []


def test_a_login_that_ended_comes_before_the_sheet(phone: Phone, volunteer: Carer) -> None:
    phone.log_in("v1")
    phone.tab("我的")
    phone.has_looked()
    revoke_device(device=Device.objects.get(), actor=login_of(volunteer), now=NOW)

    offer(phone, "星期一", start="08:00", end="12:00")

    expect(phone.page.locator("dialog")).to_be_hidden()
    phone.page.get_by_label("口令").wait_for()
    assert offered(volunteer) == []
