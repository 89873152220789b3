"""The shapes of changing a visit: another window, or none."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from dispatch.console.order_form import plausible
from dispatch.console.refusable import RefusableForm
from orders.models import Visit
from orders.services.reasons import MOST_CHARACTERS
from orders.wall_clock import at


class CancelForm(RefusableForm):
    """Why a visit (or the whole order it belongs to) is cancelled, in the caller's words."""

    VISIT, ORDER = "visit", "order"

    scope = forms.ChoiceField(
        label=_("Cancel"),
        choices=[(VISIT, _("only this visit")), (ORDER, _("the whole order with all that is to come"))],
        initial=VISIT,
    )
    reason = forms.CharField(label=_("Reason"), max_length=MOST_CHARACTERS)


class AmendForm(RefusableForm):
    """Another window for the start of a visit on the county's clock, and why. `was` is the window the page showed."""

    field_of = {"window_start": "start", "window_end": "end"}

    was = forms.CharField(max_length=80, required=False)
    day = forms.DateField(label=_("Day of the visit"), validators=[plausible])
    start = forms.TimeField(label=_("Start not before"))
    end = forms.TimeField(label=_("Start not after"))
    reason = forms.CharField(label=_("Reason"), max_length=MOST_CHARACTERS)
    slot = forms.CharField(max_length=100, required=False)

    @property
    def has_window(self) -> bool:
        """Whether day and times can be read, whatever else is missing still."""
        return not {"day", "start", "end"} & self.errors.keys()

    def window(self) -> tuple[datetime, datetime]:
        """The moments between which the visit shall start, of a form that has them."""
        data = self.cleaned_data
        return at(data["day"], data["start"]), at(data["day"], data["end"])


def window_mark(visit: Visit) -> str:
    """The visit's window as a page carries it, to notice that somebody else has changed it meanwhile."""
    return f"{visit.window_start.isoformat()}/{visit.window_end.isoformat()}"
