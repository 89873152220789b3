"""Admin page of complaints: what is open and what is overdue; the buttons look into one, settle it, or open it again."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from orders.admin_pages.actions import ServiceActions
from orders.models import Complaint, ComplaintEvent
from orders.selectors import complaints_visible_to, overdue
from orders.services import complaints as services
from people import clock
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline
from people.masking import mask_text
from people.roles import has_role


class FindingsForm(forms.Form):
    findings = forms.CharField(
        label=_("findings"), max_length=services.LONGEST_TEXT, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5})
    )


class ResolveForm(FindingsForm):
    outcome = forms.ChoiceField(
        label=_("what came of it"), choices=Complaint.Outcome, widget=UnfoldAdminRadioSelectWidget
    )


class OverdueFilter(admin.SimpleListFilter):
    title = _("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("yes", _("overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Complaint]) -> QuerySet[Complaint]:
        if self.value() != "yes":
            return queryset
        return overdue(queryset, on=clock.local_date(clock.now()))


class EventInline(ReadOnlyInline):
    model = ComplaintEvent
    fields = ["at", "old", "new", "reason", "actor"]


@admin.register(Complaint)
class ComplaintAdmin(ServiceActions, ReadOnlyAdmin):
    list_display = ["received_at", "elder", "visit", "status", "deadline", "is_overdue", "handled_by"]
    list_filter = [OverdueFilter, "status", "outcome", "elder__town"]
    list_select_related = ["elder__person", "visit__item", "visit__elder__person", "handled_by"]
    search_fields = ["elder__number", "elder__person__name", "elder__person__name_pinyin"]
    date_hierarchy = "received_at"
    readonly_fields = ["words", "found", "is_overdue"]
    fields = [
        "elder",
        "complained_by",
        "order",
        "visit",
        "call",
        "words",
        "received_at",
        "deadline",
        "is_overdue",
        "status",
        "handled_by",
        "found",
        "outcome",
    ]
    inlines = [EventInline]
    visible_to = staticmethod(complaints_visible_to)
    actions_detail = ["take_up", "resolve", "reject", "reopen"]

    def has_take_up_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *services.TAKERS_UP)

    def has_settle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_role(request.user, *services.SETTLERS)

    @display(description=_("complaint"))
    def words(self, complaint: Complaint) -> str:
        return mask_text(complaint.text)

    @display(description=_("findings"))
    def found(self, complaint: Complaint) -> str:
        return mask_text(complaint.findings) or "–"

    @display(description=_("overdue"), boolean=True)
    def is_overdue(self, complaint: Complaint) -> bool:
        unsettled = complaint.status in Complaint.UNSETTLED
        return unsettled and complaint.deadline < clock.local_date(clock.now())

    @action(description=_("Look into it"), permissions=["take_up"], icon="search")
    def take_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.run(
            request, object_id, lambda row, actor: services.take_up(complaint=row, actor=actor, now=clock.now())
        )

    @action(description=_("Resolve"), permissions=["settle"], icon="task_alt")
    def resolve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask(
            request,
            object_id,
            title=_("Resolve"),
            form_class=ResolveForm,
            service=lambda row, actor, findings, outcome: services.resolve(
                complaint=row, findings=findings, outcome=outcome, actor=actor, now=clock.now()
            ),
        )

    @action(description=_("Find groundless"), permissions=["settle"], icon="block")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask(
            request,
            object_id,
            title=_("Find groundless"),
            form_class=FindingsForm,
            service=lambda row, actor, findings: services.reject(
                complaint=row, findings=findings, actor=actor, now=clock.now()
            ),
        )

    @action(description=_("Reopen"), permissions=["settle"], icon="replay")
    def reopen(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask(
            request,
            object_id,
            title=_("Reopen"),
            service=lambda row, actor, reason: services.reopen(
                complaint=row, reason=reason, actor=actor, now=clock.now()
            ),
        )
