"""The browser of the operators' load, against a small server that closes its lines without a word."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from benchmarks.console.browser import Line


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    seen: list[tuple[str, str, str]]

    def do_GET(self) -> None:
        self._answer(200, "seen")

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(302, form)

    def _answer(self, status: int, text: str) -> None:
        self.seen.append((self.path, self.headers.get("Cookie", ""), self.headers.get("HX-Request", "")))
        self.send_response(status)
        self.send_header("Set-Cookie", "csrftoken=secret; Path=/; SameSite=Lax")
        self.send_header("Location", "/console/?order=3#placed")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())
        if self.path.startswith("/last/"):
            self.close_connection = True  # announced by no header, as when the idle time is over

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    Handler.seen = []
    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def line(server: HTTPServer) -> Iterator[Line]:
    """Closed before its server, which serves one line at a time."""
    made = Line(server.server_port)
    yield made
    made.close()


def test_a_form_goes_with_the_token_of_the_session(line):
    line.get("/login/")

    reply = line.post("/console/", {"line-0-item": "4", "note": "两个人"})

    assert (reply.status, reply.location) == (302, "/console/?order=3#placed")
    assert reply.text == "line-0-item=4&note=%E4%B8%A4%E4%B8%AA%E4%BA%BA&csrfmiddlewaretoken=secret"
    assert Handler.seen == [("/login/", "", ""), ("/console/", "csrftoken=secret", "")]


def test_a_fragment_is_asked_for_as_htmx_does_and_without_the_place_on_the_page(line):
    line.get("/console/live/?elder=3#placed", fragment=True)

    assert Handler.seen == [("/console/live/?elder=3", "", "true")]


def test_a_line_that_was_closed_meanwhile_is_opened_anew(line):
    line.get("/last/")

    assert line.get("/console/").status == 200


def test_nobody_there_is_an_answer_without_a_status():
    with HTTPServer(("127.0.0.1", 0), Handler) as gone:
        port = gone.server_port

    reply = Line(port).get("/console/")

    assert (reply.status, reply.text) == (0, "ConnectionRefusedError")
