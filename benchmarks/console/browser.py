"""A browser as far as the load needs one: cookies of one login, and keep-alive lines that any thread may own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.cookies import SimpleCookie
from time import monotonic
from urllib.parse import urlencode

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds until an answer counts as none
_FORM = "application/x-www-form-urlencoded"
# The web server closes a line that was idle for two seconds: a new one is opened in time.
_LONGEST_IDLE = 1.5

Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read to its end; `began` and `ended` are monotonic seconds. Status 0: none came."""

    status: int
    text: str
    location: str
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class Line:
    """One connection of a browser, for one thread at a time."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self.cookies = {} if cookies is None else cookies
        self._http = HTTPConnection(HOST, port, timeout=PATIENCE)
        self._used = 0.0

    def get(self, address: str, *, fragment: bool = False) -> Reply:
        """Ask for a page, or for a fragment as htmx does."""
        return self._ask("GET", address, None, fragment)

    def post(self, address: str, fields: Fields, *, fragment: bool = False) -> Reply:
        """Send a form with the token of the session."""
        token = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}
        return self._ask("POST", address, urlencode({**fields, **token}, doseq=True), fragment)

    def close(self) -> None:
        """Give the connection back; the next request opens another."""
        self._http.close()

    def _ask(self, method: str, address: str, body: str | None, fragment: bool) -> Reply:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.copy().items())}
        if body is not None:
            headers["Content-Type"] = _FORM
        if fragment:
            headers["HX-Request"] = "true"
        began = monotonic()
        if began - self._used > _LONGEST_IDLE:
            self._http.close()
        try:
            answer = self._answer(method, address.partition("#")[0], body, headers)
            text = answer.read().decode()
        except (OSError, HTTPException) as error:
            self._http.close()
            return Reply(0, type(error).__name__, "", began, monotonic())
        ended = self._used = monotonic()
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: each.value for name, each in SimpleCookie(header).items()}
        return Reply(answer.status, text, answer.headers.get("Location", ""), began, ended)

    def _answer(self, method: str, address: str, body: str | None, headers: dict[str, str]) -> HTTPResponse:
        """The answer, of which only the head is read; a line that was open and proves to be closed is opened anew, once."""
        was_open = self._http.sock is not None
        try:
            self._http.request(method, address, body, headers)
            return self._http.getresponse()
        except ConnectionError:
            self._http.close()
            if not was_open:
                raise
        self._http.request(method, address, body, headers)
        return self._http.getresponse()


def log_in(port: int, *, address: str, username: str, password: str) -> dict[str, str]:
    """The cookies of a new session, from the login form. Raises RuntimeError when it is refused."""
    line = Line(port)
    line.get(address)
    reply = line.post(address, {"username": username, "password": password})
    if reply.status != 302:
        raise RuntimeError(f"{username} could not log in: {reply.status}.")
    return line.cookies
