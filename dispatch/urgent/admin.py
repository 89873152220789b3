"""Admin page of urgent calls: to read, for the trail. They are raised and closed on the pages of dispatch."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from dispatch.urgent.models import UrgentCall, UrgentCallEvent
from dispatch.urgent.selectors import urgent_visible_to
from dispatch.urgent.words import reasons_text
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline


class UrgentCallEventInline(ReadOnlyInline):
    model = UrgentCallEvent
    fields = ["old", "new", "reason", "actor", "at"]


@admin.register(UrgentCall)
class UrgentCallAdmin(ReadOnlyAdmin):
    visible_to = staticmethod(urgent_visible_to)
    list_display = [
        "elder",
        "status",
        "raised_at",
        "raised_by",
        "alarmed_at",
        "acknowledged_by",
        "ended_at",
        "closed_by",
    ]
    list_filter = ["status", "close_reason", "elder__town"]
    list_select_related = ["elder__person", "raised_by", "acknowledged_by", "closed_by"]
    search_fields = ["elder__person__name", "elder__person__name_pinyin", "elder__number"]
    date_hierarchy = "raised_at"
    exclude = ["alarm_reasons"]
    readonly_fields = ["why_the_alarm"]
    inlines = [UrgentCallEventInline]

    @display(description=_("why the alarm"))
    def why_the_alarm(self, urgent: UrgentCall) -> str:
        return reasons_text(urgent.alarm_reasons)
