"""What the addresses of the telephone exchange have in common. The token in the address is its only credential."""

import secrets
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from orders.api.throttles import ForgedThrottle, HookThrottle
from people.errors import NotVisible


class ExchangeView(APIView):
    """An address that exists for the exchange alone, and takes JSON or a form."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (*APIView.parser_classes, FormParser, MultiPartParser)

    def get_throttles(self) -> list[BaseThrottle]:
        return [HookThrottle() if is_token(self.kwargs["token"]) else ForgedThrottle()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not is_token(kwargs["token"]):
            raise NotVisible(_("There is no such address."))


def is_token(given: str) -> bool:
    """True for a token of the exchange (settings.CTI_TOKENS), compared in constant time."""
    return any(secrets.compare_digest(given.encode(), token.encode()) for token in settings.CTI_TOKENS)
