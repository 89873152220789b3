"""Another window for a visit that has not begun: its carers are released first, then the order side moves it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from dispatch.confirmations.services.tell import confirm_order_anew, tell_moved
from dispatch.notices.models import Notice
from dispatch.offers.services.together import UNSTARTED, take_apart
from dispatch.visits.hold import hold_visit
from dispatch.visits.permissions import require_office
from dispatch.visits.services.credit_hold import claim_credits_for, sync_credit_hold
from orders.models import Visit, VisitEvent
from orders.services import orders
from orders.services.reasons import required_reason
from orders.services.terms import narrowed
from orders.wall_clock import whole_minute


def amend_visit(
    *, visit: Visit, window_start: datetime, window_end: datetime, reason: str, actor: User | None, now: datetime
) -> Visit:
    """The visit, open in its new window: carers are released, offers withdrawn, also of a linked visit (all or none).

    Nobody is looked for at once: the next plan does that. The window it already has changes nothing.

    Raises:
        NotAllowed: the actor is not of the office. Invalid: no reason, or the new window breaks a rule, by field.
        WrongState: it has begun or has ended. Conflict: the order already has a visit in that window.
    """
    require_office(actor)
    reason = required_reason(reason)
    with transaction.atomic():
        held = hold_visit(visit.pk)
        if keeps_window(held.visit, window_start, window_end):
            return held.visit
        promised = held.visit.status == Visit.Status.RESERVED
        before = held.visit.planned_start or held.visit.window_start
        if held.visit.status in UNSTARTED:
            take_apart(held, reason=reason, actor=actor, now=now, repair=False, told=Notice.Kind.MOVED)
        orders.amend_visit(
            visit=held.visit,
            window_start=window_start,
            window_end=window_end,
            credit_minutes_available=claim_credits_for(visit=held.visit),
            actor=actor,
            now=now,
        )
        sync_credit_hold(visit=held.visit, actor=actor, now=now)
        status = held.visit.status
        VisitEvent.objects.create(subject=held.visit, old=status, new=status, reason=reason, actor=actor, at=now)
        if promised:
            tell_moved(visit=held.visit, before=before, actor=actor, now=now)
        confirm_order_anew(visit=held.visit, actor=actor, now=now)
    return held.visit


def keeps_window(visit: Visit, start: datetime, end: datetime) -> bool:
    """Whether a visit that has not begun would keep its window: a time-critical one also when a wider one is narrowed to it."""
    start, end = whole_minute(start), whole_minute(end)
    if visit.order_item.time_critical_reason:
        start, end = narrowed(start, end)
    return visit.status in UNSTARTED and (start, end) == (visit.window_start, visit.window_end)
