"""The last order of an elder once more: the same services at the same times of day, on the next day that has them."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.http import QueryDict

from dispatch.console.typed_lines import Line, encoded
from orders.models import Elder, Order, OrderItem, ServiceKind
from orders.selectors import version_on
from orders.wall_clock import local


def last_order_again(elder: Elder, now: datetime) -> QueryDict | None:
    """The elder's last order by telephone as the form would send it now; None when there is none to repeat.

    Services that left the catalogue are left out, and so is urgent help.
    """
    order = (
        Order.objects.filter(elder=elder, channel=Order.Channel.PHONE)
        .exclude(Q(status=Order.Status.REJECTED) | Q(items__item__kind=ServiceKind.URGENT))
        .order_by("-created_at", "-pk")
        .first()
    )
    if order is None:
        return None
    lines = [line for item in order.items.select_related("item", "series") if (line := _line(item, now))]
    return encoded(lines, caller=str(order.ordered_by_id or elder.person_id), note="") if lines else None


def _line(item: OrderItem, now: datetime) -> Line | None:
    visit = item.visits.order_by("pk").first()
    if visit is None:
        return None
    start, end = local(visit.window_start), local(visit.window_end)
    day = local(now).date()
    if start.time() <= local(now).time():
        day += timedelta(days=1)
    version = version_on(code=item.item.code, day=day)
    if version is None:
        return None
    series = getattr(item, "series", None)
    return {
        "item": str(version.pk),
        "day": day.isoformat(),
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "repeat": series.rrule if series and series.ends_on is None else "",
        "carers_needed": str(item.carers_needed) if item.carers_needed != version.carers_needed else "",
        "gender": item.gender_wish if version.gender_rule != "SAME" else "",
        "dialect": item.dialect_wish,
        "critical": item.time_critical_reason,
        "critical_note": item.time_critical_note,
    }
