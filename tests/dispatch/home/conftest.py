"""Monday morning at the desks: pages read the clock of the factories."""

import pytest

from tests.dispatch.factories import NOW


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)
