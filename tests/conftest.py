"""Starts the real servers, then Django on top of them; the fixtures every test may ask for."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings

from tests.harness import servers

if settings.configured:
    raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the tests choose their settings.")
servers.start()
os.environ["DJANGO_SETTINGS_MODULE"] = servers.SETTINGS

import django  # noqa: E402

django.setup()
# Not for xdist's workers: each must come here first and choose its own database and broker number.
del os.environ["DJANGO_SETTINGS_MODULE"]

from django.core.cache import cache  # noqa: E402
from django.utils import translation  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright  # noqa: E402

from config.messages import compile_stale  # noqa: E402
from tests.cast import cast  # noqa: E402, F401
from tests.harness import browser as harness_browser  # noqa: E402
from tests.harness.reset import remember_baseline  # noqa: E402
from tests.harness.worker import CeleryWorker, SharedWorker, empty_queues, pending_messages  # noqa: E402

if "PYTEST_XDIST_WORKER" not in os.environ:
    compile_stale()

# The same examples in every run, and no verdict from how busy the machine is.
hypothesis.settings.register_profile(
    "suite",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=50,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")

# Whoever asks for none of these, and bears no mark, has nothing that two databases could do differently.
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if item.get_closest_marker("django_db") is None and not DATABASE_FIXTURES.intersection(fixtures):
            item.add_marker("one_database")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.stop()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts = {kind: len(terminalreporter.stats.get(kind, [])) for kind in ("passed", "failed", "error", "skipped")}
    failed = counts["failed"] + counts["error"]
    line = f"{servers.database()}: {counts['passed']} passed, {failed} failed, {counts['skipped']} skipped"
    terminalreporter.write_line(line)
    figures = Path(__file__).parent.parent / "var" / f"test-{servers.database()}.txt"
    figures.parent.mkdir(exist_ok=True)
    figures.write_text(f"{line}\n")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        remember_baseline()


@pytest.fixture(autouse=True)
def _fresh_start() -> None:
    """Throttles and other counters start at nothing in each test, and no request before left its language behind."""
    cache.clear()
    translation.deactivate()


@pytest.fixture(scope="session")
def valkey_url() -> str:
    """The redis:// address of a real Valkey database that belongs to this test process."""
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def _shared_worker(django_db_setup: None) -> Iterator[SharedWorker]:
    shared = SharedWorker()
    yield shared
    shared.put_away()


@pytest.fixture
def celery_worker(_shared_worker: SharedWorker, transactional_db: None) -> Iterator[CeleryWorker]:
    """A real worker on the test's database and broker. It is idle before and after each test."""
    if pending_messages():
        _shared_worker.put_away()
        empty_queues()
    worker = _shared_worker.running()
    yield worker
    worker.wait_until_idle()


@pytest.fixture
def start_worker(_shared_worker: SharedWorker, transactional_db: None) -> Iterator[Callable[..., CeleryWorker]]:
    """Starts workers of the test's own, to be killed at will: `start_worker(visibility_seconds=2)`."""
    _shared_worker.put_away()
    empty_queues()
    started: list[CeleryWorker] = []

    def start(**options: Any) -> CeleryWorker:
        started.append(CeleryWorker(**options))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
    empty_queues()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    harness_browser.require_chinese_fonts()
    with sync_playwright() as playwright:
        # Playwright's loop runs in this thread, and Django takes that for an async caller.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A running Chromium without windows; who needs a whole one puts it under this name."""
    with harness_browser.launch(playwright, harness_browser.shell(playwright)) as browser:
        yield browser


@pytest.fixture
def browser_context(chromium: Browser, live_server: Any) -> Iterator[BrowserContext]:
    """A fresh browser profile on the live server; a second page or phone comes from `new_page()`."""
    with chromium.new_context(base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai") as context:
        yield context


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    """A page of a real Chromium; `page.goto("/")` opens the live server's front page."""
    return browser_context.new_page()
