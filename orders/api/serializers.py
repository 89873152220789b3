"""The shape of the exchange's hooks: names after the generic CTI of help-desk products. Services decide."""

from typing import Any

from rest_framework import serializers
from rest_framework.utils.html import is_html_input

from orders.callers import LONGEST_NUMBER
from orders.models import CallEvent, CallRecord
from orders.services.call_hooks import Hook

MOST_USERS = 200
LONGEST_USER = 150  # as wide as a user name


class UsersField(serializers.ListField):
    """User names or extensions: a list, a single one, or a form's repeated `user` or `user[]`."""

    def get_value(self, dictionary: Any) -> Any:
        if is_html_input(dictionary):
            return [*dictionary.getlist("user"), *dictionary.getlist("user[]")]
        given = dictionary.get("user") or []
        return [given] if isinstance(given, str) else given


class FromTheExchange(serializers.Serializer[Any]):
    """Which call it is about, and who calls."""

    callId = serializers.CharField(max_length=250, help_text="Names the call in all its events.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The fields with `from`, which Python reserves."""
        caller = serializers.CharField(
            max_length=LONGEST_NUMBER,
            required=False,
            allow_blank=True,
            default="",
            help_text="The calling number; empty or “anonymous” when it is withheld.",
        )
        return {**super().get_fields(), "from": caller}


class HookIn(FromTheExchange):
    event = serializers.ChoiceField(choices=CallEvent.Kind.choices)
    to = serializers.CharField(max_length=LONGEST_NUMBER, required=False, allow_blank=True, default="")
    direction = serializers.ChoiceField(choices=CallRecord.Direction.choices, default=CallRecord.Direction.IN)
    queue = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    user = UsersField(
        child=serializers.CharField(max_length=LONGEST_USER, allow_blank=True),
        max_length=MOST_USERS,
        required=False,
        help_text="User names or extensions of the operators involved; none: it rings at all.",
    )
    answeringNumber = serializers.CharField(max_length=LONGEST_USER, required=False, allow_blank=True, default="")
    cause = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")

    def hook(self) -> Hook:
        """The valid input as the service takes it."""
        given = self.validated_data
        return Hook(
            event=given["event"],
            call_id=given["callId"],
            caller=given["from"],
            called=given["to"],
            direction=given["direction"],
            queue=given["queue"],
            users=tuple(name for name in given["user"] if name),
            answering_number=given["answeringNumber"],
            cause=given["cause"],
        )


class HookOut(serializers.ModelSerializer[CallRecord]):
    class Meta:
        model = CallRecord
        fields = ["call_id", "status"]
        read_only_fields = fields
