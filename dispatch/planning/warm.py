"""What a process does once when it starts, so that nobody waits for the compiler."""

import structlog

from dispatch.engine import warm

_log = structlog.get_logger(__name__)


def warm_up() -> None:
    """For a process that plans: compile the engine's searches, or load what an earlier process compiled."""
    _log.info("engine_warm", seconds=round(warm.warm_up(), 1))


def warm_slots() -> None:
    """For a process that serves pages: load the search for slots, in the background."""
    _log.info("slots_warm", seconds=round(warm.warm_slots(), 1))
