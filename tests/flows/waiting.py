"""Waiting for what another process does: on a condition, never for a time."""

import time
from collections.abc import Callable

SECONDS = 60


def wait_for(condition: Callable[[], object], what: str, *, seconds: float = SECONDS) -> None:
    """Return as soon as the condition holds; fail with `what` when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"after {seconds:g} s still not: {what}"
        time.sleep(0.02)
