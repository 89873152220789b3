"""Every role's first page in a real browser: whole, readable, labelled, and no wider than the screen."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.cast import PASSWORD

pytestmark = pytest.mark.one_database  # how a page looks

CHINESE = re.compile(r"[\u4e00-\u9fff]")

# Where each role goes from its first page, and a heading it finds at home.
HOMES = {
    "operator": "接下来",
    "c1": "我的一天",
    "dispatcher": "存疑的签到",
    "manager": "派给本机构的单",
    "administrator": "本月尚欠的探访",
    "auditor": "谁看了什么",
}

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LEVELS = "[...document.querySelectorAll('main h1, main h2, main h3')].map(h => +h.tagName[1])"
NAMELESS = """[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a, img, summary')]
    .filter(e => !(e.labels?.length || e.ariaLabel || e.alt || e.textContent.trim() || e.value && e.type === 'submit'))
    .map(e => e.outerHTML)"""
DUPLICATE_IDS = (
    """[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i)"""
)
SMALL_TARGETS = """[...document.querySelectorAll('main button, main select, main summary, header button')]
    .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""
# The product's own words; names and services are data and stay as they are.
CHROME = "header nav, header .who + button, h1, h2, label, legend, th, dt, summary, main button, .figure > span, .empty"


def sound(page) -> None:
    """What axe would ask first: a name for every control, one h1, no skipped level, unique ids, nothing too wide."""
    levels = page.evaluate(LEVELS)
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(DUPLICATE_IDS) == []
    assert page.evaluate(OVERFLOW) <= 0
    assert page.locator("html[lang]").count() == page.locator("title").count() == 1


@pytest.mark.parametrize("username", HOMES)
def test_the_first_page_is_whole_on_desk_and_phone(log_in, username: str) -> None:
    watched = log_in(username)
    page = watched.page

    assert page.get_by_role("heading", name=HOMES[username]).is_visible()
    sound(page)
    page.set_viewport_size({"width": 390, "height": 844})
    sound(page)
    assert watched.complaints == []  # first: without its styles the page has small targets
    assert page.evaluate(SMALL_TARGETS) == []


def test_one_logs_in_by_typing(page, county) -> None:
    page.goto("/")
    page.fill("#id_username", "operator")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")

    expect(page.get_by_role("heading", name=HOMES["operator"])).to_be_visible()


def test_in_english_no_chinese_is_left_in_the_chrome(log_in) -> None:
    for username in HOMES:
        watched = log_in(username)
        page = watched.page
        page.get_by_role("button", name="English").click()
        page.get_by_role("button", name="Log out").wait_for()

        assert [text for text in page.locator(CHROME).all_inner_texts() if CHINESE.search(text)] == []
        assert page.locator("html").get_attribute("lang") == "en"
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(log_in, scheme: str) -> None:
    page = log_in("dispatcher").page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    assert [pair for pair in page.evaluate(CONTRASTS) if pair["ratio"] < 4.5] == []


# The contrast of each text against the nearest ground that is painted (WCAG 2, relative luminance).
CONTRASTS = """() => {
  const parts = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => parts(c).slice(0, 3).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor; if (parts(c)[3] !== 0) return c; } return 'rgb(255, 255, 255)'; };
  return [...document.querySelectorAll('body *')].filter((e) => e.offsetParent && [...e.childNodes].some(
      (n) => n.nodeType === 3 && n.textContent.trim())).map((e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    return { text: e.textContent.trim().slice(0, 20), ratio: (a + 0.05) / (b + 0.05) };
  });
}"""
