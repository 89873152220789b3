"""Hooks on their way to the site: in order, tried again while the site is away, and never lost without a word."""

import queue
import threading
from collections.abc import Callable
from enum import Enum, auto

import requests
import structlog

from orders.services.call_hooks import Hook

_log = structlog.get_logger(__name__)

MOST_WAITING = 10_000
REQUEST_SECONDS = 5.0
# How long to wait before each further try: a quarter of an hour altogether for a site that is away ...
AWAY_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0) + (30.0,) * 30
# ... and a few seconds for one that answers with a fault of its own: this hook must not hold up the others.
FAULT_SECONDS = (0.5, 1.0, 2.0)


class Answer(Enum):
    """What became of a try."""

    TAKEN = auto()
    REFUSED = auto()  # it will be refused again
    FAULT = auto()  # the site broke on it
    AWAY = auto()  # nobody answered, or too busy to


Send = Callable[[Hook], Answer]


def sender(address: str) -> Send:
    """Posts hooks to an address of the site that ends with the token; the address is a secret and in no log."""
    session = requests.Session()

    def send(hook: Hook) -> Answer:
        try:
            answer = session.post(address, json=body_of(hook), timeout=REQUEST_SECONDS, allow_redirects=False)
        except requests.RequestException:
            return Answer.AWAY
        if answer.status_code in (429, 502, 503, 504):
            return Answer.AWAY
        if answer.status_code >= 500:
            return Answer.FAULT
        return Answer.TAKEN if answer.status_code < 300 else Answer.REFUSED

    return send


def body_of(hook: Hook) -> dict[str, object]:
    """A hook under the names of the interface."""
    return {
        "event": str(hook.event),
        "callId": hook.call_id,
        "from": hook.caller,
        "to": hook.called,
        "direction": hook.direction,
        "queue": hook.queue,
        "user": list(hook.users),
        "answeringNumber": hook.answering_number,
        "cause": hook.cause,
    }


class Outbox:
    """A bounded line of hooks and the one thread that sends them, so that all go in the order they came."""

    def __init__(self, send: Send, *, most: int = MOST_WAITING) -> None:
        self._send = send
        self._waiting: queue.Queue[Hook | None] = queue.Queue(most)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hooks", daemon=True)
        self._thread.start()

    def put(self, hook: Hook) -> None:
        """Stand a hook in line; when the line is full it is given up, and that is written down."""
        try:
            self._waiting.put_nowait(hook)
        except queue.Full:
            _lost(hook, why="too many are waiting")

    def close(self, *, seconds: float = 10.0) -> None:
        """Send what stands in line, once each from now on, then end."""
        self._stop.set()
        self._waiting.put(None)
        self._thread.join(timeout=seconds)

    def _run(self) -> None:
        while (hook := self._waiting.get()) is not None:
            self._deliver(hook)

    def _deliver(self, hook: Hook) -> None:
        away, fault = iter(AWAY_SECONDS), iter(FAULT_SECONDS)
        while True:
            match self._send(hook):
                case Answer.TAKEN:
                    return
                case Answer.REFUSED:
                    return _lost(hook, why="refused")
                case Answer.FAULT:
                    pause = next(fault, None)
                case Answer.AWAY:
                    pause = next(away, None)
            if pause is None or self._stop.is_set():
                return _lost(hook, why="tried in vain")
            _log.info("hook_waits", call=hook.call_id, hook=str(hook.event), seconds=pause)
            self._stop.wait(pause)


def _lost(hook: Hook, *, why: str) -> None:
    _log.error("hook_lost", call=hook.call_id, hook=str(hook.event), why=why)
