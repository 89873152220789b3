"""The one way a visit's status moves, with all that hangs on it: the order, government minutes, the monthly duty."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders.models import Order, Visit
from orders.services import entitlements, obligations, order_status, quotes
from orders.services.reasons import required_reason
from people.clock import local_date
from people.errors import LostRace, WrongState
from people.transitions import move, move_all

Status = Visit.Status

_RETURNS_MINUTES = frozenset({Status.CANCELLED, Status.NOT_DONE, Status.UNSERVED})
# What an order that is not confirmed forbids its visits: on hold nothing new is promised, an ended one stays ended.
_PROMISES = frozenset({Status.PLANNED, Status.RESERVED})
ENDED_ORDERS = frozenset({Order.Status.CLOSED, Order.Status.CANCELLED, Order.Status.REJECTED})


def move_visit(
    *,
    visit: Visit,
    to: str,
    actor: User | None,
    now: datetime,
    reason: str = "",
    credit_minutes_available: int = 0,
    **changes: Any,
) -> None:
    """Move a visit to status `to`, set `changes` on its other columns, and write the event, in one transaction.

    In the same transaction: verified consumes the reserved government minutes and fulfils the month's welfare duty;
    cancelled, not done and unserved return the minutes; one of these that goes on after all reserves anew (what is left
    then, of the time account `credit_minutes_available`, so its split may change); the order's status is derived again.
    `verified_at` and `end_reason` are set here. A visit that already is in `to` stays as it is, without a second event: repeating is harmless.

    Raises:
        Invalid: cancelled and not done need a reason.
        WrongState: the table of moves has no such move, or the order is on hold or ended.
        LostRace: somebody else moved the visit since it was read.
    """
    if visit.status == to:
        return
    old = visit.status
    if to in (Status.CANCELLED, Status.NOT_DONE):
        reason = required_reason(reason)
        changes["end_reason"] = reason
    if to == Status.VERIFIED:
        changes["verified_at"] = now
    if old == Status.NOT_DONE:
        changes["end_reason"] = ""
    with transaction.atomic():
        order = order_status.lock_order(visit.order_item.order_id)
        _refuse_by_order(order, to)
        move(visit, to, actor=actor, now=now, reason=reason, **changes)
        if to == Status.VERIFIED:
            entitlements.consume(visit=visit, actor=actor, now=now)
            obligations.fulfil(visit=visit, actor=actor, now=now)
        elif to in _RETURNS_MINUTES:
            entitlements.give_back(visit=visit, actor=actor, now=now)
        elif old in _RETURNS_MINUTES:
            quotes.requote(visit=visit, credit_minutes_available=credit_minutes_available, actor=actor, now=now)
        order_status.derive(order=order, actor=actor, now=now, reason=reason, moved_to=to)


def promise_visits(
    *, visits: Sequence[Visit], to: str, actor: User | None, now: datetime, starts: Mapping[int, datetime] | None = None
) -> None:
    """Move waiting visits to planned or reserved as `move_visit` would, all or none, in few queries for any number.

    `starts`: the planned start of each visit by its key, where it changes. Raises as `move_visit`.
    """
    waiting = [visit for visit in visits if visit.status != to]
    if not waiting:
        return
    with transaction.atomic():
        orders = order_status.lock_orders({visit.order_item.order_id for visit in waiting})
        for order in orders.values():
            _refuse_by_order(order, to)
        if starts:
            for visit in waiting:
                visit.planned_start = starts[visit.pk]
            Visit.objects.bulk_update(waiting, ["planned_start"])
        move_all(waiting, to, actor=actor, now=now)
        for order in orders.values():
            order_status.derive(order=order, actor=actor, now=now, moved_to=to)


def _refuse_by_order(order: Order, to: str) -> None:
    on_hold = order.status in (Order.Status.ON_HOLD, Order.Status.RECEIVED) and to in _PROMISES
    ended = order.status in ENDED_ORDERS and (to in _PROMISES or to in (Status.OPEN, Status.STARTED))
    if on_hold or ended:
        message = _("Order %(number)s is “%(state)s”: nothing new is planned for it.")
        facts = {"number": order.number, "state": order.get_status_display()}
        raise WrongState(message % facts, code="order_not_confirmed", order=order.pk, status=order.status)


def note_unserved(*, visit: Visit, reasons: Sequence[dict[str, Any]], now: datetime) -> bool:
    """Write down why the last plan left a visit out (`[{"code": ..., **facts}]`); its status does not move.

    False, with nothing written, when the visit was meanwhile promised, begun or ended. No reasons: clears them.
    """
    waiting = Visit.objects.filter(pk=visit.pk, status__in=[Status.OPEN, Status.PLANNED, Status.UNSERVED])
    if waiting.update(unserved_reasons=list(reasons)) == 0:
        return False
    visit.unserved_reasons = list(reasons)
    return True


def day_passed(*, visits: QuerySet[Visit], actor: User | None, now: datetime) -> list[Visit]:
    """Give up the open and planned visits among `visits` whose day is over; returns those that became unserved.

    Each carries its reasons: those of the last plan, else why it never came so far. Visits that a rival moves
    meanwhile are left to the rival. Carers of planned visits are released by the caller (dispatch) beforehand.
    """
    due = visits.filter(status__in=[Status.OPEN, Status.PLANNED], service_date__lt=local_date(now))
    given_up = []
    for visit in due.select_related("order_item__order", "item"):
        reasons = visit.unserved_reasons or [{"code": _why_never_served(visit)}]
        try:
            move_visit(visit=visit, to=Status.UNSERVED, actor=actor, now=now, unserved_reasons=reasons)
        except LostRace:
            continue
        given_up.append(visit)
    return given_up


def _why_never_served(visit: Visit) -> str:
    if visit.order_item.order.status == Order.Status.ON_HOLD:
        return "order_on_hold"
    return "never_planned" if visit.status == Status.OPEN else "not_accepted"
