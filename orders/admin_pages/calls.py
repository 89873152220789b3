"""Admin pages of telephone calls, call-backs and extensions: numbers by their last four digits only."""

from django.contrib import admin

from orders.call_selectors import call_backs_visible_to
from orders.models import CallBack, CallBackEvent, CallChange, CallEvent, CallRecord, DialRequest, Extension
from orders.selectors import calls_visible_to
from people.admin_base import MaskedAdmin, ReadOnlyAdmin, ReadOnlyInline
from people.roles import Role

AT_CONSOLE = frozenset({Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR})


class EventInline(ReadOnlyInline):
    model = CallEvent
    fields = ["event", "received_at"]


class ChangeInline(ReadOnlyInline):
    model = CallChange
    fields = ["at", "old", "new", "reason", "actor"]


class DialInline(ReadOnlyInline):
    model = DialRequest
    fields = ["extension", "requested_at", "taken_at"]


@admin.register(CallRecord)
class CallRecordAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "direction", "number_tail", "person", "status", "answered_by", "wrap_up", "outcome"]
    list_filter = ["status", "direction", "wrap_up"]
    list_select_related = ["person", "answered_by"]
    search_fields = ["call_id", "person__name"]
    date_hierarchy = "started_at"
    inlines = [ChangeInline, EventInline, DialInline]
    visible_to = staticmethod(calls_visible_to)


class CallBackEventInline(ReadOnlyInline):
    model = CallBackEvent
    fields = ["at", "old", "new", "reason", "actor"]


@admin.register(CallBack)
class CallBackAdmin(ReadOnlyAdmin):
    viewers = AT_CONSOLE
    list_display = ["due_at", "number_tail", "person", "elder", "why", "status", "done_by", "done_at", "outcome"]
    list_filter = ["status", "why"]
    list_select_related = ["person", "elder__person", "done_by"]
    search_fields = ["person__name", "number_tail"]
    date_hierarchy = "due_at"
    inlines = [CallBackEventInline]
    visible_to = staticmethod(call_backs_visible_to)


@admin.register(Extension)
class ExtensionAdmin(MaskedAdmin):
    """An administrator says who sits at which telephone."""

    viewers = AT_CONSOLE
    removable = True
    list_display = ["number", "user"]
    list_select_related = ["user"]
    search_fields = ["number", "user__username", "user__last_name"]
    autocomplete_fields = ["user"]
