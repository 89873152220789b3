"""The carers' phones of the demonstration: each speaks to the real HTTP API with its own token, as the app would."""

import threading
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from random import Random
from typing import Any

import requests

_connections = threading.local()


class Answered(Exception):
    """The API answered with a status that the simulation did not expect."""


class TooLate(Answered):
    """What the phone had on its screen has changed in the meantime (409)."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One logged-in phone; `seed` makes its owner's habits repeatable."""

    base: str
    token: str
    name: str
    seed: int

    def get(self, path: str) -> Any:
        """The JSON of a GET below /api/v1/. Raises Answered on any refusal."""
        return self._call("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        """The JSON of a POST below /api/v1/. Raises Answered on any refusal."""
        return self._call("POST", path, body)

    def offers(self, day: date) -> list[dict[str, Any]]:
        """Every offer for a day that waits for an answer."""
        page = self.get(f"offers/?status=sent&date={day}&page_size=200")
        rows: list[dict[str, Any]] = page["results"] if isinstance(page, dict) else page
        return rows

    def check(
        self, assignment: int, kind: str, *, at: datetime, latitude: float, longitude: float, rng: Random
    ) -> None:
        """Send a check-in (`in`) or check-out (`out`) with position and accuracy, as the app does."""
        self.post(
            f"assignments/{assignment}/check-{kind}/",
            client_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            source="APP",
            device_time=at.isoformat(),
            latitude=latitude,
            longitude=longitude,
            accuracy_metres=rng.randint(5, 40),
            device=self.name,
        )

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        session = getattr(_connections, "session", None)
        if session is None:
            session = _connections.session = requests.Session()
            session.trust_env = False
        answer = session.request(
            method,
            f"{self.base}/api/v1/{path}",
            json=body,
            headers={"Authorization": f"Token {self.token}", "Accept-Language": "zh-hans"},
            timeout=60,
        )
        if answer.status_code >= 300:
            refusal = TooLate if answer.status_code == HTTPStatus.CONFLICT else Answered
            raise refusal(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None
