"""Admin pages of work and its evidence: to read, and to review doubts. Only services write here."""

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import ActionForm

from dispatch.visits import selectors
from dispatch.visits.models import (
    Assignment,
    AssignmentEvent,
    CarerPreference,
    CheckEvent,
    Correction,
    Departure,
    Flag,
    FlagEvent,
)
from dispatch.visits.permissions import REVIEWERS
from dispatch.visits.services.verify import review_flag
from people import clock
from people.admin_base import MaskedAdmin, ReadOnlyAdmin, ReadOnlyInline
from people.errors import DomainError
from people.roles import Role, has_role


class AssignmentEventInline(ReadOnlyInline):
    model = AssignmentEvent
    fields = ["old", "new", "reason", "actor", "at"]


class CheckEventInline(ReadOnlyInline):
    model = CheckEvent
    fields = ["kind", "source", "device_time", "server_time", "evidence_time", "accuracy_metres", "actor"]


class DepartureInline(ReadOnlyInline):
    model = Departure
    fields = ["told_at", "device_time", "server_time", "actor"]


class CorrectionInline(ReadOnlyInline):
    model = Correction
    fields = ["kind", "corrected_time", "reason", "note", "actor", "at"]


class FlagInline(ReadOnlyInline):
    model = Flag
    fields = ["code", "facts", "status", "raised_at"]


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    visible_to = staticmethod(selectors.assignments_visible_to)
    list_display = ["visit", "leg", "carer", "status", "planned_start", "planned_end", "started_at", "ended_at"]
    list_filter = ["status", "visit__town", "carer__kind", "visit__item__kind"]
    list_select_related = ["visit__elder__person", "visit__item", "carer__person"]
    search_fields = ["carer__person__name", "carer__person__name_pinyin", "carer__number", "visit__elder__person__name"]
    date_hierarchy = "planned_start"
    inlines = [DepartureInline, CheckEventInline, CorrectionInline, FlagInline, AssignmentEventInline]


@admin.register(CheckEvent)
class CheckEventAdmin(ReadOnlyAdmin):
    visible_to = staticmethod(selectors.check_events_visible_to)
    list_display = ["assignment", "kind", "source", "device_time", "server_time", "accuracy_metres", "actor"]
    list_filter = ["kind", "source"]
    list_select_related = [
        "assignment__visit__elder__person",
        "assignment__visit__item",
        "assignment__carer__person",
        "actor",
    ]
    date_hierarchy = "server_time"


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    visible_to = staticmethod(selectors.corrections_visible_to)
    list_display = ["assignment", "kind", "corrected_time", "reason", "note", "actor", "at"]
    list_filter = ["reason", "kind"]
    list_select_related = CheckEventAdmin.list_select_related
    date_hierarchy = "at"


class Verdict(ActionForm):
    """Why the reviewer decides so; every verdict needs it."""

    reason = forms.CharField(label=_("reason"), max_length=200, required=False)


class FlagEventInline(ReadOnlyInline):
    model = FlagEvent
    fields = ["old", "new", "reason", "actor", "at"]


@admin.register(Flag)
class FlagAdmin(ReadOnlyAdmin):
    visible_to = staticmethod(selectors.flags_visible_to)
    action_form = Verdict
    actions = ["clear", "uphold"]
    list_display = ["assignment", "code", "facts", "status", "raised_at"]
    list_filter = ["status", "code", "assignment__visit__town"]
    list_select_related = CheckEventAdmin.list_select_related[:3]
    date_hierarchy = "raised_at"
    inlines = [FlagEventInline]

    def has_review_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, *REVIEWERS)

    @admin.action(description=_("Harmless: clear the doubt"), permissions=["review"])
    def clear(self, request: HttpRequest, flags: QuerySet[Flag]) -> None:
        self._review(request, flags, Flag.Status.CLEARED)

    @admin.action(description=_("Uphold the doubt: the visit was not done"), permissions=["review"])
    def uphold(self, request: HttpRequest, flags: QuerySet[Flag]) -> None:
        self._review(request, flags, Flag.Status.UPHELD)

    def _review(self, request: HttpRequest, flags: QuerySet[Flag], verdict: Flag.Status) -> None:
        """Each flag on its own: one that is refused does not undo the others."""
        done = 0
        for flag in flags.select_related("assignment__carer__person"):
            try:
                reason, actor = request.POST.get("reason", ""), request.user
                review_flag(flag=flag, verdict=verdict, reason=reason, actor=actor, now=clock.now())  # type: ignore[arg-type]
                done += 1
            except DomainError as error:
                self.message_user(request, f"{flag}: {error.message}", messages.ERROR)
        if done:
            self.message_user(request, _("Doubts reviewed: %(count)s") % {"count": done}, messages.SUCCESS)


@admin.register(CarerPreference)
class CarerPreferenceAdmin(MaskedAdmin):
    editors = frozenset({Role.OPERATOR, Role.DISPATCHER, Role.ADMINISTRATOR})
    removable = True
    visible_to = staticmethod(selectors.preferences_visible_to)
    list_display = ["elder", "carer", "kind", "reason", "since"]
    list_filter = ["kind"]
    list_select_related = ["elder__person", "carer__person"]
    autocomplete_fields = ["elder", "carer"]
    search_fields = ["elder__person__name", "carer__person__name"]
