"""The two people with no time: an operator who never touches the mouse, a carer who only taps."""

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment
from orders.models import Order
from tests.dispatch.factories import TODAY, at


def test_the_operator_takes_an_order_with_the_keyboard_alone(log_in) -> None:
    watched = log_in("operator")
    page, keyboard = watched.page, watched.page.keyboard

    page.locator("input[name=q]:focus").wait_for()  # The search takes the focus by itself.
    keyboard.type("zgl")
    keyboard.press("Enter")
    page.get_by_role("heading", name="找到 1 位老人").wait_for()
    _tab_to(page, "a.row")
    keyboard.press("Enter")
    page.get_by_role("heading", name="新订单").wait_for()
    _tab_to(page, "input[name=item]")
    keyboard.press("Space")
    _tab_to(page, "input[name=note]")
    keyboard.type("门铃坏了")
    keyboard.press("Control+Enter")
    page.locator("#placed").wait_for()

    order = Order.objects.latest("pk")
    assert (order.elder.person.name, order.note, order.created_by.username) == ("张桂兰", "门铃坏了", "operator")
    assert "政府时长支付" in page.locator("#placed").inner_text()
    assert "￥0.00" in page.locator("#placed").inner_text()
    assert watched.complaints == []


def test_a_refused_order_comes_back_with_the_cursor_on_what_is_wrong(log_in) -> None:
    page = log_in("operator").page
    page.goto(f"/desk/elders/{Order.objects.earliest('pk').elder_id}/")
    page.locator(".tiles label").first.click()
    page.fill("input[name=day]", TODAY.isoformat())
    page.fill("input[name=start]", "06:00")
    page.fill("input[name=note]", "门铃坏了")
    orders = Order.objects.count()

    page.get_by_role("button", name="保存订单").click()
    page.get_by_text("已填内容都保留着").wait_for()

    assert page.evaluate("document.activeElement.name") == "start"
    assert page.input_value("input[name=note]") == "门铃坏了"
    assert page.locator(".tiles input:checked").count() == 1
    assert Order.objects.count() == orders


def test_a_carer_accepts_and_checks_in_by_tapping(log_in, browser_context, monkeypatch) -> None:
    part = Assignment.objects.get(status="accepted")
    place = part.visit.place
    browser_context.grant_permissions(["geolocation"])
    browser_context.set_geolocation({"latitude": place.latitude, "longitude": place.longitude, "accuracy": 8})
    watched = log_in("c1", 390, 844)
    page = watched.page

    page.get_by_role("button", name="接单").click()
    page.get_by_text("已接单，已排进日程").wait_for()
    monkeypatch.setattr("people.clock.now", lambda: at("09:58"))
    page.get_by_role("button", name="签到").first.click()
    page.get_by_role("button", name="签退").wait_for()

    part.refresh_from_db()
    assert part.status == "checked_in"
    assert part.check_events.get().accuracy_metres == 8
    assert not part.flags.exists()
    assert not Offer.objects.filter(status="sent").exists()
    assert watched.complaints == []


def test_focus_is_always_visible(log_in) -> None:
    page = log_in("operator").page
    page.locator("input[name=q]:focus").wait_for()

    seen = 0
    while page.evaluate("document.activeElement !== document.body") and seen < 12:
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"{style}.outlineStyle") == "solid"
        assert page.evaluate(f"parseFloat({style}.outlineWidth)") >= 2
        page.keyboard.press("Tab")
        seen += 1
    assert seen > 3


def _tab_to(page, selector: str) -> None:
    """Press Tab until the element has the focus; forty times is a broken page."""
    for _ in range(40):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}.")
