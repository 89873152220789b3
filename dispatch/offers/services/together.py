"""All or none: a double-up, and two linked visits, are confirmed only when every leg is accepted, and fall as one."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count

from dispatch.confirmations.services.tell import tell_let_down, tell_reserved
from dispatch.notices.models import Notice
from dispatch.offers.models import Offer
from dispatch.offers.queue import ask_repair
from dispatch.offers.services.tell_carers import tell_confirmed, tell_ended
from dispatch.visits.hold import Held
from dispatch.visits.models import Assignment
from orders.models import Visit
from orders.services.visits import move_visit, promise_visits
from people.transitions import move_all

WAITING = (Visit.Status.OPEN, Visit.Status.PLANNED)
UNSTARTED = (*WAITING, Visit.Status.RESERVED)
NOT_STARTED = (Assignment.Status.PROPOSED, Assignment.Status.OFFERED, Assignment.Status.ACCEPTED)


def confirm_if_complete(*helds: Held, actor: User | None, now: datetime) -> None:
    """Reserve held visits once each leg, also of the linked visit, is accepted; until then they are planned."""
    waiting = {visit.pk: visit for held in helds for visit in held.together if visit.status in WAITING}
    accepted = _accepted_legs(waiting)
    missing = {key for key, visit in waiting.items() if accepted.get(key, 0) < visit.carers_needed}
    complete: dict[int, Visit] = {}
    planned: dict[int, Visit] = {}
    for held in helds:
        if missing.isdisjoint(visit.pk for visit in held.together):
            complete |= {visit.pk: visit for visit in held.together if visit.pk in waiting}
        elif held.visit.status == Visit.Status.OPEN:
            planned[held.visit.pk] = held.visit
    reserved = list(complete.values())
    promise_visits(visits=reserved, to=Visit.Status.RESERVED, actor=actor, now=now)
    tell_reserved(visits=reserved, actor=actor, now=now)
    tell_confirmed([visit for held in helds for visit in held.in_company if visit.pk in complete], now=now)
    promise_visits(visits=[*planned.values()], to=Visit.Status.PLANNED, actor=actor, now=now)


def take_apart(
    held: Held,
    *,
    reason: str,
    actor: User | None,
    now: datetime,
    repair: bool = True,
    told: Notice.Kind = Notice.Kind.FELL_APART,
) -> None:
    """Open the held visits again after a leg fell out: partners are released (and `told` why), open questions withdrawn.

    A visit that has started keeps its carers. `repair` asks planning for the next best carer, and tells whoever was told
    of this one; without it the caller has a carer, or another time, to tell of.
    """
    opened = []
    for visit in held.together:
        if visit.status not in UNSTARTED:
            continue
        release_all(visit, reason=reason, actor=actor, now=now, told=told)
        if visit.status != Visit.Status.OPEN:
            move_visit(visit=visit, to=Visit.Status.OPEN, actor=actor, now=now, reason=reason, planned_start=None)
        if repair:
            ask_repair(visit.pk)
            opened.append(visit)
    tell_let_down(visits=opened, actor=actor, now=now)


def release_all(visit: Visit, *, reason: str, actor: User | None, now: datetime, told: Notice.Kind) -> None:
    """Withdraw every question and release every promise of a held visit that has not begun; `told`: what it means for who
    had promised."""
    open_or_accepted = (Offer.Status.SENT, Offer.Status.ACCEPTED)
    offers = list(Offer.objects.filter(visit=visit, status__in=open_or_accepted).order_by("pk"))
    tell_ended(offers, told, now=now)
    move_all(offers, Offer.Status.WITHDRAWN, actor=actor, now=now, reason=reason, answered_at=now)
    work = Assignment.objects.filter(visit=visit, status__in=NOT_STARTED).order_by("pk")
    move_all(list(work), Assignment.Status.RELEASED, actor=actor, now=now, reason=reason)


def _accepted_legs(visit_ids: Collection[int]) -> dict[int, int]:
    accepted = Assignment.objects.filter(visit__in=visit_ids, status=Assignment.Status.ACCEPTED).order_by()
    return dict(accepted.values_list("visit_id").annotate(Count("pk")))
