"""A carer who only taps; and the focus that every keyboard needs to see."""

from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment
from tests.dispatch.factories import at


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
