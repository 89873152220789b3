"""Where the exchange asks what to say next to a carer who calls the telephone menu."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch.offers.services.menu import MOST_STEPS, hear
from orders.api.exchange import ExchangeView
from orders.api.serializers import FromTheExchange
from people import clock

MOST_DIGITS = 20


class MenuIn(FromTheExchange):
    step = serializers.IntegerField(
        min_value=1, max_value=MOST_STEPS, help_text="1 when the call comes in, then one more each time."
    )
    digits = serializers.CharField(
        max_length=MOST_DIGITS,
        required=False,
        allow_blank=True,
        default="",
        help_text="What was pressed since the last step; empty when nothing was.",
    )


class MenuOut(serializers.Serializer[Any]):
    say = serializers.CharField(read_only=True, help_text="To be read aloud, in the county's language.")
    gather = serializers.IntegerField(read_only=True, help_text="How many digits to wait for then.")
    end = serializers.BooleanField(read_only=True, help_text="Whether to hang up when it is said.")


class MenuView(ExchangeView):
    """A dialogue by keys, in which a carer without a smartphone answers offers."""

    @extend_schema(request=MenuIn, responses=MenuOut, auth=[])
    def post(self, request: Request, **_token: Any) -> Response:
        """Take what was pressed, and say what comes next. The same step again gets the same answer and changes nothing."""
        body = MenuIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        prompt = hear(
            call_id=given["callId"],
            step=given["step"],
            caller=given["from"],
            digits=given["digits"],
            now=clock.now(),
        )
        return Response(MenuOut(prompt).data)
