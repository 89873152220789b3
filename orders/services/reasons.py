"""The reason that an ending must name."""

from django.utils.translation import gettext_lazy as _

from people.errors import Invalid

MOST_CHARACTERS = 200


def required_reason(reason: str) -> str:
    """The reason, trimmed.

    Raises:
        Invalid: it is blank, or longer than its column.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Say why."), fields={"reason": [_("Say why.")]}, code="reason_required")
    if len(reason) > MOST_CHARACTERS:
        message = _("At most 200 characters.")
        raise Invalid(message, fields={"reason": [message]}, code="too_long")
    return reason
