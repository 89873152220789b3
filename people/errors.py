"""The families of domain errors. config/errors.py maps each family to one HTTP status; apps raise, never render."""

from collections.abc import Mapping

from django.utils.functional import Promise

Text = str | Promise


class DomainError(Exception):
    """A refusal a user can understand: a stable code, a plain message, and facts for the screen."""

    code = "refused"

    def __init__(self, message: Text, *, code: str | None = None, **facts: object) -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code or self.code
        self.facts = facts


class Invalid(DomainError):
    """The input breaks a rule (400). `fields` names each offending field with its messages."""

    code = "invalid"

    def __init__(
        self,
        message: Text,
        *,
        fields: Mapping[str, list[Text]] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.fields: Mapping[str, list[Text]] = fields or {}

    @property
    def texts(self) -> list[Text]:
        """Everything that is wrong, whatever its field; else the message alone."""
        return [text for texts in self.fields.values() for text in texts] or [self.message]


class NotAllowed(DomainError):
    """The actor may see the thing but not do this to it (403)."""

    code = "not_allowed"


class NotVisible(DomainError):
    """For this actor the thing does not exist (404)."""

    code = "not_found"


class Unprocessable(DomainError):
    """What was sent is well formed and contradicts what was sent before (422)."""

    code = "unprocessable"


class Conflict(DomainError):
    """The world is not as the request assumes (409)."""

    code = "conflict"


class WrongState(Conflict):
    """The table of moves has no such move from the current state (409)."""

    code = "wrong_state"


class LostRace(Conflict):
    """Somebody else changed the row first (409)."""

    code = "lost_race"


class Overlap(Conflict):
    """The interval collides with work or time that is already booked (409)."""

    code = "overlap"
