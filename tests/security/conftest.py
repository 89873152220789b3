"""The world of these tests, five minutes after it began."""

from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast
from tests.security.world import World, build, moment


@pytest.fixture
def world(cast: Cast, settings: Any, tmp_path: Path) -> World:
    clock = tmp_path / "clock"
    clock.write_text(moment().isoformat())
    settings.VAPID_PRIVATE_KEY, settings.VAPID_CONTACT = "A" * 42 + "E", "mailto:office@example.cn"
    settings.SIMULATED_CLOCK_FILE = str(clock)
    return build(cast)
