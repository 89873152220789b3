"""Admin pages of offers and late alarms: to read. Answers come over the interface, or from the pages of dispatch."""

from django.contrib import admin

from dispatch.offers.models import LateAlarm, LateAlarmEvent, Offer, OfferEvent
from dispatch.offers.selectors import late_alarms_visible_to, offers_visible_to
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline


class OfferEventInline(ReadOnlyInline):
    model = OfferEvent
    fields = ["old", "new", "reason", "actor", "at"]


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    visible_to = staticmethod(offers_visible_to)
    list_display = ["visit", "leg", "carer", "kind", "status", "decline_reason", "sent_at", "expires_at", "answered_at"]
    list_filter = ["status", "kind", "decline_reason", "visit__town"]
    list_select_related = ["visit__elder__person", "visit__item", "carer__person"]
    search_fields = ["carer__person__name", "carer__person__name_pinyin", "carer__number", "visit__elder__person__name"]
    date_hierarchy = "sent_at"
    inlines = [OfferEventInline]


class LateAlarmEventInline(ReadOnlyInline):
    model = LateAlarmEvent
    fields = ["old", "new", "reason", "actor", "at"]


@admin.register(LateAlarm)
class LateAlarmAdmin(ReadOnlyAdmin):
    visible_to = staticmethod(late_alarms_visible_to)
    list_display = ["assignment", "status", "told_at"]
    list_filter = ["status", "assignment__visit__town"]
    list_select_related = ["assignment__visit__elder__person", "assignment__visit__item", "assignment__carer__person"]
    search_fields = [
        "assignment__carer__person__name",
        "assignment__carer__person__name_pinyin",
        "assignment__carer__number",
        "assignment__visit__elder__person__name",
    ]
    date_hierarchy = "told_at"
    inlines = [LateAlarmEventInline]
