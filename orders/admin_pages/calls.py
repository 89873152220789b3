"""Admin page of telephone calls: numbers by their last four digits only."""

from django.contrib import admin

from orders.models import CallEvent, CallRecord
from orders.selectors import calls_visible_to
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline


class EventInline(ReadOnlyInline):
    model = CallEvent
    fields = ["event", "received_at"]


@admin.register(CallRecord)
class CallRecordAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "direction", "number_tail", "person", "status", "answered_by", "outcome"]
    list_filter = ["status", "direction"]
    list_select_related = ["person", "answered_by"]
    search_fields = ["call_id", "person__name"]
    date_hierarchy = "started_at"
    inlines = [EventInline]
    visible_to = staticmethod(calls_visible_to)
