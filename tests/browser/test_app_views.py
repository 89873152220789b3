"""Every view of the carers' page on a phone: axe finds nothing, nothing is too wide or too small, in the light and in the dark."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.phone import Phone
from tests.browser.test_homes import CHINESE, OVERFLOW

pytestmark = pytest.mark.one_database  # how a page looks

SMALL_TARGETS = """[...document.querySelectorAll('button, select, input, a:not(.skip)')].filter((each) => {
    const { height } = each.getBoundingClientRect();
    return height > 0 && each.checkVisibility() && height < (each.matches('.primary, .wide') ? 56 : 44);
  }).map((each) => each.outerHTML)"""
CREDITS = {
    "balance_minutes": 750,
    "held_minutes": 60,
    "lines": [
        {"posted_at": "2026-09-13T03:00:00Z", "kind": "EARN", "cause": "", "minutes": 90, "balance_after": 750},
        {"posted_at": "2026-09-10T03:00:00Z", "kind": "DONATE", "cause": "", "minutes": -30, "balance_after": 660},
    ],
}
STATEMENT = {"month": "2026-09", "opening_minutes": 690, "closing_minutes": 750, "lines": CREDITS["lines"]}
CERTIFICATES = [
    {"code": "CARE", "name": "养老护理员", "valid_to": "2027-01-31", "standing": "valid", "days_left": 139},
    {"code": "HEALTH", "name": "健康证", "valid_to": "2026-10-01", "standing": "expiring", "days_left": 17},
    {"code": "FIRST_AID", "name": "急救员", "valid_to": "2026-08-31", "standing": "expired", "days_left": -14},
]
ABSENCES = [{"id": 1, "start": "2026-10-01T00:00:00+08:00", "end": "2026-10-04T00:00:00+08:00", "reason": "LEAVE"}]

OFFERED = [
    {
        "id": 1,
        "weekday": 2,
        "day": None,
        "start": "08:00",
        "end": "12:00",
        "valid_from": "2026-09-01",
        "valid_to": None,
    },
    {
        "id": 2,
        "weekday": None,
        "day": "2026-09-20",
        "start": "13:00",
        "end": "24:00",
        "valid_from": "2026-09-20",
        "valid_to": "2026-09-20",
    },
    {
        "id": 3,
        "weekday": 6,
        "day": None,
        "start": "08:00",
        "end": "12:00",
        "valid_from": "2026-10-01",
        "valid_to": "2026-12-31",
    },
]


def visit(phone: Phone) -> None:
    phone.page.locator("a.next").click()
    phone.page.locator(".act .primary").wait_for()


def on_visit(button: str) -> Callable[[Phone], None]:
    def open_sheet(phone: Phone) -> None:
        visit(phone)
        phone.page.get_by_role("button", name=button, exact=True).click()
        phone.page.locator("dialog[open]").wait_for()

    return open_sheet


def at_home(phone: Phone) -> None:
    """In the home, with a note that waits and a sentence on the screen."""
    visit(phone)
    phone.set_clock("09:58")
    phone.set_signal(False)
    phone.tap("已到，直接签到")
    phone.page.get_by_role("button", name="签退", exact=True).wait_for()


def unsent(phone: Phone) -> None:
    at_home(phone)
    phone.page.locator("#bar a").click()
    phone.page.get_by_role("button", name="现在就发").wait_for()


def refused(phone: Phone) -> None:
    refusal = {"type": "client_error", "errors": [{"code": "wrong_state", "detail": "这一单已经改派。", "attr": None}]}
    phone.stub_data("/check-in/", refusal, status=409)
    visit(phone)
    phone.tap("已到，直接签到")
    phone.page.locator("#bar.urgent a").click()
    phone.sees("这一单已经改派。")


def offers(phone: Phone) -> None:
    phone.tab("接单")
    phone.page.locator(".offer").first.wait_for()


def declining(phone: Phone) -> None:
    offers(phone)
    phone.page.get_by_role("button", name="不接").first.click()
    phone.page.locator("dialog[open]").wait_for()


def credits(phone: Phone) -> None:
    phone.stub_data("/me/credits/", CREDITS)
    phone.stub_data("/me/statement/", STATEMENT)
    phone.tab("时间积分")
    phone.sees("12 小时 30 分")
    phone.page.get_by_role("button", name="上个月").wait_for()


def me(phone: Phone) -> None:
    phone.stub_data("/me/certificates/", CERTIFICATES)
    phone.stub_data("/me/absences/", ABSENCES)
    phone.stub_data("/me/availability/", OFFERED)
    phone.tab("我的")
    phone.sees("健康证")
    phone.sees("有效到 2026年10月1日，还有 17 天")
    phone.sees("每星期日 08:00–12:00")
    phone.sees("2026年10月1日起 到2026年12月31日为止")


def away(phone: Phone) -> None:
    me(phone)
    phone.tap("有几天不能来…")


def offering(phone: Phone) -> None:
    me(phone)
    phone.tap("再加一个能来的时间…")


def taking_back(phone: Phone) -> None:
    me(phone)
    phone.page.get_by_role("button", name="去掉").first.click()


def leaving(phone: Phone) -> None:
    me(phone)
    phone.tap("退出")


def tomorrow(phone: Phone) -> None:
    phone.tap("明天", "link")
    phone.sees("这一天没有上门")


VIEWS: dict[str, Callable[[Phone], None]] = {
    "day": lambda phone: phone.page.locator("a.next").wait_for(),
    "tomorrow": tomorrow,
    "offers": offers,
    "declining": declining,
    "visit": visit,
    "way": on_visit("怎么走"),
    "call": on_visit("打电话"),
    "digits": on_visit("输 4 位码"),
    "card": on_visit("扫老人卡"),
    "note": on_visit("记一笔"),
    "giving back": on_visit("退掉这一单…"),
    "at home": at_home,
    "unsent": unsent,
    "refused": refused,
    "credits": credits,
    "me": me,
    "away": away,
    "offering": offering,
    "taking back": taking_back,
    "leaving": leaving,
}


def is_sound(phone: Phone) -> None:
    phone.page.set_viewport_size({"width": 390, "height": 2000})  # or what happens to lie half under the tabs is a find
    for scheme in ("light", "dark"):
        phone.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(phone.page) == []
    for width in (320, 390):
        phone.page.set_viewport_size({"width": width, "height": 844})
        assert phone.page.evaluate(OVERFLOW) <= 0
    assert phone.page.evaluate(SMALL_TARGETS) == []


def test_the_login_is_sound(phone: Phone) -> None:
    phone.page.goto("/app/")
    phone.page.get_by_label("用户名").wait_for()

    is_sound(phone)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_sound(phone: Phone, name: str) -> None:
    phone.log_in("v1")

    VIEWS[name](phone)

    is_sound(phone)


def test_in_english_no_chinese_is_left_but_names(phone: Phone) -> None:
    phone.log_in("v1")
    phone.tab("我的")
    phone.tap("English")
    phone.page.get_by_role("heading", name="Me", exact=True).wait_for()
    own = re.compile("中文|刘|孙|陈秀英|扬口村|三组12号|黄狗，不咬人")

    for tab in ("Today", "Take work", "Time credits", "Me"):
        phone.tab(tab)
        phone.has_looked()
        assert CHINESE.search(own.sub("", phone.page.locator("body").inner_text())) is None
    phone.tab("Today")
    phone.page.locator("a.next").click()
    phone.page.get_by_role("button", name="Set off").wait_for()
    assert CHINESE.search(own.sub("", phone.page.locator("body").inner_text())) is None


def test_focus_comes_back_and_is_seen(phone: Phone) -> None:
    phone.log_in("v1")
    visit(phone)
    button = phone.page.get_by_role("button", name="怎么走")
    button.focus()
    phone.page.keyboard.press("Enter")
    phone.page.locator("dialog[open]").wait_for()
    phone.page.keyboard.press("Escape")

    expect(button).to_be_focused()
    assert button.evaluate("(each) => getComputedStyle(each).outlineStyle") == "solid"
