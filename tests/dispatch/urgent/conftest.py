"""Monday morning at the desks."""

import pytest

from tests.orders.make import NOW


@pytest.fixture
def monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages read NOW (07:00)."""
    monkeypatch.setattr("people.clock.now", lambda: NOW)
