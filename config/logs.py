"""What is not worth a line in the logs. How a line looks is in the settings, what is masked in it in `people.masking`."""

from collections.abc import MutableMapping
from typing import Any

from structlog import DropEvent

POLLS = "GET /console/live/"


def drop_answered_polls(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: every open console asks for news more than once a second; only a refusal is worth a line."""
    polled = event.get("event") == "request_finished" and str(event.get("request")).startswith(POLLS)
    if polled and event.get("code") in (200, 204):
        raise DropEvent
    return event
