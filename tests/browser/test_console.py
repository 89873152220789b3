"""The operator's keyboard: nothing typed is lost, and every key means what it says."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from dispatch.console.models import OrderDraft
from dispatch.urgent.models import UrgentCall
from orders.models import CallRecord, Elder, Order
from tests.browser.conftest import ring
from tests.browser.watched import Watched
from tests.dispatch.factories import at, make_visit
from tests.orders.make import item as make_service

pytestmark = pytest.mark.one_database  # how a page behaves


def desk(log_in, username: str = "operator") -> Watched:
    watched = log_in(username)
    watched.page.locator("input[name=q]:focus").wait_for()  # the search has the focus by itself
    return watched


def answered(page: Page) -> None:
    """The slots of what was typed last are there."""
    expect(page.locator("#answer .slots")).to_be_visible()


def test_keys_pressed_faster_than_the_answer_are_not_lost(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles input:focus").wait_for()

    page.keyboard.press("2")
    page.keyboard.press("1")  # at once: the slots are still on their way

    page.locator("#answer .slots input:checked").wait_for()
    assert page.locator(".tiles input:checked").count() == 1


def test_the_last_order_again_is_two_keystrokes(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")
    before = Order.objects.count()

    page.keyboard.press("F7")
    answered(page)
    page.keyboard.press("Control+Enter")
    page.locator("#placed").wait_for()

    assert Order.objects.count() == before + 1


def test_what_was_typed_survives_a_reload(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles label").first.click()
    page.fill("input[name=note]", "门铃坏了")
    page.get_by_text("已存草稿").wait_for()
    expect(page.locator("#answer")).not_to_have_class(re.compile("htmx-request"))

    page.reload()

    assert page.input_value("input[name=note]") == "门铃坏了"
    assert page.locator(".tiles input:checked").count() == 1


def test_a_lost_session_keeps_what_was_typed_and_says_so(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles label").first.click()
    answered(page)
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    page.context.clear_cookies()

    page.fill("input[name=note]", "门铃坏了")
    expect(page.locator("#lost")).to_be_visible()
    assert page.input_value("input[name=note]") == "门铃坏了"

    again = [{"name": name, "value": value, "url": page.url} for name, value in cookies.items()]
    page.context.add_cookies(again)  # logged in again, in another tab
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator("#answer")).to_contain_text("已存草稿")
    page.reload()
    assert page.input_value("input[name=note]") == "门铃坏了"


def test_a_second_call_leaves_the_half_typed_order_one_press_away(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles label").first.click()
    answered(page)

    ring("c2", "anonymous")
    page.get_by_role("button", name="接听").wait_for()
    page.keyboard.press("F1")
    page.locator("input[name=q]:focus").wait_for()
    page.get_by_role("link", name="张桂兰", exact=True).first.click()

    page.locator(".tiles input:checked").wait_for()
    assert OrderDraft.objects.get().elder == elder


def keys_of_calls(page: Page) -> dict[str, str | None]:
    """The key by which each ringing call is taken."""
    calls = CallRecord.objects.filter(status="ringing").order_by("pk")
    return {call.call_id: page.locator(f"#take-{call.pk}").get_attribute("aria-keyshortcuts") for call in calls}


def test_a_ringing_call_keeps_its_key_when_others_are_taken(log_in, browser_context) -> None:
    page, other = desk(log_in).page, browser_context.new_page()
    for number in range(5):
        ring(f"c{number}", f"1391234567{number}")
        expect(page.get_by_role("button", name="接听")).to_have_count(number + 1)
    assert keys_of_calls(page) == {"c0": "F1", "c1": "F2", "c2": "F3", "c3": "F6", "c4": None}
    assert page.locator("[data-rings] kbd:visible").all_inner_texts() == ["F1", "F2", "F3", "F6"]

    other.goto("/console/")
    other.locator(".rings button").first.click()  # c0 is taken on another screen
    expect(page.get_by_role("button", name="接听")).to_have_count(4)

    assert keys_of_calls(page) == {"c1": "F2", "c2": "F3", "c3": "F6", "c4": "F1"}
    page.keyboard.press("F3")
    page.wait_for_url("**/console/?call=*")
    assert CallRecord.objects.get(call_id="c2").answered_by is not None
    page.locator(".rings").first.wait_for()
    assert keys_of_calls(page) == {"c1": "F2", "c3": "F6", "c4": "F1"}  # on the next page too


def test_the_own_call_is_hung_up_and_wrapped_up_by_keys(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    ring()
    page.get_by_role("button", name="接听").wait_for()
    page.keyboard.press("F1")
    page.locator(".tiles input:focus").wait_for()

    page.keyboard.press("Alt+g")
    expect(page.get_by_role("button", name="挂断")).to_have_count(0)
    assert CallRecord.objects.get().status == "ended"
    page.keyboard.press("Alt+j")

    page.locator("#wrap-up input[name=code]:focus").wait_for()


def test_the_keys_of_the_telephone_mean_the_uppermost_own_call(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    for number in ("c1", "c2"):
        ring(number)
        page.locator(".rings button").wait_for()
        page.keyboard.press("F1")
        page.wait_for_url(f"**/console/?call={CallRecord.objects.get(call_id=number).pk}")

    assert page.locator("[aria-keyshortcuts='Alt+G']").count() == 1
    assert page.locator("[aria-keyshortcuts='Alt+J']").count() == 1


@pytest.mark.parametrize(
    ("key", "opened", "focused"),
    [
        ("Alt+x", ".amend", "day"),
        ("Alt+q", ".cancel", "scope"),
        ("Alt+k", "#complaints details", "complained_by"),
    ],
)
def test_forms_about_the_next_visit_open_by_keys(log_in, elder: Elder, key: str, opened: str, focused: str) -> None:
    make_visit(elder, start="16:00", end="17:00")
    make_visit(elder, start="17:00", end="18:00")
    page = desk(log_in).page
    page.keyboard.press(key)
    expect(page.locator("#nobody")).to_be_visible()  # nobody is chosen yet
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles input:focus").wait_for()

    page.keyboard.press(key)
    page.keyboard.press(key)  # again: it stays open

    assert page.locator(f"{opened}[open]").count() == 1
    assert page.locator(opened).first.get_attribute("open") is not None
    assert page.evaluate("document.activeElement.name") == focused


def test_another_time_is_promised_before_the_caller_hangs_up(log_in, elder: Elder) -> None:
    visit = make_visit(elder, start="16:00", end="17:00")
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")

    page.keyboard.press("Alt+x")
    page.fill(f"#start-{visit.pk}", "12:30")
    page.fill(f"#end-{visit.pk}", "13:30")
    slot = page.locator(".amend[open] .slots input").first
    slot.check()
    could_be_chosen: list[bool] = []

    def look_first(route: Route) -> None:
        could_be_chosen.append(slot.is_enabled())
        route.continue_()

    page.route("**/amend/slots/", look_first)
    page.fill(f"#end-{visit.pk}", "13:45")  # what was chosen was for another time
    page.locator(".amend[open] .slots:enabled input").first.check()
    page.fill(f"#amend-why-{visit.pk}", "女儿来访")
    page.keyboard.press("Control+Enter")
    page.get_by_text("上门时间已改").wait_for()
    visit.refresh_from_db()
    assert could_be_chosen and not any(could_be_chosen)
    assert visit.planned_start == visit.window_start == at("12:30")
    assert visit.assignments.get().carer.number == "C1"


def test_a_refused_order_comes_back_with_the_cursor_on_what_is_wrong(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles label").first.click()
    page.fill("input[name$=-start]", "06:00")
    page.fill("input[name=note]", "门铃坏了")
    orders = Order.objects.count()

    page.get_by_role("button", name="保存订单").click()
    page.get_by_text("已填内容都保留着").wait_for()

    assert page.evaluate("document.activeElement.name") == "line-0-start"
    assert page.input_value("input[name=note]") == "门铃坏了"
    assert Order.objects.count() == orders
    expect(page.get_by_text("时间窗已过")).to_have_count(1)

    page.fill("input[name$=-start]", "05:00")  # as wrong as before: from now on the answer says it
    page.locator("#answer .notice").wait_for()
    expect(page.get_by_text("时间窗已过")).to_have_count(1)


def test_enter_in_a_field_saves_nothing(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles label").first.click()
    answered(page)
    orders = Order.objects.count()

    page.press("input[name=note]", "Enter")
    page.fill("input[name=note]", "门铃坏了")
    page.get_by_text("已存草稿").wait_for()

    assert Order.objects.count() == orders


def test_the_search_finds_while_typing_and_enter_opens_the_first(log_in, elder: Elder) -> None:
    page = desk(log_in).page

    page.keyboard.type("zgl")
    page.locator("#found [data-first]").wait_for()
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="张桂兰").first.wait_for()
    assert f"elder={elder.pk}" in page.url


def test_arrows_choose_among_those_found_and_digits_are_typed(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    page.keyboard.type("扬口")
    expect(page.locator("#found a").nth(2)).to_be_visible()
    links = [link.get_attribute("href") for link in page.locator("#found a").all()]
    focused = "document.activeElement.getAttribute('href')"

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == links[2]
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == links[1]
    page.keyboard.press("7")  # no choice: it goes on with what was typed
    assert page.input_value("input[name=q]") == "扬口7"
    page.keyboard.press("Backspace")
    expect(page.locator("#found a").nth(2)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{links[1]}")


def test_a_search_typed_before_the_page_listens_is_found(log_in, elder: Elder) -> None:
    page = desk(log_in).page

    def type_meanwhile(route: Route) -> None:
        page.fill("#q", "zgl")
        assert page.evaluate("document.readyState") == "interactive"
        route.continue_()

    page.route("**/urgent.js", type_meanwhile)  # until it has come, nothing on the page listens
    page.goto("/console/")

    page.locator("#found [data-first]").wait_for()


def test_urgent_help_is_one_key_and_counts_down(log_in, elder: Elder) -> None:
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")

    page.keyboard.press("F9")

    page.get_by_role("heading", name="进行中的助急").wait_for()
    assert UrgentCall.objects.get().elder == elder
    # What is being typed to close it outlives the polls that draw the panel again.
    page.locator(".urgent .close summary").click()
    page.fill(".urgent .close input[name=note]", "邻居已到")
    with page.expect_response("**/console/live/**"):
        pass
    assert page.input_value(".urgent .close input[name=note]") == "邻居已到"


@pytest.mark.parametrize("width", [390, 1099])
def test_a_narrow_page_opens_at_its_top_with_a_way_to_the_order(log_in, elder: Elder, width: int) -> None:
    page = log_in("operator", width=width, height=844).page
    page.goto(f"/console/?elder={elder.pk}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[scrollY, document.activeElement.tagName]") == [0, "BODY"]
    way = page.get_by_role("link", name="去给这位老人下单")
    assert way.evaluate("link => link.getBoundingClientRect().bottom < innerHeight")

    way.click()

    expect(page.locator("#new-order")).to_be_in_viewport()


def test_a_narrow_page_still_leads_to_what_was_refused(log_in, elder: Elder) -> None:
    page = log_in("operator", width=390, height=844).page
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles label").first.click()
    page.fill("input[name$=-start]", "06:00")
    page.get_by_role("button", name="保存订单").click()
    page.get_by_text("已填内容都保留着").wait_for()

    assert page.evaluate("document.activeElement.name") == "line-0-start"


def test_the_tiles_of_services_are_of_one_height_and_four_characters_stay_on_one_line(log_in, elder: Elder) -> None:
    for number, name in enumerate(["心理慰藉", "助餐", "助医", "助行", "康复"]):
        make_service(f"S{number}", name=name)
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")

    heights = page.eval_on_selector_all(".tiles span", "tiles => tiles.map(tile => tile.offsetHeight)")
    line = page.locator(".tiles span").first.evaluate("tile => parseFloat(getComputedStyle(tile).lineHeight)")

    assert len(set(heights)) == 1
    assert heights[0] < 2 * line
    assert page.locator(".to-order").is_hidden()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (640, 400), (390, 844)])
def test_nothing_is_wider_than_the_screen(log_in, elder: Elder, width: int, height: int) -> None:
    """640 × 400 is what is left of 1280 × 800 at 200 % zoom."""
    page = desk(log_in).page
    page.goto(f"/console/?elder={elder.pk}")
    page.locator(".tiles label").first.click()
    answered(page)

    page.set_viewport_size({"width": width, "height": height})

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if width == 1280:
        assert page.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight") <= 0
