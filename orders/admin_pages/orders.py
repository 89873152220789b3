"""Admin pages of orders and their recurrences: all read-only, the buttons are services."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import action, display

from orders import holidays
from orders.admin_pages.actions import ServiceActions
from orders.models import Order, OrderEvent, OrderItem, OrderSeries, Visit
from orders.selectors import order_items_visible_to, orders_visible_to, series_visible_to
from orders.services import orders as services
from orders.services.series import calendar_warning, horizon
from people import clock
from people.admin_base import ReadOnlyAdmin, ReadOnlyInline


class ItemInline(ReadOnlyInline):
    model = OrderItem
    fields = [
        "position",
        "item",
        "duration_minutes",
        "carers_needed",
        "time_critical_reason",
        "gender_wish",
        "dialect_wish",
        "gov_minutes",
        "credit_minutes",
        "self_pay_fen",
    ]
    show_change_link = True


class EventInline(ReadOnlyInline):
    model = OrderEvent
    fields = ["at", "old", "new", "reason", "actor"]


class VisitInline(ReadOnlyInline):
    """Visits of an order item."""

    model = Visit
    fields = ["service_date", "window_start", "window_end", "status", "end_reason", "verified_at"]
    show_change_link = True


@admin.register(Order)
class OrderAdmin(ServiceActions, ReadOnlyAdmin):
    list_display = ["number", "elder", "services", "channel", "status", "requested_at", "created_at", "created_by"]
    list_filter = ["status", "channel", "elder__town"]
    list_select_related = ["elder__person", "created_by"]
    search_fields = ["number", "elder__number", "elder__person__name", "elder__person__name_pinyin"]
    date_hierarchy = "created_at"
    fields = [
        "number",
        "elder",
        "ordered_by",
        "channel",
        "programme",
        "note",
        "uses_credits",
        "status",
        "end_reason",
        "requested_at",
        "created_at",
        "created_by",
    ]
    inlines = [ItemInline, EventInline]
    actions_detail = ["cancel", "hold", "resume", "close"]
    visible_to = staticmethod(orders_visible_to)

    @display(description=_("services"))
    def services(self, order: Order) -> str:
        return "、".join(str(item.item) for item in order.items.select_related("item"))

    @action(description=_("Cancel the order"), permissions=["take_orders"], icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask(
            request,
            object_id,
            title=_("Cancel the order"),
            service=lambda order, actor, reason: services.cancel_unbooked_order(
                order=order, reason=reason, actor=actor, now=clock.now()
            ),
        )

    @action(description=pgettext_lazy("order", "Put on hold"), permissions=["take_orders"], icon="pause")
    def hold(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask(
            request,
            object_id,
            title=pgettext_lazy("order", "Put on hold"),
            service=lambda order, actor, reason: services.put_on_hold(
                order=order, reason=reason, actor=actor, now=clock.now()
            ),
        )

    @action(description=pgettext_lazy("order", "Resume"), permissions=["take_orders"], icon="play_arrow")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.run(
            request, object_id, lambda order, actor: services.resume(order=order, actor=actor, now=clock.now())
        )

    @action(description=pgettext_lazy("order", "Close"), permissions=["take_orders"], icon="done_all")
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.run(
            request, object_id, lambda order, actor: services.close_order(order=order, actor=actor, now=clock.now())
        )


@admin.register(OrderItem)
class OrderItemAdmin(ReadOnlyAdmin):
    list_display = ["order", "item", "duration_minutes", "carers_needed", "time_critical_reason"]
    list_filter = ["item__kind", "time_critical_reason"]
    list_select_related = ["order", "item"]
    search_fields = ["order__number", "order__elder__person__name"]
    inlines = [VisitInline]
    visible_to = staticmethod(order_items_visible_to)


@admin.register(OrderSeries)
class OrderSeriesAdmin(ReadOnlyAdmin):
    list_display = ["order_item", "rrule", "on_holiday", "starts_on", "ends_on", "made_until", "beyond_the_calendar"]
    list_filter = ["on_holiday"]
    list_select_related = ["order_item__order", "order_item__item"]
    search_fields = ["order_item__order__number", "order_item__order__elder__person__name"]
    visible_to = staticmethod(series_visible_to)

    @display(description=_("national calendar"))
    def beyond_the_calendar(self, series: OrderSeries) -> str:
        """A warning where days are ahead whose holidays nobody has announced yet."""
        if series.on_holiday == OrderSeries.OnHoliday.KEEP or horizon(clock.now()) <= holidays.last_known_day():
            return "–"
        return calendar_warning()
