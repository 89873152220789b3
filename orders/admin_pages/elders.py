"""Admin pages of elders and what hangs on them. Health notes are shown to nobody without a logged reason."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from orders.admin_pages.actions import ORDER_TAKERS
from orders.models import (
    Assessment,
    Contact,
    Elder,
    ElderAlert,
    ElderCategory,
    ElderEvent,
    Entitlement,
    EntitlementUse,
    EntitlementUseEvent,
    GradeBand,
)
from orders.selectors import (
    assessments_visible_to,
    colliding_entitlements,
    elders_visible_to,
    entitlements_visible_to,
    uses_visible_to,
)
from orders.services.elders import new_visit_code
from people import clock
from people.admin_base import MaskedAdmin, MaskedInline, ReadOnlyAdmin, ReadOnlyInline, SecretForm
from people.admin_reveal import OWN_FIELDS, RevealAdmin
from people.models import Person
from people.roles import Role
from people.selectors import people_matching
from people.services import record_reveal


class CategoryInline(MaskedInline):
    model = ElderCategory
    fields = ["code", "valid_from", "valid_to", "source"]


class AlertInline(MaskedInline):
    model = ElderAlert
    editors = ORDER_TAKERS
    fields = ["kind", "note"]


class ContactInline(MaskedInline):
    model = Contact
    editors = ORDER_TAKERS
    fields = ["person", "relation", "authority"]
    autocomplete_fields = ["person"]


class AssessmentInline(MaskedInline):
    model = Assessment
    fields = ["assessed_on", "valid_until", "version", "total", "grade", "adjustment"]
    removable = False


class EntitlementForm(SecretForm):
    """Says beside its field what the database would refuse."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        since: date | None = data.get("valid_from")
        elder = data.get("elder") or getattr(self.instance, "elder", None)
        if (
            since
            and elder
            and elder.pk
            and colliding_entitlements(
                elder=elder,
                category=data.get("category", ""),
                since=since,
                until=data.get("valid_to"),
                but=self.instance.pk or 0,
            )
        ):
            self.add_error("valid_from", _("The elder already has such an entitlement in that time."))
        return data


class EntitlementInline(MaskedInline):
    model = Entitlement
    form = EntitlementForm
    fields = ["category", "minutes_per_month", "valid_from", "valid_to", "basis"]
    removable = False


class ElderEventInline(ReadOnlyInline):
    model = ElderEvent
    fields = ["at", "kind", "facts", "contact", "actor"]


@admin.register(Elder)
class ElderAdmin(RevealAdmin):
    list_display = ["person", "number", "town", "groups", "home_adapted", "active_from", "active_to"]
    list_filter = ["town", "categories__code", "home_adapted"]
    list_select_related = ["person", "town"]
    search_fields = ["number"]
    search_help_text = _("Number of the elder, or name, pinyin, initials, phone or ID number of the person")
    autocomplete_fields = ["person", "town"]
    fields = [
        "person",
        "number",
        "town",
        "gender_wish",
        "dialect",
        "home_adapted",
        "health_note",
        "active_from",
        "active_to",
    ]
    inlines = [CategoryInline, AlertInline, ContactInline, AssessmentInline, EntitlementInline, ElderEventInline]
    editors = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
    reveal_fields = {**OWN_FIELDS, "health_note": _("health note")}
    visible_to = staticmethod(elders_visible_to)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Elder]:
        return super().get_queryset(request).prefetch_related("categories")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Elder], search_term: str
    ) -> tuple[QuerySet[Elder], bool]:
        if not search_term:
            return queryset, False
        by_person = queryset.filter(person__in=people_matching(search_term).values("pk"))
        return by_person | queryset.filter(number__iexact=search_term.strip()), False

    def person_of(self, obj: Elder) -> Person:
        return obj.person

    def reveal_value(self, obj: Elder, *, field: str, reason: str, actor: User) -> str:
        if field != "health_note":
            return super().reveal_value(obj, field=field, reason=reason, actor=actor)
        record_reveal(person=obj.person, field=field, reason=reason, actor=actor, now=clock.now())
        return str(obj.health_note)

    def save_model(self, request: HttpRequest, obj: Elder, form: Any, change: bool) -> None:
        if not change:
            obj.visit_code = new_visit_code()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Says in the elder's events who changed the record, for an operator whose own change comes too late."""
        super().save_related(request, form, formsets, change)
        kind = ElderEvent.Kind.FACTS if change else ElderEvent.Kind.REGISTERED
        form.instance.events.create(kind=kind, actor=request.user, at=clock.now())

    @display(description=_("categories"))
    def groups(self, elder: Elder) -> str:
        return "、".join(str(category) for category in elder.categories.all()) or "–"


class UseInline(ReadOnlyInline):
    model = EntitlementUse
    fields = ["month", "visit", "minutes", "status"]


@admin.register(Entitlement)
class EntitlementAdmin(MaskedAdmin):
    form = EntitlementForm
    list_display = ["elder", "category", "minutes_per_month", "valid_from", "valid_to", "basis"]
    list_filter = ["category", "elder__town"]
    list_select_related = ["elder__person"]
    search_fields = ["elder__number", "elder__person__name", "elder__person__name_pinyin"]
    autocomplete_fields = ["elder"]
    inlines = [UseInline]
    visible_to = staticmethod(entitlements_visible_to)


class UseEventInline(ReadOnlyInline):
    model = EntitlementUseEvent
    fields = ["at", "old", "new", "reason", "actor"]


@admin.register(EntitlementUse)
class EntitlementUseAdmin(ReadOnlyAdmin):
    list_display = ["entitlement", "month", "visit", "minutes", "status"]
    list_filter = ["status", "month"]
    list_select_related = ["entitlement__elder__person", "visit__item", "visit__elder__person"]
    search_fields = ["entitlement__elder__number", "entitlement__elder__person__name"]
    inlines = [UseEventInline]
    visible_to = staticmethod(uses_visible_to)


@admin.register(Assessment)
class AssessmentAdmin(MaskedAdmin):
    list_display = ["elder", "assessed_on", "valid_until", "standard", "version", "total", "grade", "adjustment"]
    list_filter = ["grade", "standard", "elder__town"]
    list_select_related = ["elder__person"]
    search_fields = ["elder__number", "elder__person__name", "elder__person__name_pinyin"]
    autocomplete_fields = ["elder"]
    date_hierarchy = "assessed_on"
    visible_to = staticmethod(assessments_visible_to)


@admin.register(GradeBand)
class GradeBandAdmin(MaskedAdmin):
    list_display = ["standard", "version", "effective_from", "grade", "low", "high"]
    list_filter = ["standard", "version"]
