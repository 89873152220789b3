"""Where the telephone exchange reports its calls."""

import secrets
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from orders.api.serializers import HookIn, HookOut
from orders.api.throttles import ForgedThrottle, HookThrottle
from orders.services.call_hooks import receive_hook
from people import clock
from people.errors import NotVisible


class HookView(APIView):
    """A new call, an answer or a hang-up. The token in the address is the exchange's only credential."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (*APIView.parser_classes, FormParser, MultiPartParser)

    def get_throttles(self) -> list[BaseThrottle]:
        return [HookThrottle() if is_token(self.kwargs["token"]) else ForgedThrottle()]

    @extend_schema(request=HookIn, responses=HookOut, auth=[])
    def post(self, request: Request, token: str, **_kwargs: Any) -> Response:
        """Take one event of a call, as JSON or as a form. Each event of a call counts once; a repeat is harmless."""
        if not is_token(token):
            raise NotVisible(_("There is no such address."))
        given = HookIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(HookOut(receive_hook(hook=given.hook(), now=clock.now())).data)


def is_token(given: str) -> bool:
    """True for a token of the exchange (settings.CTI_TOKENS), compared in constant time."""
    return any(secrets.compare_digest(given.encode(), token.encode()) for token in settings.CTI_TOKENS)
