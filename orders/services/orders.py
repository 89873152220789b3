"""What people do to an order and its visits: place, amend, cancel, hold, resume, close. All of it or nothing.

Carers and offers belong to dispatch, which releases them first and then calls these in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Elder, Order, ServiceItem, Visit, VisitEvent
from orders.requests import ItemRequest
from orders.selectors import version_on
from orders.services import order_status, placing, quotes, series
from orders.services.reasons import required_reason
from orders.services.terms import check_day, check_window, narrowed, refuse
from orders.services.visits import move_visit
from orders.wall_clock import local, whole_minute
from people.errors import Conflict, LostRace, Text, WrongState
from people.models import Person
from people.transitions import move

_NOT_BEGUN = (Visit.Status.OPEN, Visit.Status.PLANNED, Visit.Status.RESERVED)


def place_order(
    *,
    elder: Elder,
    items: Sequence[ItemRequest],
    requested_at: datetime,
    channel: str,
    ordered_by: Person | None = None,
    note: str = "",
    programme: str = "",
    credit_minutes_available: int | None = None,
    actor: User | None,
    now: datetime,
) -> Order:
    """A confirmed order with its visits made and their government minutes reserved (recurring items: as far ahead as
    `materialise_days` says). `requested_at` is when the elder spoke, `now` when it is written down.

    `credit_minutes_available` are the minutes of the elder's time account that may pay, used up in item order; None
    says that time credits pay nothing of this order, now or later.

    Raises:
        Invalid: the input breaks a rule; fields of an item are named `items.<index>.<field>`.
        LostRace: another order took the government minutes at the same moment.
    """
    placing.check_head(elder, items, requested_at, channel, ordered_by, note, programme, now)
    terms = placing.check_items(elder, items, now)
    uses_credits = credit_minutes_available is not None
    with transaction.atomic():
        order = placing.write_head(elder, requested_at, channel, ordered_by, note, programme, uses_credits, actor, now)
        credits_left = credit_minutes_available or 0
        for position, term in enumerate(terms, start=1):
            credits_left -= placing.place_item(order, elder, position, term, credits_left, actor, now)
        move(order, Order.Status.CONFIRMED, actor=actor, now=now)
    return order


def amend_visit(
    *,
    visit: Visit,
    window_start: datetime,
    window_end: datetime,
    credit_minutes_available: int = 0,
    actor: User | None,
    now: datetime,
) -> None:
    """Give an open or unserved visit another window, possibly on another day; an unserved one opens again.

    On another day, or opened again, the price is split anew by that day's entitlements and by what the elder's time
    account can pay of it (`credit_minutes_available`). Writes an event that names both windows.
    The window it already has changes nothing.

    Raises:
        Invalid: the new window breaks a rule, by field.
        WrongState: carers are booked (code `release_first`: dispatch must release them), or it is begun or over.
        LostRace: somebody else changed the visit since it was read.
        Conflict: the order already has a visit in that window.
    """
    _refuse_amending(visit)
    item = visit.order_item
    start, end = whole_minute(window_start), whole_minute(window_end)
    if item.time_critical_reason:
        start, end = narrowed(start, end)
    if visit.status == Visit.Status.OPEN and (start, end) == (visit.window_start, visit.window_end):
        return
    version = _version_for(visit, start, end, now)
    before, day_before = _window_text(visit), visit.service_date
    with transaction.atomic():
        order_status.lock_order(item.order_id)
        _set_window(visit, version, start, end)
        visit.windows.all().delete()
        VisitEvent.objects.create(
            subject=visit,
            old=visit.status,
            new=visit.status,
            reason=f"{before} → {_window_text(visit)}",
            actor=actor,
            at=now,
        )
        if visit.status == Visit.Status.UNSERVED:
            move_visit(
                visit=visit,
                to=Visit.Status.OPEN,
                credit_minutes_available=credit_minutes_available,
                actor=actor,
                now=now,
                unserved_reasons=[],
            )
        elif visit.service_date != day_before:
            quotes.requote(visit=visit, credit_minutes_available=credit_minutes_available, actor=actor, now=now)


def _refuse_amending(visit: Visit) -> None:
    if visit.status in (Visit.Status.OPEN, Visit.Status.UNSERVED):
        return
    booked = visit.status in _NOT_BEGUN
    message = (
        _("Carers are booked for this visit: release them first.")
        if booked
        else _("This visit has begun or is over: it cannot be moved.")
    )
    code = "release_first" if booked else "wrong_state"
    raise WrongState(message, code=code, visit=visit.pk, status=visit.status)


def _version_for(visit: Visit, start: datetime, end: datetime, now: datetime) -> ServiceItem:
    """The version of the service for a new window that breaks no rule."""
    wrong: dict[str, list[Text]] = {}
    rule, minutes = visit.window_rule, visit.duration_minutes
    check_window(start=start, end=end, rule=rule, minutes=minutes, now=now, wrong=wrong)
    day = local(start).date()
    item = version_on(code=visit.item.code, day=day) or visit.item
    check_day(elder=visit.elder, item=item, day=day, wrong=wrong)
    refuse(wrong)
    return item


def _set_window(visit: Visit, version: ServiceItem, start: datetime, end: datetime) -> None:
    as_read = Visit.objects.filter(
        pk=visit.pk, status=visit.status, window_start=visit.window_start, window_end=visit.window_end
    )
    columns = {"window_start": start, "window_end": end, "service_date": local(start).date(), "item": version}
    try:
        with transaction.atomic():
            changed = as_read.update(**columns)
    except IntegrityError as error:
        raise Conflict(_("This order already has a visit in that window."), code="visit_exists") from error
    if changed != 1:
        raise LostRace(_("Somebody else changed this a moment ago. Reload to see how it stands."), visit=visit.pk)
    for column, value in columns.items():
        setattr(visit, column, value)


def _window_text(visit: Visit) -> str:
    return f"{local(visit.window_start):%Y-%m-%d %H:%M}–{local(visit.window_end):%H:%M}"


def cancel_visit_record(*, visit: Visit, reason: str, actor: User | None, now: datetime) -> None:
    """Cancel a visit that has not begun; its government minutes return. A repeat changes nothing.

    Raises:
        Invalid: no reason.
        WrongState: it has begun or is over.
        LostRace: somebody else moved it since it was read.
    """
    move_visit(visit=visit, to=Visit.Status.CANCELLED, actor=actor, now=now, reason=reason)


def cancel_order_record(*, order: Order, reason: str, actor: User | None, now: datetime) -> list[Visit]:
    """Cancel all of an order that has not begun and end its recurrences; returns the visits cancelled.

    An order of which nothing was begun becomes cancelled; otherwise its status follows from the visits that remain.
    A repeat changes nothing and returns nothing.

    Raises:
        Invalid: no reason.
        WrongState: nothing is left to cancel.
        LostRace: somebody else moved one of its visits at the same moment.
    """
    reason = required_reason(reason)
    with transaction.atomic():
        locked = order_status.lock_order(order.pk)
        if locked.status == Order.Status.CANCELLED:
            order.status = locked.status
            return []
        goes_on = order_status.series_going_on(locked)
        series.end_all(order=locked)
        waiting = Visit.objects.filter(order_item__order=locked, status__in=_NOT_BEGUN)
        visits = list(waiting.select_related("order_item", "item").order_by("pk"))
        if not visits and not goes_on:
            message = _("Nothing of this order is left to cancel.")
            raise WrongState(message, order=locked.pk, status=locked.status)
        for visit in visits:
            cancel_visit_record(visit=visit, reason=reason, actor=actor, now=now)
        locked = order_status.lock_order(order.pk)
        order_status.derive(order=locked, actor=actor, now=now, reason=reason)
    order.status, order.end_reason, order.version = locked.status, locked.end_reason, locked.version
    return visits


def cancel_unbooked_order(*, order: Order, reason: str, actor: User | None, now: datetime) -> list[Visit]:
    """Cancel an order for which no carer is booked; see cancel_order_record. For places that cannot release carers.

    Raises:
        WrongState: a carer is booked for one of its visits (code `release_first`).
    """
    with transaction.atomic():
        order_status.lock_order(order.pk)
        booked = (Visit.Status.PLANNED, Visit.Status.RESERVED)
        if Visit.objects.filter(order_item__order=order, status__in=booked).exists():
            message = _("Carers are booked for this order: cancel it on the dispatch board.")
            raise WrongState(message, code="release_first", order=order.pk)
        return cancel_order_record(order=order, reason=reason, actor=actor, now=now)


def put_on_hold(*, order: Order, reason: str, actor: User | None, now: datetime) -> None:
    """Plan nothing new of an order until it is resumed: its recurrences pause, its open visits are left out of plans.
    Visits that carers have accepted stay promised. A repeat changes nothing.

    Raises:
        Invalid: no reason.
        WrongState: the order is not confirmed.
        LostRace: somebody else moved it since it was read.
    """
    if order.status != Order.Status.ON_HOLD:
        move(order, Order.Status.ON_HOLD, actor=actor, now=now, reason=required_reason(reason))


def resume(*, order: Order, actor: User | None, now: datetime) -> None:
    """Let an order on hold go on; if all its visits ended meanwhile, it takes the status they give it.

    Days of a recurrence that passed on hold are not made up. A repeat changes nothing.

    Raises:
        WrongState: the order is not on hold.
        LostRace: somebody else moved it since it was read.
    """
    if order.status == Order.Status.CONFIRMED:
        return
    if order.status != Order.Status.ON_HOLD:
        raise WrongState(_("Only an order on hold can be resumed."), order=order.pk, status=order.status)
    with transaction.atomic():
        move(order, Order.Status.CONFIRMED, actor=actor, now=now)
        order_status.derive(order=order, actor=actor, now=now)


def close_order(*, order: Order, actor: User | None, now: datetime) -> None:
    """Close an order whose visits have all ended: nothing of it will change. A repeat changes nothing.

    Raises:
        WrongState: visits are still ahead.
        LostRace: somebody else moved it since it was read.
    """
    if order.status != Order.Status.CLOSED:
        move(order, Order.Status.CLOSED, actor=actor, now=now)
