"""The filters of the monthly pages: shape only."""

from datetime import date, datetime

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dispatch.counts.glance import Base
from dispatch.counts.months import current_month, label, parse_month
from dispatch.counts.rows import WITHOUT_ORGANISATION, Cut
from orders.models import ServiceKind, Visit
from people.models import Town
from volunteers.models import Carer
from volunteers.selectors import organisations_visible_to

ALL = [("", _("all"))]


class CutForm(forms.Form):
    """Month, the five dimensions and the denominator, from the address."""

    month = forms.CharField(label=_("month"), widget=forms.TextInput(attrs={"type": "month"}))
    town = forms.TypedChoiceField(label=_("town"), required=False, coerce=int, empty_value=None)
    service = forms.ChoiceField(label=_("service"), required=False, choices=[*ALL, *ServiceKind.choices])
    organisation = forms.TypedChoiceField(label=_("organisation"), required=False, coerce=int, empty_value=None)
    carer_kind = forms.ChoiceField(label=_("kind of carer"), required=False, choices=[*ALL, *Carer.Kind.choices])
    payer = forms.ChoiceField(label=_("payer"), required=False, choices=[*ALL, *Visit.Payer.choices])
    base = forms.ChoiceField(label=_("coverage of"), required=False, choices=Base.choices)

    def __init__(self, query: QueryDict, *, user: User, now: datetime) -> None:
        data = query.copy()
        if not data.get("month"):
            data["month"] = label(current_month(now))
        super().__init__(data)
        organisations = organisations_visible_to(user).values_list("pk", "name")
        self.fields["town"].choices = [*ALL, *Town.objects.values_list("pk", "name")]  # type: ignore[attr-defined]
        self.fields["organisation"].choices = [  # type: ignore[attr-defined]
            *ALL,
            (WITHOUT_ORGANISATION, _("without organisation")),
            *organisations,
        ]

    def clean_month(self) -> date:
        """The first day of the month."""
        return parse_month(self.cleaned_data["month"])

    def cut(self) -> Cut:
        """The part of the month that the filters name."""
        given = self.cleaned_data
        return Cut(given["town"], given["service"], given["organisation"], given["carer_kind"], given["payer"])

    def base_chosen(self) -> Base:
        """The denominator of the coverage; the register unless the county is asked for."""
        return Base(self.cleaned_data["base"] or Base.REGISTER)
