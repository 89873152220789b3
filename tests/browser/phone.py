"""A carer's phone: one thumb, one clock for page and platform, a signal that can be taken away."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from dispatch.visits.models import Assignment
from tests.browser.watched import Watched
from tests.cast import PASSWORD
from tests.dispatch.factories import NOW, at

# The worker has the machine's clock, not the page's: what it sent would look skewed.
NO_WAKING = "delete globalThis.ServiceWorkerRegistration?.prototype.sync"
EVERYTHING_KEPT = """async () => {
  const database = await new Promise((resolve) => (indexedDB.open("carer", 1).onsuccess = (e) => resolve(e.target.result)));
  const all = (name) => new Promise((resolve) => (database.transaction(name).objectStore(name).getAll().onsuccess = (e) => resolve(e.target.result)));
  const found = { kept: await all("kept"), outbox: await all("outbox") };
  database.close();
  return JSON.stringify(found);
}"""


class Phone:
    """A page in a phone's size, at the door of the carer's first promised visit."""

    def __init__(self, context: BrowserContext, monkeypatch: pytest.MonkeyPatch) -> None:
        self.context, self._patch = context, monkeypatch
        context.grant_permissions(["geolocation"])
        context.add_init_script(NO_WAKING)
        self.has_signal = True
        self.set_clock(NOW)
        self.page = self.open()

    def open(self) -> Page:
        """Opens the browser again: a new page, the old store."""
        self.page = self.context.new_page()
        self.page.set_viewport_size({"width": 390, "height": 844})
        self.watched = Watched(self.page)
        return self.page

    def set_clock(self, moment: datetime | str) -> None:
        """The same moment here and there; "HH:MM" is on the factories' Monday."""
        moment = at(moment) if isinstance(moment, str) else moment
        self._patch.setattr("people.clock.now", lambda: moment)
        self.context.clock.set_fixed_time(moment)

    def set_signal(self, has_signal: bool) -> None:
        self.has_signal = has_signal
        self.context.set_offline(not has_signal)

    def stand_at(self, assignment: Assignment) -> None:
        place = assignment.visit.place
        self.context.set_geolocation({"latitude": place.latitude, "longitude": place.longitude, "accuracy": 8})

    def log_in(self, username: str) -> None:
        if "/app/" not in self.page.url:
            self.page.goto("/app/")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("口令").fill(PASSWORD)
        self.tap("登录")
        expect(self.page.get_by_label("口令")).to_have_count(0)
        self.has_looked()
        self.is_installed()

    def has_looked(self) -> None:
        """The page has asked the platform for everything it shows."""
        expect(self.page.locator("#refresh")).to_be_enabled()

    def tap(self, name: str, role: Any = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).click()

    def tab(self, name: str) -> None:
        self.page.locator("#tabs a", has_text=re.compile(rf"^\s*{name}")).click()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def bar(self, text: str) -> None:
        """The bar on top says this; nothing means that there is none."""
        bar = self.page.locator("#bar")
        expect(bar).to_have_text(text) if text else expect(bar).to_be_hidden()

    def is_installed(self) -> None:
        """The worker has everything it needs to open the page without signal."""
        self.page.wait_for_function("navigator.serviceWorker.controller !== null")

    def stub(self, part: str, answer: str) -> None:
        """Until the page is opened again, a JavaScript function of `send` and fetch's options answers its requests to
        paths with this part. It stands in the page: a stub of the browser's network can be passed by where a service
        worker is at home."""
        self.page.evaluate(f"""() => {{
          const before = globalThis.fetch;
          globalThis.fetch = async (path, options) => {{
            const send = () => before(path, options);
            return path.includes({json.dumps(part)}) ? ({answer})(send, options) : send();
          }};
        }}""")

    def stub_data(self, part: str, data: Any, status: int = 200) -> None:
        """As `stub`, with the same data every time."""
        self.stub(part, f"() => Response.json({json.dumps(data)}, {{ status: {status} }})")

    def kept(self) -> dict[str, Any]:
        return json.loads(self.page.evaluate(EVERYTHING_KEPT))


def waiting_for(ready: Callable[[], bool], page: Page) -> None:
    """Lets the page go on until something is so on the platform."""
    for _ in range(200):
        if ready():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came")
