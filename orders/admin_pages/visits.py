"""Admin pages of visits and linked visits, all read-only. What moves a visit lives in dispatch, which knows its carers."""

from django.contrib import admin

from orders.models import Visit, VisitEvent, VisitLink, VisitWindow
from orders.selectors import links_visible_to, visits_visible_to
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline


class WindowInline(ReadOnlyInline):
    model = VisitWindow
    fields = ["start", "end"]


class EventInline(ReadOnlyInline):
    model = VisitEvent
    fields = ["at", "old", "new", "reason", "actor"]


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    list_display = ["service_date", "window_start", "item", "elder", "town", "carers_needed", "priority", "status"]
    list_filter = ["status", "town", "item__kind", "priority"]
    list_select_related = ["item", "elder__person", "town"]
    search_fields = ["order_item__order__number", "elder__number", "elder__person__name", "elder__person__name_pinyin"]
    date_hierarchy = "service_date"
    inlines = [WindowInline, EventInline]
    visible_to = staticmethod(visits_visible_to)


@admin.register(VisitLink)
class VisitLinkAdmin(ReadOnlyAdmin):
    list_display = ["first", "second", "kind", "min_gap", "max_gap"]
    list_filter = ["kind"]
    list_select_related = ["first__item", "first__elder__person", "second__item", "second__elder__person"]
    visible_to = staticmethod(links_visible_to)
