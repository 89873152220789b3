"""The phones, in a process of their own: `python -m benchmarks.carers_api.drive`, told what to do on its input.

An open loop: each request is due at a moment that the clock alone sets, and its time runs from then, so that a server that
falls behind is not asked more slowly.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from threading import local
from time import monotonic, sleep

LINES = 32  # connections that are kept open
_PATIENCE = 30  # seconds


@dataclass(frozen=True, slots=True)
class Task:
    """What to drive: a port, the tokens to take turns, requests a second of each kind, for how long, of which the first
    seconds do not count."""

    port: int
    tokens: Sequence[str]
    rate: float
    seconds: float
    warm_up: float


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from when a request was due to the last byte of its answer, by kind; bytes of an answer; errors."""

    day: list[float]
    bare: list[float]
    day_bytes: int
    errors: int


class _Line(local):
    """A connection of each thread, kept open between requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: HTTPConnection | None = None

    def get(self, path: str, token: str) -> tuple[int, bytes]:
        """Status and body. A kept connection that the server has closed meanwhile is opened anew, as every client does."""
        kept = self._connection is not None
        try:
            return self._get(path, token)
        except OSError:
            self._connection = None
            if not kept:
                raise
        return self._get(path, token)

    def _get(self, path: str, token: str) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        self._connection.request("GET", path, headers={"Authorization": f"Token {token}"})
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def drive(task: Task) -> Times:
    """Ask for a day and for the bare view in turn, each at the rate."""
    line, began = _Line(task.port), monotonic()
    taken: dict[str, list[float]] = {"day": [], "bare": []}
    sizes, errors = [0], [0]

    def ask(number: int, due: float) -> None:
        kind = ("day", "bare")[number % 2]
        token = task.tokens[number // 2 % len(task.tokens)]
        path = "/api/v1/me/day/" if kind == "day" else "/bare/"
        try:
            status, body = line.get(path, token)
        except OSError:
            errors[0] += 1
            return
        if status != 200:
            errors[0] += 1
        elif due >= began + task.warm_up:
            taken[kind].append(monotonic() - due)
            if kind == "day":
                sizes.append(len(body))

    with ThreadPoolExecutor(LINES) as lines:
        for number in range(round(2 * task.rate * (task.warm_up + task.seconds))):
            due = began + number / (2 * task.rate)
            sleep(max(0.0, due - monotonic()))
            lines.submit(ask, number, due)
    return Times(taken["day"], taken["bare"], round(sum(sizes) / max(1, len(sizes) - 1)), errors[0])


if __name__ == "__main__":
    print(json.dumps(asdict(drive(Task(**json.load(sys.stdin))))))
