"""The shapes of the desk's forms. Whether an order may be placed is the service's decision, not the form's."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from dispatch.visits.models import Flag
from orders.models import Contact, Elder, OrderItem, ServiceItem
from orders.requests import ItemRequest, Recurrence
from orders.selectors import catalogue_on
from orders.wall_clock import at
from people import policy
from people.errors import Invalid
from people.models import Person

REPEATS = [
    ("", _("once")),
    ("FREQ=DAILY", _("every day")),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", _("on weekdays")),
    ("FREQ=WEEKLY", _("every week")),
]
LONGEST_REASON = 200

# Where the order service's words about a field belong on this form.
_FIELDS = {
    "items.0.item": "item",
    "items.0.window_start": "start",
    "items.0.window_end": "end",
    "items.0.carers_needed": "carers_needed",
    "items.0.time_critical_reason": "critical",
    "items.0.time_critical_note": "critical_note",
    "items.0.rrule": "repeat",
    "items.0.ends_on": "until",
    "ordered_by": "caller",
    "note": "note",
}


class RefusableForm(forms.Form):
    """A form that shows a service's refusal beside the fields it is about, and keeps what was typed."""

    field_of: dict[str, str] = {}

    def refuse(self, refusal: Invalid) -> None:
        """Write the refusal onto the form: each message at its field, anything else above the form."""
        for name, messages in refusal.fields.items():
            field = self.field_of.get(name, name)
            self.add_error(field if field in self.fields else None, [str(message) for message in messages])
        if not refusal.fields:
            self.add_error(None, str(refusal.message))


class OrderForm(RefusableForm):
    """One service with its window on the county's clock, how it repeats, and who asked for it."""

    field_of = _FIELDS

    item = forms.ModelChoiceField(
        ServiceItem.objects.none(), label=_("Service"), widget=forms.RadioSelect, empty_label=None
    )
    day = forms.DateField(
        label=_("Day of the visit"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    start = forms.TimeField(label=_("Start not before"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    end = forms.TimeField(label=_("Start not after"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    repeat = forms.ChoiceField(label=_("Repeats"), choices=REPEATS, required=False)
    until = forms.DateField(
        label=_("Repeats until (empty: for good)"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    carers_needed = forms.TypedChoiceField(
        label=_("How many carers"),
        choices=[("", _("as the service says")), (1, _("one")), (2, _("two"))],
        coerce=int,
        required=False,
        empty_value=None,
    )
    critical = forms.ChoiceField(
        label=_("Time-critical because of"),
        choices=[("", _("not time-critical")), *OrderItem.CriticalReason.choices],
        required=False,
    )
    critical_note = forms.CharField(label=_("Note on the time"), max_length=100, required=False)
    caller = forms.ModelChoiceField(Person.objects.none(), label=_("Asked for by"), empty_label=None)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, data: Any = None, *, elder: Elder, today: date) -> None:
        first = {"day": today + timedelta(days=1), "start": "09:00", "end": "11:00", "caller": elder.person_id}
        super().__init__(data, initial=first, label_suffix="")
        self._offer("item", catalogue_on(today))
        tolerance = policy.minutes("window_tolerance_minutes", on=today)
        self.fields["critical"].help_text = _(
            "The middle between the two times counts, %(minutes)d minutes either way."
        ) % {"minutes": tolerance}
        speakers = Contact.objects.filter(elder=elder, authority=Contact.Authority.MAY_ORDER)
        self._offer(
            "caller", Person.objects.filter(pk__in=[elder.person_id, *speakers.values_list("person", flat=True)])
        )

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def when(self) -> Iterable[BoundField]:
        """The fields every order needs beside its service."""
        return [self[name] for name in ("day", "start", "end", "repeat", "until", "carers_needed")]

    def more(self) -> Iterable[BoundField]:
        """The fields most orders leave alone."""
        return [self[name] for name in ("caller", "critical", "critical_note", "note")]

    def item_request(self) -> ItemRequest:
        """The valid form as the request that the order service understands."""
        data = self.cleaned_data
        window_start, window_end = _window(data)
        return ItemRequest(
            item=data["item"],
            window_start=window_start,
            window_end=window_end,
            carers_needed=data["carers_needed"],
            time_critical_reason=data["critical"],
            time_critical_note=data["critical_note"],
            recurrence=Recurrence(rrule=data["repeat"], ends_on=data["until"]) if data["repeat"] else None,
        )


class CancelForm(RefusableForm):
    """Why a visit (or the whole order it belongs to) is cancelled, in the caller's words."""

    VISIT, ORDER = "visit", "order"

    scope = forms.ChoiceField(
        label=_("Cancel"),
        choices=[(VISIT, _("only this visit")), (ORDER, _("the whole order with all that is to come"))],
        initial=VISIT,
    )
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)


class AmendForm(RefusableForm):
    """Another window for the start of a visit on the county's clock, and why."""

    field_of = {"window_start": "start", "window_end": "end"}

    day = forms.DateField(label=_("Day of the visit"))
    start = forms.TimeField(label=_("Start not before"))
    end = forms.TimeField(label=_("Start not after"))
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)

    def window(self) -> tuple[datetime, datetime]:
        """The moments between which the visit shall start, of a valid form."""
        return _window(self.cleaned_data)


def _window(data: dict[str, Any]) -> tuple[datetime, datetime]:
    """The cleaned day and times as moments on the county's clock."""
    return at(data["day"], data["start"]), at(data["day"], data["end"])


class VerdictForm(RefusableForm):
    """A reviewer's verdict on a doubt, and why."""

    verdict = forms.ChoiceField(choices=[(Flag.Status.CLEARED, ""), (Flag.Status.UPHELD, "")])
    reason = forms.CharField(label=_("Why do you decide so?"), max_length=LONGEST_REASON)
