"""The board in a real browser: keyboard and script, without a page ever leaving."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dispatch.planning.services.publish import publish
from dispatch.planning.services.runs import request_plan, solve_run
from dispatch.visits.models import Assignment
from people.roles import Role
from tests.browser.session import sign_in
from tests.cast import make_user
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY
from tests.orders.make import item, town

pytestmark = pytest.mark.django_db(transaction=True)
DAY = f"/board/T1/{TODAY.isoformat()}/"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)


@pytest.fixture
def board(page: Page, live_server: Any) -> Page:
    """A dispatcher's page on a published day of two carers and one visit."""
    make.carer("C1")
    make.carer("C2")
    make.visit(make.elder_at("E1"), item())
    run = request_plan(town=town(), day=TODAY, actor=None, now=NOW, solutions=5, send=False)
    publish(run=solve_run(run_id=run.pk, now=NOW), actor=None, now=NOW)
    sign_in(page.context, live_server.url, make_user("dispatcher", Role.DISPATCHER))
    page.goto(DAY)
    return page


def test_choosing_a_carer_shows_the_route_and_dims_the_others(board: Page) -> None:
    held = Assignment.objects.get()
    button = board.locator(f"button[data-carer='{held.carer_id}']")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(board.locator("g.dim")).to_have_count(1)
    expect(board.locator("#map path.leaflet-interactive, #map path[stroke-opacity='1']").first).to_be_visible()


def test_a_refusal_is_told_in_the_panel_and_a_good_choice_changes_the_board(board: Page) -> None:
    held = Assignment.objects.get()
    other = "护工C2" if held.carer.number == "C1" else "护工C1"
    board.locator("svg a[data-visit]").press("Enter")
    expect(board.locator("#panel")).to_be_focused()
    row = board.locator("#panel li", has_text=other).first
    row.locator("input[name=start]").fill("14:00")
    row.get_by_role("button").click()
    expect(board.locator("#panel [role=alert]")).to_contain_text("时间不在约定时段内")
    assert Assignment.objects.get().pk == held.pk

    # The panel takes the focus, and may scroll, once it stands.
    expect(board.locator("#panel")).to_be_focused()
    row = board.locator("#panel li", has_text=other).first
    row.locator("input[name=start]").fill("09:30")
    row.get_by_role("button").click()
    expect(board.locator(".notice")).to_contain_text("已通知护理员")
    assert Assignment.objects.get(status="offered").carer.person.name == other


def test_the_board_fits_a_phone(board: Page) -> None:
    board.set_viewport_size({"width": 390, "height": 844})
    assert board.evaluate("document.querySelector('#board').scrollWidth") <= 390
