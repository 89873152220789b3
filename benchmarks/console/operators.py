"""An operator at the console: her screen asks for news every 0.7 seconds, her hands take a call and type the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Queue
from threading import Event
from time import monotonic
from urllib.parse import urlencode

from django.urls import reverse

from benchmarks.console.book import Book
from benchmarks.console.browser import Line, Reply
from benchmarks.console.calls import Ringing
from benchmarks.console.exchange import Exchange
from benchmarks.console.page import form_fields, keys_in, marks, slots

PERIOD = 0.7  # seconds between two polls of a page
ORDER_FORM = "order"
LINE = "line-0-"
TRIES = 3  # how often an order is saved whose slot somebody else got first


@dataclass(slots=True)
class Screen:
    """What is drawn: whom the page is about, and the mark of each pane."""

    elder: int | None = None
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def poll(self) -> str:
        about = [] if self.elder is None else [("elder", str(self.elder))]
        query = urlencode([*about, *(("seen", mark) for mark in self.marks.values())])
        return f"{reverse('console-live')}?{query}"


class Operator:
    """`watch` and `work` run at the same time, each in a thread of its own, until `stop`."""

    def __init__(self, number: int, cookies: dict[str, str], *, port: int, book: Book, stop: Event) -> None:
        self._number, self._book, self._stop = number, book, stop
        self._eyes, self._hands = Line(port, cookies), Line(port, cookies)
        self._screen = Screen()
        self._take = reverse("console-call-take", args=[0])

    def watch(self, first: float) -> None:
        """Poll as the page does: the next poll is due 0.7 seconds after the last was, or once it is answered."""
        due = first
        while not self._stop.wait(max(0.0, due - monotonic())):
            screen = self._screen
            reply = self._eyes.get(screen.poll, fragment=True)
            self._clock("poll", reply, 200, 204)
            if reply.status == 200:
                screen.marks |= marks(reply.text)
                self._see(reply)
            due = max(due + PERIOD, monotonic())

    def work(self, ringing: Queue[Ringing | None], exchange: Exchange) -> None:
        """Take one call after the other, until None comes or the run is over."""
        self._open(reverse("console"))
        while (taken := ringing.get()) is not None:
            if self._pause(taken.since + taken.call.ringing - monotonic()):
                return
            self._serve(taken)
            if self._stop.is_set():
                return
            exchange.hang_up(taken.call_id)
            self._wrap_up(taken.key)

    def _serve(self, taken: Ringing) -> None:
        call, elder = taken.call, taken.call.caller.elder
        reply = self._hands.post(reverse("console-call-take", args=[taken.key]), {})
        if not self._is(reply, "take", 302):
            return
        form = form_fields(self._open(reply.location, elder=elder).text, ORDER_FORM)
        if not form:
            self._book.error("page", "without an order form")
            return
        if self._pause(call.greeting):
            return
        form[f"{LINE}item"] = str(call.wish.item)
        self._draft(elder, form)
        if self._pause(call.thinking[0]):
            return
        when = {"day": call.wish.day.isoformat(), "start": call.wish.start, "end": call.wish.end}
        form |= {f"{LINE}{name}": value for name, value in when.items()}
        found = self._draft(elder, form)
        if self._pause(call.thinking[1]):
            return
        self._choose_and_save(elder, form, found, thinking=call.thinking[2])
        self._pause(call.reading_back)

    def _choose_and_save(self, elder: int, form: dict[str, str], found: list[str], *, thinking: float) -> None:
        for _ in range(TRIES):
            if found:
                form[f"{LINE}slot"] = found[0]
                self._clock("keep", self._hands.post(reverse("console-draft", args=[elder]), form, fragment=True), 204)
            if self._pause(thinking):
                return
            reply = self._hands.post(reverse("console-place", args=[elder]), form)
            if reply.status != 409:
                break
            self._book.count("orders whose slot somebody else had got", reply.began)
            form = form_fields(reply.text, ORDER_FORM)
            found = self._draft(elder, form)
        if self._clock("save", reply, 302):
            self._open(reply.location, elder=elder)

    def _draft(self, elder: int, form: Mapping[str, str]) -> list[str]:
        """What is typed so far goes to be kept; the slots that come back."""
        reply = self._hands.post(reverse("console-draft", args=[elder]), form, fragment=True)
        found = slots(reply.text) if reply.status == 200 else None
        if found is None:
            self._book.error("slots", str(reply.status) if reply.status != 200 else "draft answered without a search")
            return []
        self._clock("slots", reply, 200)
        self._book.count("drafts with a slot" if found else "drafts for which nobody can come", reply.began)
        return found

    def _wrap_up(self, call: int) -> None:
        self._is(self._hands.post(reverse("console-call-wrap-up", args=[call]), {"code": "ordered"}), "wrap up", 302)
        self._open(reverse("console"))

    def _open(self, address: str, *, elder: int | None = None) -> Reply:
        """Go to a page; from now on its panes are polled for."""
        reply = self._hands.get(address)
        if self._clock("page", reply, 200):
            self._screen = Screen(elder, marks(reply.text))
            self._see(reply)
        return reply

    def _see(self, reply: Reply) -> None:
        self._book.shows(self._number, keys_in(reply.text, self._take), reply.ended)

    def _clock(self, name: str, reply: Reply, *expected: int) -> bool:
        """Read the clock if the answer is as expected."""
        if self._is(reply, name, *expected):
            self._book.add(name, reply.began, reply.ended)
            return True
        return False

    def _is(self, reply: Reply, deed: str, *expected: int) -> bool:
        if reply.status in expected:
            return True
        self._book.error(deed, str(reply.status or reply.text))
        return False

    def _pause(self, seconds: float) -> bool:
        """Wait; True when the run is over."""
        return self._stop.wait(max(0.0, seconds))
