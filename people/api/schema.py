"""What every operation of the interface has in common, for its own description."""

from typing import Any

from drf_standardized_errors.openapi import AutoSchema
from rest_framework import serializers

from people.api.idempotent import PARAMETER, Idempotent
from people.api.limits import WRITES

UNCHANGED = "304"
REFUSALS_OF_QUESTIONS = ("400", "401", "403", "404", "406", "429")
REFUSALS_OF_DEEDS = (*REFUSALS_OF_QUESTIONS, "409", "415")
KEY_USED_TWICE = "422"


class ProblemDetail(serializers.Serializer[Any]):
    """One thing that is wrong: a code for programs, a sentence for people, and the field if it is about one."""

    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class Problem(serializers.Serializer[Any]):
    """The one shape of every refusal."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ProblemDetail(many=True)  # type: ignore[assignment]  # hides Serializer.errors, which only input uses


class Schema(AutoSchema):
    """Says of every operation how it may refuse, and of writes that they honour a key."""

    def get_override_parameters(self) -> list[Any]:
        """The header `Idempotency-Key`, where the view reads it."""
        shared = super().get_override_parameters()
        return [*shared, PARAMETER] if self._honours_a_key() else shared

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        """Without titles: generated clients name the classes of choices after them, and they are Chinese."""
        parameters: list[dict[str, Any]] = super()._get_filter_parameters()  # type: ignore[no-untyped-call]
        for parameter in parameters:
            parameter["schema"].pop("title", None)
        return parameters

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if direction != "response":
            return bodies
        refusals = REFUSALS_OF_DEEDS if self.method in WRITES else REFUSALS_OF_QUESTIONS
        if self._honours_a_key():
            refusals = (*refusals, KEY_USED_TWICE)
        shared = {status: self._problem(status) for status in refusals}
        if self.method == "GET":
            shared[UNCHANGED] = {"description": "Nothing has changed since the ETag that was sent."}
        return {**shared, **bodies}

    def _problem(self, status: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._get_response_for_code(Problem, status)  # type: ignore[no-untyped-call]
        return answer

    def _honours_a_key(self) -> bool:
        """A write that needs no login has nobody for whom an answer could be kept."""
        return isinstance(self.view, Idempotent) and self.method in WRITES and bool(self.get_auth())
