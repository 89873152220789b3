"""Where the telephone exchange reports its calls."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orders.api.exchange import ExchangeView
from orders.api.serializers import HookIn, HookOut
from orders.services.call_hooks import receive_hook
from people import clock


class HookView(ExchangeView):
    """A new call, an answer or a hang-up."""

    @extend_schema(request=HookIn, responses=HookOut, auth=[])
    def post(self, request: Request, **_token: Any) -> Response:
        """Take one event of a call, as JSON or as a form. Each event of a call counts once; a repeat is harmless."""
        given = HookIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(HookOut(receive_hook(hook=given.hook(), now=clock.now())).data)
