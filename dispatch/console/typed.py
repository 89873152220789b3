"""What was typed into a form, apart from what its page carries along."""

from uuid import UUID

from django.http import QueryDict

from people.form_keys import digest_of

_CARRIED = ("csrfmiddlewaretoken", "key", "call")


def typed_text(data: QueryDict) -> str:
    """What was typed, as one text in the form's own encoding."""
    kept = data.copy()
    for name in _CARRIED:
        kept.pop(name, None)
    return kept.urlencode()


def typed_digest(data: QueryDict) -> UUID:
    """The digest by which the same form with other input is noticed."""
    return digest_of(typed_text(data))
