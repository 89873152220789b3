"""How much one user may ask: enough for a phone that empties its outbox after a week, too little for a flood."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

# No import of views here, in a header or for a type: the framework's views load their limits from this module.
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ReadLimit(UserRateThrottle):
    """Questions of one user; the rate is the setting API_READ_RATE."""

    scope = "read"

    def allow_request(self, request: Request, view: Any) -> bool:
        return request.method in WRITES or super().allow_request(request, view)


class WriteLimit(UserRateThrottle):
    """Deeds of one user; the rate is the setting API_WRITE_RATE."""

    scope = "write"

    def allow_request(self, request: Request, view: Any) -> bool:
        return request.method not in WRITES or super().allow_request(request, view)
