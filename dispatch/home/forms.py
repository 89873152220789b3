"""The shapes of the desk's forms. Whether an order may be placed is the service's decision, not the form's."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import OrderItem, ServiceItem
from orders.requests import ItemRequest, Recurrence
from orders.selectors import catalogue_on

ONCE = ""
REPEATS = [
    (ONCE, _("once")),
    ("FREQ=DAILY", _("every day")),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", _("on weekdays")),
    ("FREQ=WEEKLY", _("every week")),
]


class OrderForm(forms.Form):
    """One service with its window on the county's clock, and how it repeats."""

    item = forms.ModelChoiceField(
        ServiceItem.objects.none(), label=_("Service"), widget=forms.RadioSelect, empty_label=None
    )
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    start = forms.TimeField(label=_("Not before"), widget=forms.TimeInput(attrs={"type": "time"}))
    end = forms.TimeField(label=_("Not after"), widget=forms.TimeInput(attrs={"type": "time"}))
    carers_needed = forms.TypedChoiceField(
        label=_("Carers"), choices=[(1, _("one")), (2, _("two"))], coerce=int, initial=1
    )
    critical = forms.ChoiceField(
        label=_("Time-critical because of"),
        choices=[("", _("not time-critical")), *OrderItem.CriticalReason.choices],
        required=False,
    )
    critical_note = forms.CharField(label=_("Note on the time"), max_length=100, required=False)
    repeat = forms.ChoiceField(label=_("Repeats"), choices=REPEATS, required=False)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"day": today + timedelta(days=1), "start": "09:00", "end": "11:00"})
        super().__init__(*args, **kwargs)
        field = self.fields["item"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = catalogue_on(today)

    def item_request(self) -> ItemRequest:
        """The valid form as the request that the order service understands."""
        data = self.cleaned_data
        zone = timezone.get_default_timezone()
        return ItemRequest(
            item=data["item"],
            window_start=datetime.combine(data["day"], data["start"], zone),
            window_end=datetime.combine(data["day"], data["end"], zone),
            carers_needed=data["carers_needed"],
            time_critical_reason=data["critical"],
            time_critical_note=data["critical_note"],
            recurrence=Recurrence(rrule=data["repeat"]) if data["repeat"] else None,
        )


class CancelForm(forms.Form):
    """Why a visit is cancelled, in the caller's words."""

    reason = forms.CharField(max_length=200)
