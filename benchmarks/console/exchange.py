"""The telephone exchange: reports new calls and hang-ups to the product's hook."""

from __future__ import annotations

from queue import Queue

from django.conf import settings
from django.urls import reverse

from benchmarks.console.book import Book
from benchmarks.console.browser import Line
from benchmarks.console.calls import Call, Ringing
from orders.models import CallRecord

DESK = "051782320000"


class Exchange:
    """Each hook goes over a connection of its own, as from a dial plan."""

    def __init__(self, port: int, book: Book, ringing: Queue[Ringing | None]) -> None:
        self._port, self._book, self._ringing = port, book, ringing

    def ring(self, call: Call) -> None:
        """Report a new call; once the product has it, any operator may take it."""
        call_id = f"benchmark-{call.caller.elder}"
        hook = {"event": "newCall", "callId": call_id, "from": call.caller.number, "to": DESK, "direction": "in"}
        since = self._report(hook)
        if since is None:
            return
        key = CallRecord.objects.only("pk").get(call_id=call_id).pk
        self._book.rang(key, since)
        self._ringing.put(Ringing(key, call_id, call, since))

    def hang_up(self, call_id: str) -> None:
        """Report the end of a call."""
        self._report({"event": "hangup", "callId": call_id, "cause": "normalClearing"})

    def _report(self, hook: dict[str, str]) -> float | None:
        """When the hook was sent, or None when it was not heard."""
        line = Line(self._port)
        reply = line.post(reverse("v1:cti", args=[settings.CTI_TOKENS[0]]), hook)
        line.close()
        if reply.status != 200:
            self._book.error("hook", str(reply.status or reply.text))
            return None
        self._book.add("hook", reply.began, reply.ended)
        return reply.began
