"""An order's status follows from its visits; only holding, resuming and closing are a person's own word."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Q

from orders.models import Order, OrderSeries, Visit
from people.transitions import move

PENDING = frozenset(
    {
        Visit.Status.OPEN,
        Visit.Status.PLANNED,
        Visit.Status.RESERVED,
        Visit.Status.STARTED,
        Visit.Status.FINISHED,
        Visit.Status.DISPUTED,
    }
)


def lock_order(pk: int) -> Order:
    """The order, locked until the transaction ends: its visits' moves queue behind each other (PostgreSQL; SQLite
    has one writer anyway), so the last of them sees all the others when it derives the order's status."""
    return Order.objects.select_for_update().get(pk=pk)


def lock_orders(keys: Collection[int]) -> dict[int, Order]:
    """The orders by key, locked as by `lock_order`, in the order of their keys."""
    return {order.pk: order for order in Order.objects.select_for_update().filter(pk__in=keys).order_by("pk")}


def derived_status(visits: Collection[str], *, goes_on: bool) -> Order.Status:
    """The status of an order whose visits have these statuses; `goes_on`: a recurrence will make more."""
    if goes_on or not PENDING.isdisjoint(visits):
        return Order.Status.CONFIRMED
    if set(visits) <= {Visit.Status.CANCELLED}:
        return Order.Status.CANCELLED
    if set(visits) == {Visit.Status.VERIFIED}:
        return Order.Status.COMPLETED
    return Order.Status.PARTLY_DONE


def derive(*, order: Order, actor: User | None, now: datetime, reason: str = "", moved_to: str = "") -> None:
    """Move a locked order to the status that its visits give it; nothing happens where it already is.

    An order on hold stays there until it is resumed, unless nothing of it is left; closed and refused orders stay.
    `moved_to`: what one of its visits has just become. While that is pending, such an order stays as it is.
    """
    if moved_to in PENDING and order.status in (Order.Status.CONFIRMED, Order.Status.ON_HOLD):
        return
    statuses = set(Visit.objects.filter(order_item__order=order).values_list("status", flat=True).order_by().distinct())
    wanted = derived_status(statuses, goes_on=series_going_on(order))
    if wanted == order.status or wanted not in Order.MOVES[Order.Status(order.status)]:
        return
    if order.status == Order.Status.ON_HOLD and wanted != Order.Status.CANCELLED:
        return
    changes = {"end_reason": reason} if wanted == Order.Status.CANCELLED else {}
    move(order, wanted, actor=actor, now=now, reason=reason, version=F("version") + 1, **changes)
    order.refresh_from_db(fields=["version"])


def series_going_on(order: Order) -> bool:
    """True while a recurrence of the order has days ahead that were not yet looked at."""
    unfinished = Q(ends_on__isnull=True) | Q(made_until__isnull=True) | Q(made_until__lt=F("ends_on"))
    return OrderSeries.objects.filter(unfinished, order_item__order=order).exists()
