"""Why nobody comes, in plain words: what keeps the carers away, and why there was no order."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from dispatch.urgent.nearest import BUSY, NOBODY_ON_DUTY, REFUSED, TOO_FAR
from people.errors import Text

NOT_IN_CATALOGUE, ELDER_INACTIVE, NO_HOME = "not_in_catalogue", "elder_inactive", "no_home"
ORDER_REFUSED, NOT_ASKED = "order_refused", "not_asked"
NOT_ACCEPTED, CANCELLED_ELSEWHERE = "not_accepted", "visit_over"

_WORDS: dict[str, Text] = {
    NOT_IN_CATALOGUE: _("the catalogue has no urgent help today"),
    ELDER_INACTIVE: _("this elder receives no services today"),
    NO_HOME: _("no home is recorded for this elder"),
    ORDER_REFUSED: _("no order could be placed"),
    NOT_ASKED: _("a fault kept the carers from being asked: telephone them"),
    NOT_ACCEPTED: _("nobody has accepted yet"),
    CANCELLED_ELSEWHERE: _("the visit was cancelled or given up"),
    NOBODY_ON_DUTY: _("nobody is on duty now"),
    TOO_FAR: _("lives too far away"),
    BUSY: _("busy with other visits"),
    REFUSED: _("asked already or declined"),
    "carer_absent": _("on leave soon"),
    "own_visit": _("is the elder"),
    "carer_barred": _("refused by the elder"),
    "gender": _("not the required gender"),
    "workers_only": _("volunteers may not do it"),
    "no_skill": _("cannot do this service"),
    "no_certificate": _("no valid certificate"),
}


def reasons_text(reasons: Iterable[Mapping[str, Any]]) -> str:
    """The reasons of an alarm as one line, with the number of carers where there is one, and what a refusal said."""
    return pgettext("between reasons", "; ").join(_reason(**each) for each in reasons)


def _reason(code: str, number: int, words: str = "") -> str:
    reason = str(_WORDS.get(code, code))
    if words:
        return _("%(reason)s: %(words)s") % {"reason": reason, "words": words}
    return f"{reason} × {number}" if number else reason
