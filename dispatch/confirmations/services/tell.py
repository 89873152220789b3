"""What is worth a message: an order noted, somebody promised, fallen out, moved, cancelled, not served. Past visits are not.

Each is called in the transaction of the change it tells of, and takes a fixed number of queries for any number of visits.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from dispatch.confirmations import texts
from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.services.queue import Draft, queue_confirmations
from dispatch.confirmations.texts import Speech
from dispatch.visits.models import Assignment
from orders.models import Order, Visit, VisitEvent
from orders.services.order_status import lock_order
from orders.wall_clock import midnight_after
from people.clock import local_date
from people.transitions import move_all

Kind, Status = Confirmation.Kind, Confirmation.Status


def confirm_order(*, order: Order, actor: User | None, now: datetime) -> Confirmation | None:
    """The message that an order was noted and that who comes is told later; asking again returns the same message.

    It is about the visits that nobody has promised yet: of the others `tell_reserved` says who comes and when. None:
    nobody of the order has a phone, so tell by voice; or there is no such visit.
    """
    with transaction.atomic():
        lock_order(order.pk)  # two requests for one order come one after the other
        drafts = _noted(order.pk, f"order:{order.pk}:placed", now)
        return next(iter(queue_confirmations(drafts, actor=actor, now=now)), None)


def confirm_order_anew(*, visit: Visit, actor: User | None, now: datetime) -> None:
    """Say as it stands now what `confirm_order` said, if that still waits: the visit was moved or cancelled since."""
    row = _visits().get(pk=visit.pk)
    order = row.order_item.order
    waiting = order.confirmations.filter(kind=Kind.ORDER_PLACED, status=Status.QUEUED)
    if outdated := list(waiting.order_by("pk")):
        move_all(outdated, Status.CANCELLED, actor=actor, now=now, reason="superseded")
        queue_confirmations(_noted(order.pk, f"order:{order.pk}:placed:{row.event}", now), actor=actor, now=now)


def tell_reserved(*, visits: Iterable[Visit], actor: User | None, now: datetime) -> list[Confirmation]:
    """Who comes and when, for each visit that every carer has accepted and that is still to begin."""
    coming = [visit.pk for visit in visits if visit.window_end > now]
    if not coming:
        return []
    promises = _promises(coming)
    drafts = [
        _about(
            visit,
            Kind.RESERVED,
            partial(texts.reserved, visit.item.name, promise.carers, promise.start),
            until=promise.start,
        )
        for visit in _visits().filter(pk__in=coming)
        if (promise := promises[visit.pk]).start > now
    ]
    return queue_confirmations(drafts, actor=actor, now=now)


def tell_let_down(*, visits: Iterable[Visit], actor: User | None, now: datetime) -> list[Confirmation]:
    """That the carer cannot come, for visits that are open again after somebody had been announced, and no more since.

    A promise that still waits to be sent announced nobody.
    """
    keys = [visit.pk for visit in visits if visit.window_end > now]
    heard = Confirmation.objects.filter(
        visit=OuterRef("pk"), status__in=[Status.QUEUED, Status.SENDING, Status.SENT, Status.DELIVERED]
    ).exclude(kind=Kind.RESERVED, status=Status.QUEUED)
    last = Subquery(heard.order_by("-pk").values("kind")[:1])
    drafts = [
        _about(
            visit,
            Kind.LET_DOWN,
            partial(texts.let_down, visit.item.name, visit.window_start, visit.window_end),
            until=visit.window_end,
        )
        for visit in _visits().filter(pk__in=keys).annotate(heard=last).filter(heard=Kind.RESERVED)
    ]
    return queue_confirmations(drafts, actor=actor, now=now)


def tell_moved(*, visit: Visit, before: datetime, actor: User | None, now: datetime) -> list[Confirmation]:
    """That a promised visit has another window; `before` is when it was promised to begin."""
    row = _visits().get(pk=visit.pk)
    text = partial(texts.moved, row.item.name, before, row.window_start, row.window_end)
    return queue_confirmations([_about(row, Kind.MOVED, text, until=row.window_end)], actor=actor, now=now)


def tell_cancelled(*, visits: Iterable[Visit], actor: User | None, now: datetime) -> list[Confirmation]:
    """One message about all cancelled visits of one order whose windows are not over."""
    keys = [visit.pk for visit in visits if visit.window_end > now]
    rows = list(_visits().filter(pk__in=keys).order_by("window_start", "pk"))
    if not rows:
        return []
    first = rows[0]
    services = "、".join(dict.fromkeys(visit.item.name for visit in rows))
    text = partial(texts.cancelled, services, len(rows), first.planned_start or first.window_start)
    draft = _about(first, Kind.CANCELLED, text, until=first.window_end, whole_order=len(rows) > 1)
    return queue_confirmations([draft], actor=actor, now=now)


def tell_not_served(*, visits: Iterable[Visit], actor: User | None, now: datetime) -> list[Confirmation]:
    """That nobody came, for visits of today or the day before; an older day is not brought up again."""
    yesterday = local_date(now) - timedelta(days=1)
    keys = [visit.pk for visit in visits if visit.service_date >= yesterday]
    drafts = [
        _about(
            visit,
            Kind.NOT_SERVED,
            partial(texts.not_served, visit.item.name, visit.window_start),
            until=midnight_after(visit.service_date + timedelta(days=1)),  # no night is too late for it
        )
        for visit in _visits().filter(pk__in=keys)
    ]
    return queue_confirmations(drafts, actor=actor, now=now)


def _noted(order: int, event: str, now: datetime) -> list[Draft]:
    """That an order was noted, of the visits that nobody has promised; empty when there is no such visit."""
    unpromised = [Visit.Status.OPEN, Visit.Status.PLANNED]
    ahead = _visits().filter(order_item__order=order, window_end__gt=now, status__in=unpromised)
    coming = list(ahead.order_by("window_start", "pk"))
    if not coming:
        return []
    first = coming[0]
    services = list(dict.fromkeys(visit.item.name for visit in coming))
    text = partial(texts.placed, services, len(coming), first.window_start, first.window_end)
    only = first if len(coming) == 1 else None  # so that who comes replaces it while it waits
    return [Draft(Kind.ORDER_PLACED, event, first.order_item.order, only, text, first.window_end)]


@dataclass(slots=True)
class _Promise:
    """Who comes to a visit, and when the first of them does."""

    start: datetime
    carers: list[str] = field(default_factory=list)


def _promises(visits: Collection[int]) -> dict[int, _Promise]:
    """The promises of reserved visits, by the visit's key."""
    accepted = Assignment.objects.filter(visit__in=visits, status=Assignment.Status.ACCEPTED)
    promises: dict[int, _Promise] = {}
    for part in accepted.select_related("carer__person").order_by("planned_start", "leg"):
        promises.setdefault(part.visit_id, _Promise(part.planned_start)).carers.append(part.carer.person.name)
    return promises


def _about(
    visit: Any, kind: Confirmation.Kind, text: Callable[[Speech], str], *, until: datetime, whole_order: bool = False
) -> Draft:
    """A draft about what just happened to a visit of `_visits`, or to the whole order that it is the first of."""
    order = visit.order_item.order
    return Draft(kind, f"visit-event:{visit.event}", order, None if whole_order else visit, text, until)


def _visits() -> QuerySet[Any]:
    """Visits with all that a message says of them, and the key of their last `event`."""
    last = VisitEvent.objects.filter(subject=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    people = ("item", "elder__person", "order_item__order__ordered_by", "order_item__order__elder__person")
    return Visit.objects.select_related(*people).annotate(event=Subquery(last)).order_by("pk")
