"""Hooks reach the site in order, tried again while it is away; what is given up is written down."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest
from structlog.testing import capture_logs

from orders.asterisk import post
from orders.asterisk.post import Answer, Outbox, sender
from orders.services.call_hooks import Event, Hook
from tests.orders.asterisk.exchange import PATIENCE


def hook(number: int, event: Event = Event.NEW_CALL) -> Hook:
    return Hook(event=event, call_id=f"c{number}", caller="13800138000", users=("8001",))


class Site:
    """Answers each try with the next of its answers (then always TAKEN), and keeps what it was sent."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = iter(answers)
        self.tried: Queue[str] = Queue()

    def __call__(self, sent: Hook) -> Answer:
        self.tried.put(sent.call_id)
        return next(self._answers, Answer.TAKEN)

    def heard(self, number: int) -> list[str]:
        return [self.tried.get(timeout=PATIENCE) for _ in range(number)]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "AWAY_SECONDS", (0.0,) * 3)
    monkeypatch.setattr(post, "FAULT_SECONDS", (0.0,))


def test_they_go_in_the_order_they_came_and_wait_for_one_that_waits():
    site = Site(Answer.AWAY, Answer.AWAY)
    outbox = Outbox(site)

    for number in range(3):
        outbox.put(hook(number))

    assert site.heard(5) == ["c0", "c0", "c0", "c1", "c2"]
    outbox.close()


@pytest.mark.parametrize(
    ("answers", "tries", "why"),
    [
        ((Answer.REFUSED,), 1, "refused"),
        ((Answer.FAULT,) * 2, 2, "tried in vain"),
        ((Answer.AWAY,) * 4, 4, "tried in vain"),
    ],
)
def test_what_is_given_up_is_written_down_and_holds_up_nothing(answers, tries, why):
    site = Site(*answers)
    with capture_logs() as logs:
        outbox = Outbox(site)
        outbox.put(hook(0))
        outbox.put(hook(1))
        assert site.heard(tries + 1) == ["c0"] * tries + ["c1"]
        outbox.close()

    lost = [entry for entry in logs if entry["event"] == "hook_lost"]
    assert [(entry["call"], entry["hook"], entry["why"]) for entry in lost] == [("c0", "newCall", why)]
    assert "13800138000" not in str(logs)


def test_a_full_line_takes_no_more_and_says_so():
    go_on = threading.Event()
    busy = threading.Event()

    def stuck(sent: Hook) -> Answer:
        busy.set()
        go_on.wait(timeout=PATIENCE)
        return Answer.TAKEN

    outbox = Outbox(stuck, most=2)
    outbox.put(hook(0))
    assert busy.wait(timeout=PATIENCE)
    with capture_logs() as logs:
        for number in range(1, 5):
            outbox.put(hook(number))

    assert [(entry["call"], entry["why"]) for entry in logs] == [
        ("c3", "too many are waiting"), ("c4", "too many are waiting"),
    ]  # fmt: skip
    go_on.set()
    outbox.close()


@pytest.fixture
def web() -> Iterator[tuple[str, list[int], list[dict[str, Any]]]]:
    """A web server that answers with the statuses in a list and keeps the bodies."""
    statuses: list[int] = []
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(statuses.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1/cti/token/", statuses, bodies
    server.shutdown()
    server.server_close()
    thread.join(timeout=PATIENCE)


def test_what_the_site_says_means(web):
    address, statuses, bodies = web
    send = sender(address)
    said = {
        200: Answer.TAKEN, 204: Answer.TAKEN, 301: Answer.REFUSED, 400: Answer.REFUSED, 404: Answer.REFUSED,
        429: Answer.AWAY, 500: Answer.FAULT, 502: Answer.AWAY, 503: Answer.AWAY, 504: Answer.AWAY,
    }  # fmt: skip
    statuses.extend(said)

    assert [send(hook(0)) for _ in said] == list(said.values())
    assert bodies[0] == {
        "event": "newCall", "callId": "c0", "from": "13800138000", "to": "", "direction": "in", "queue": "",
        "user": ["8001"], "answeringNumber": "", "cause": "",
    }  # fmt: skip


def test_a_site_that_does_not_answer_is_away(web):
    address, _statuses, _bodies = web

    assert sender(address.replace("127.0.0.1", "127.0.0.1:1", 1).replace(":1:", ":1/"))(hook(0)) is Answer.AWAY
