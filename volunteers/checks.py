"""Turns what a model refuses into a domain error with its fields."""

from collections.abc import Collection

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from people.errors import Invalid, Text


def check_fields(row: Model, *, exclude: Collection[str] = ()) -> None:
    """Check an unsaved row's fields and the constraints over them, without the excluded fields.

    Raises Invalid with a message for each offending field, or one plain message for a rule over several fields.
    """
    try:
        row.clean_fields(exclude=exclude)
        row.validate_constraints(exclude=exclude)
    except ValidationError as error:
        fields: dict[str, list[Text]] = {name: [*messages] for name, messages in error.message_dict.items()}
        over_several = fields.pop(NON_FIELD_ERRORS, [_("Some of the entries are not possible.")])
        raise Invalid(over_several[0], fields=fields) from error
