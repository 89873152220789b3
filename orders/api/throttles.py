"""How many hooks are heard: plenty from the exchange, few from whoever guesses its token."""

import hashlib

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class HookThrottle(SimpleRateThrottle):
    """All hooks under one token; the rate is the setting CTI_RATE."""

    scope = "cti"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        token = hashlib.sha256(view.kwargs["token"].encode()).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": token}


class ForgedThrottle(SimpleRateThrottle):
    """Hooks with a token that is none, per address."""

    scope = "cti_forged"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
