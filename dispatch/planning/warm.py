"""What a process that plans does once when it starts."""

import structlog

from dispatch.engine import warm

_log = structlog.get_logger(__name__)


def warm_up() -> None:
    """Compile the engine's searches, or load what an earlier process compiled."""
    _log.info("engine_warm", seconds=round(warm.warm_up(), 1))
