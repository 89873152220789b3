"""WCAG 2.2 AA as axe-core sees it."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Only violations come whole: listing what passed takes axe a third longer.
OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """The rules that the page breaks, each with the elements that break it."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]
