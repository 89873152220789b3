"""A phone on the interface, and the moment it is."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from tests.dispatch.factories import NOW

SetClock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def set_clock(settings: Any, tmp_path: Path) -> SetClock:
    """It is NOW until a test says otherwise."""
    file = tmp_path / "clock"
    settings.SIMULATED_CLOCK_FILE = str(file)

    def set_to(moment: datetime) -> None:
        file.write_text(moment.isoformat())

    set_to(NOW)
    return set_to


class Phone:
    """The interface as one user sees it."""

    def __init__(self, user: User | None) -> None:
        self.client = APIClient()
        if user is not None:
            self.client.force_authenticate(user)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1/{path}", body)


def error_of(response: Any) -> tuple[int, str, str, str | None]:
    """Status, type, and the code and field of the only error."""
    [error] = response.json()["errors"]
    return response.status_code, response.json()["type"], error["code"], error["attr"]
