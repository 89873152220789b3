"""All or none: a double-up, and two linked visits, are confirmed only when every leg is accepted, and fall as one."""

from datetime import datetime

from django.contrib.auth.models import User

from dispatch.offers.models import Offer
from dispatch.offers.queue import ask_repair
from dispatch.visits.hold import Held
from dispatch.visits.models import Assignment
from orders.models import Visit
from orders.services.visits import move_visit
from people.transitions import move

WAITING = (Visit.Status.OPEN, Visit.Status.PLANNED)
UNSTARTED = (*WAITING, Visit.Status.RESERVED)
NOT_STARTED = (Assignment.Status.PROPOSED, Assignment.Status.OFFERED, Assignment.Status.ACCEPTED)


def confirm_if_complete(held: Held, *, actor: User | None, now: datetime) -> None:
    """Reserve the held visits once each of their legs is accepted; until then they are planned."""
    waiting = [visit for visit in held.together if visit.status in WAITING]
    complete = all(_accepted_legs(visit) >= visit.carers_needed for visit in waiting)
    for visit in waiting:
        if complete:
            move_visit(visit=visit, to=Visit.Status.RESERVED, actor=actor, now=now)
    if not complete and held.visit.status == Visit.Status.OPEN:
        move_visit(visit=held.visit, to=Visit.Status.PLANNED, actor=actor, now=now)


def take_apart(held: Held, *, reason: str, actor: User | None, now: datetime, repair: bool = True) -> None:
    """Open the held visits again after a leg fell out: partners are released, open questions withdrawn.

    A visit that has started keeps its carers. `repair` asks planning for the next best carer.
    """
    for visit in held.together:
        if visit.status not in UNSTARTED:
            continue
        release_all(visit, reason=reason, actor=actor, now=now)
        if visit.status != Visit.Status.OPEN:
            move_visit(visit=visit, to=Visit.Status.OPEN, actor=actor, now=now, reason=reason, planned_start=None)
        if repair:
            ask_repair(visit.pk)


def release_all(visit: Visit, *, reason: str, actor: User | None, now: datetime) -> None:
    """Withdraw every question and release every promise of a held visit that has not begun."""
    for offer in Offer.objects.filter(visit=visit, status__in=(Offer.Status.SENT, Offer.Status.ACCEPTED)).order_by(
        "pk"
    ):
        move(offer, Offer.Status.WITHDRAWN, actor=actor, now=now, reason=reason, answered_at=now)
    for assignment in Assignment.objects.filter(visit=visit, status__in=NOT_STARTED).order_by("pk"):
        move(assignment, Assignment.Status.RELEASED, actor=actor, now=now, reason=reason)


def _accepted_legs(visit: Visit) -> int:
    return Assignment.objects.filter(visit=visit, status=Assignment.Status.ACCEPTED).count()
