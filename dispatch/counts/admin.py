"""Months, figures and exports in the admin: everything is read-only here, closing happens on the monthly page."""

from django.contrib import admin

from dispatch.counts.models import Adjustment, CountedVisit, Export, MonthClose, MonthCloseEvent, MonthlyCount
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline
from people.roles import Role

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


class MonthCloseEventInline(ReadOnlyInline):
    model = MonthCloseEvent
    fields = ["old", "new", "reason", "actor", "at"]


@admin.register(MonthClose)
class MonthCloseAdmin(ReadOnlyAdmin):
    viewers = READERS
    list_display = ["month", "status", "closed_at", "closed_by", "digest"]
    list_filter = ["status"]
    inlines = [MonthCloseEventInline]


@admin.register(MonthlyCount)
class MonthlyCountAdmin(ReadOnlyAdmin):
    viewers = READERS
    list_display = [
        "close",
        "town",
        "service",
        "organisation",
        "carer_kind",
        "payer",
        "person_times",
        "elders",
        "minutes",
    ]
    list_filter = ["close", "town", "service", "carer_kind", "payer"]
    list_select_related = ["close", "town", "organisation"]


@admin.register(CountedVisit)
class CountedVisitAdmin(ReadOnlyAdmin):
    viewers = READERS
    list_display = ["visit", "count", "minutes"]
    list_filter = ["count__close"]
    list_select_related = ["visit__elder__person", "visit__item", "count__close", "count__town"]


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnlyAdmin):
    viewers = READERS
    list_display = ["month", "corrects", "visit", "person_times", "minutes", "by_hand", "reason", "actor", "at"]
    list_filter = ["month", "corrects", "by_hand"]
    list_select_related = ["month", "corrects", "visit__elder__person", "visit__item", "actor"]


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    viewers = READERS
    list_display = ["id", "month", "rows", "actor", "at"]
    list_filter = ["month"]
    list_select_related = ["actor"]
