"""What somebody is to an elder: the usual words, offered while typing and shown in the reader's language."""

from functools import cache

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from people.errors import Text

# Anything else may be typed.
RELATIONS = (
    _("daughter"),
    _("son"),
    _("daughter-in-law"),
    _("son-in-law"),
    _("spouse"),
    _("grandchild"),
    _("neighbour"),
    _("village worker"),
)


def relation_words(stored: str) -> Text:
    """A usual word in the reader's language, in whichever it was written down; any other word as it was typed."""
    return _known().get(stored, stored)


@cache
def _known() -> dict[str, Text]:
    known: dict[str, Text] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            known |= {str(relation): relation for relation in RELATIONS}
    return known
