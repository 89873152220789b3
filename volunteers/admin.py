"""Admin pages of carers and organisations. Phones and ID numbers are masked; a button opens them with a reason."""

from itertools import combinations
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from people import clock
from people.admin_base import MaskedAdmin, MaskedInline, ReadOnlyInline, SecretForm
from people.admin_reveal import RevealAdmin
from people.errors import DomainError
from people.masking import mask_phone
from people.models import Person
from people.roles import Role, has_role
from volunteers import services
from volunteers.admin_base import ClockField, acting_user, leave_dialog
from volunteers.models import Absence, Availability, Carer, CarerEvent, CarerSkill, Certificate, Organisation
from volunteers.selectors import carers_visible_to, organisations_visible_to


@admin.register(Organisation)
class OrganisationAdmin(MaskedAdmin):
    list_display = ["name", "kind", "town", "code", "carer_count", "daily_minutes", "active_from", "active_to"]
    list_filter = ["kind", "town"]
    list_select_related = ["town"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["town", "managers"]
    fields = ["name", "code", "kind", "town", "managers", "daily_minutes", "active_from", "active_to"]
    visible_to = staticmethod(organisations_visible_to)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        rows: QuerySet[Organisation] = super().get_queryset(request)
        return rows.annotate(carer_total=Count("carers"))

    @display(description=_("carers"), ordering="carer_total")
    def carer_count(self, organisation: Organisation) -> int:
        return int(organisation.carer_total)  # type: ignore[attr-defined]


class NoOverlapFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Refuses rows that overlap each other; all rows of the carer are here, so no query is needed."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        rows = [form.instance for form in kept if form.is_valid() and not form.cleaned_data.get("DELETE")]
        for one, other in combinations(rows, 2):
            if one.overlaps(other):
                raise forms.ValidationError(
                    _("%(one)s and %(other)s overlap."), params={"one": str(one), "other": str(other)}
                )


class SkillInline(MaskedInline):
    model = CarerSkill
    fields = ["code"]


class CertificateInline(MaskedInline):
    model = Certificate
    fields = ["code", "number", "issuer", "valid_from", "valid_to", "revoked_on", "standing"]
    readonly_fields = ["standing"]

    @display(description=_("today"))
    def standing(self, certificate: Certificate) -> str:
        return str(certificate.standing_on(clock.local_date(clock.now()))) if certificate.pk else "–"


class AvailabilityForm(SecretForm):
    """Times as HH:MM. A row for one day needs no dates beside it."""

    start_minute = ClockField(label=_("begins"))
    end_minute = ClockField(label=_("ends"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if day := data.get("day"):
            data["valid_from"] = data["valid_to"] = day
            self.errors.pop("valid_from", None)
        return data


class AvailabilityInline(MaskedInline):
    model = Availability
    form = AvailabilityForm
    formset = NoOverlapFormSet
    fields = ["weekday", "day", "start_minute", "end_minute", "valid_from", "valid_to"]


class AbsenceInline(MaskedInline):
    model = Absence
    formset = NoOverlapFormSet
    fields = ["start", "end", "reason"]


class CarerEventInline(ReadOnlyInline):
    model = CarerEvent
    fields = ["at", "kind", "detail", "actor"]


class BlacklistForm(BaseDialogForm):
    from_day = forms.DateField(label=_("From which day?"), widget=UnfoldAdminSingleDateWidget)
    reason = forms.CharField(label=_("Why?"), max_length=150, widget=UnfoldAdminTextInputWidget)


@admin.register(Carer)
class CarerAdmin(RevealAdmin):
    list_display = [
        "name",
        "number",
        "kind",
        "organisation",
        "town",
        "mode",
        "masked_phone",
        "active_to",
        "blocked_from",
    ]
    list_filter = ["kind", "town", "organisation", "mode", "auto_accept", "has_smartphone"]
    list_select_related = ["person", "organisation", "town"]
    search_fields = ["number", "person__name", "person__name_pinyin", "person__name_initials"]
    search_help_text = _("Name, pinyin, initials or carer number")
    autocomplete_fields = ["person", "organisation", "town", "start_place", "end_place"]
    readonly_fields = ["blocked_from"]
    inlines = [SkillInline, CertificateInline, AvailabilityInline, AbsenceInline, CarerEventInline]
    fieldsets = [
        (None, {"fields": ["person", "number", "kind", "organisation", "town", "dialects"]}),
        (_("Works"), {"fields": [("active_from", "active_to"), "blocked_from", "auto_accept", "has_smartphone"]}),
        (_("Travels"), {"fields": ["mode", ("start_place", "end_place"), "radius_metres"]}),
        (_("A day"), {"fields": [("max_visits_a_day", "max_minutes_a_day", "overtime_minutes")]}),
        (
            _("Lunch"),
            {"fields": [("takes_lunch", "lunch_required"), ("lunch_start", "lunch_end", "lunch_minutes")]},
        ),
    ]
    actions_detail = ["reveal", "blacklist"]
    visible_to = staticmethod(carers_visible_to)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Carer]:
        return super().get_queryset(request).prefetch_related("person__phones")

    def person_of(self, obj: Carer) -> Person:
        return obj.person

    def save_model(self, request: HttpRequest, obj: Carer, form: Any, change: bool) -> None:
        actor, now = acting_user(request), clock.now()
        if change:
            services.change_carer(carer=obj, fields=form.changed_data, actor=actor, now=now)
            return
        stored = services.register_carer(**form.cleaned_data, actor=actor, now=now)
        obj.pk, obj._state.adding = stored.pk, False

    @display(description=_("name"), ordering="person__name_pinyin")
    def name(self, carer: Carer) -> str:
        return carer.person.name

    @display(description=_("phones"))
    def masked_phone(self, carer: Carer) -> str:
        return "、".join(mask_phone(phone.number) for phone in carer.person.phones.all()) or "–"

    def has_blacklist_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, Role.ADMINISTRATOR)

    @action(
        description=_("Blacklist"),
        url_path="blacklist",
        permissions=["blacklist"],
        icon="block",
        dialog={
            "title": _("Blacklist this carer"),
            "description": _("From that day on the carer gets no work. It is recorded with your name."),
            "form_class": BlacklistForm,
            "form_submit_text": _("Blacklist"),
        },
    )
    def blacklist(self, request: HttpRequest, form: BlacklistForm, object_id: str) -> HttpResponse:
        carer = self.get_queryset(request).get(pk=object_id)
        try:
            services.blacklist(
                carer=carer,
                from_day=form.cleaned_data["from_day"],
                reason=form.cleaned_data["reason"],
                actor=acting_user(request),
                now=clock.now(),
            )
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
        return leave_dialog(request, reverse("admin:volunteers_carer_change", args=[object_id]))
