"""What every operation of the interface has in common, for its own description."""

from typing import Any

from drf_standardized_errors.openapi import AutoSchema

from people.api.idempotent import PARAMETER, Idempotent
from people.api.limits import WRITES


class Schema(AutoSchema):
    """Writes that honour a key say so. One that needs no login has nobody for whom an answer could be kept."""

    def get_override_parameters(self) -> list[Any]:
        """The header `Idempotency-Key`, where the view reads it."""
        shared = super().get_override_parameters()
        honours = isinstance(self.view, Idempotent) and self.method in WRITES and bool(self.get_auth())
        return [*shared, PARAMETER] if honours else shared
