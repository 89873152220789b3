"""A carer's phone on the real HTTP interface: it logs in, keeps its token, and shows each answer as it came."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import requests

from dispatch.visits.models import Assignment
from tests.cast import PASSWORD
from volunteers.models import Carer


class Phone:
    """A device of the carer, logged in with name and password."""

    def __init__(self, base: str, carer: Carer) -> None:
        assert carer.person.user
        self._base = f"{base}/api/v1/"
        self._name = f"phone of {carer.number}"
        self._headers: dict[str, str] = {}
        login = self.post("devices/", username=carer.person.user.username, password=PASSWORD, name=self._name)
        assert login.status_code == 201, login.text
        self._headers["Authorization"] = f"Token {login.json()['token']}"

    def get(self, path: str) -> Any:
        """The JSON below /api/v1/."""
        answer = self._send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> requests.Response:
        """The answer to a POST below /api/v1/, whatever it is."""
        return self._send("POST", path, json=body)

    def _send(self, method: str, path: str, **how: Any) -> requests.Response:
        # Closed after each: a server's thread that waits for more keeps its database connection.
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self._base + path, headers=self._headers, timeout=30, **how)

    def open_offers(self) -> list[dict[str, Any]]:
        """The questions that wait for an answer."""
        offers: list[dict[str, Any]] = self.get("offers/?status=sent")["results"]
        return offers

    def check(self, assignment: Assignment, kind: str, moment: datetime) -> requests.Response:
        """Check "in" or "out" at the elder's door, sent at once."""
        place = assignment.visit.place
        return self.post(
            f"assignments/{assignment.pk}/check-{kind}/",
            client_id=str(uuid4()),
            device_time=moment.isoformat(),
            sent_at=moment.isoformat(),
            latitude=place.latitude,
            longitude=place.longitude,
            accuracy_metres=10,
            device=self._name,
        )
