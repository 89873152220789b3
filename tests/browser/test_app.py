"""The carers' mobile page on a phone: a whole day by thumb, with and without signal."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from dispatch.visits.models import Assignment
from tests.browser.conftest import Watched
from tests.cast import PASSWORD
from tests.dispatch.factories import NOW


@pytest.fixture
def phone(browser_context: BrowserContext, county: None) -> Page:
    """A phone-sized page on the county's Monday, 7 o'clock, standing at the elder's door."""
    place = Assignment.objects.get(status="accepted").visit.place
    browser_context.grant_permissions(["geolocation"])
    browser_context.set_geolocation({"latitude": place.latitude, "longitude": place.longitude, "accuracy": 8})
    page = browser_context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.clock.set_fixed_time(NOW)
    return page


def log_in(page: Page, username: str = "c1") -> None:
    page.goto("/app/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="我的").wait_for()


def test_a_day_is_shown_after_logging_in(phone: Page) -> None:
    watched = Watched(phone)
    log_in(phone)

    expect(phone.get_by_role("link", name="看这一单")).to_contain_text("陈秀英")
    assert watched.complaints == []
    phone.screenshot(path="/tmp/shot1.png")
