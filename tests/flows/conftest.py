"""The moment it is, for the tests, the live server and every worker that a test starts."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.orders.make import NOW

SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SetClock:
    """It is NOW until the test says otherwise."""
    file = tmp_path / "clock"

    def set_to(moment: datetime) -> None:
        fresh = file.with_suffix(".new")
        fresh.write_text(moment.isoformat())
        fresh.replace(file)

    set_to(NOW)
    settings.SIMULATED_CLOCK_FILE = str(file)
    monkeypatch.setenv("SIMULATED_CLOCK_FILE", str(file))
    return set_to
