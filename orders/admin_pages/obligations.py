"""Admin page of the monthly duties to visit; the one button records why an elder could not be visited."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminRadioSelectWidget

from orders.admin_pages.actions import ReasonForm, ServiceActions
from orders.models import Obligation, ObligationEvent
from orders.selectors import obligations_visible_to
from orders.services import obligations as services
from people import clock
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline


class ExcuseForm(ReasonForm):
    excuse = forms.ChoiceField(label=_("why not"), choices=Obligation.Excuse, widget=UnfoldAdminRadioSelectWidget)


class EventInline(ReadOnlyInline):
    model = ObligationEvent
    fields = ["at", "old", "new", "reason", "actor"]


@admin.register(Obligation)
class ObligationAdmin(ServiceActions, ReadOnlyAdmin):
    list_display = ["month", "elder", "programme", "status", "excuse", "fulfilled_by"]
    list_filter = ["status", "excuse", "month", "elder__town"]
    list_select_related = ["elder__person", "fulfilled_by__item", "fulfilled_by__elder__person"]
    search_fields = ["elder__number", "elder__person__name", "elder__person__name_pinyin"]
    inlines = [EventInline]
    visible_to = staticmethod(obligations_visible_to)
    actions_detail = ["excuse"]

    @action(description=_("Excuse"), permissions=["take_orders"], icon="event_busy")
    def excuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask(
            request,
            object_id,
            title=_("Excuse"),
            form_class=ExcuseForm,
            service=lambda row, actor, excuse, reason: services.excuse(
                obligation=row, excuse=excuse, note=reason, actor=actor, now=clock.now()
            ),
        )
