"""Everything that ends work before it is done: no answer in time, given back, did not come, cancelled."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dispatch.confirmations.services.tell import confirm_order_anew, tell_cancelled, tell_not_served
from dispatch.notices.models import Notice
from dispatch.offers.models import Offer
from dispatch.offers.services.tell_carers import forget, tell_ended
from dispatch.offers.services.together import UNSTARTED, confirm_if_complete, release_all, take_apart
from dispatch.visits.hold import Held, hold_visit
from dispatch.visits.models import Assignment
from dispatch.visits.permissions import OFFICE, is_self, require_may_act_for, require_office
from dispatch.visits.services.check import finish_if_over
from dispatch.visits.services.credit_hold import end_visit, sync_credit_holds
from orders.models import Order, Visit
from orders.services.orders import cancel_order_record
from orders.services.reasons import required_reason
from people.errors import Conflict, WrongState
from people.roles import has_role
from people.transitions import move, state_label


def expire_due(*, now: datetime) -> int:
    """Expire every open offer whose time is up; the number of them. Two runs at once expire each offer once.

    A direct offer's visit is opened again and the next best carer looked for; who opened a pool looks further itself.
    """
    due = Offer.objects.filter(status=Offer.Status.SENT, expires_at__lte=now).order_by("expires_at", "pk")
    return sum(_expire(key, visit_id, now) for key, visit_id in due.values_list("pk", "visit_id"))


def release_assignment(
    *, assignment: Assignment, reason: str, actor: User | None, now: datetime, repair: bool = True
) -> Assignment:
    """The released assignment; its visit is open again, with partner and linked visit (all or none).

    Given back by the carer (or the own manager), the pair is not asked again; taken back by the office, it may be.
    `repair` False: the caller finds the next carer itself.

    Raises:
        NotAllowed: the actor may not act for the carer. Invalid: no reason, or too long a one.
        WrongState: the carer is in the home already, or the work has ended.
    """
    require_may_act_for(actor, assignment.carer)
    given_back = actor is not None and not has_role(actor, *OFFICE)
    reason = required_reason(reason)
    with transaction.atomic():
        held = hold_visit(assignment.visit_id)
        fresh = Assignment.objects.get(pk=assignment.pk)
        move(fresh, Assignment.Status.RELEASED, actor=actor, now=now, reason=reason)
        if offer := _open_or_accepted(fresh):
            refusal = {"decline_reason": Offer.DeclineReason.OTHER, "decline_note": reason} if given_back else {}
            if actor is not None and is_self(actor, assignment.carer):
                forget([offer], now=now)
            else:
                tell_ended([offer], Notice.Kind.WITHDRAWN, now=now)
            move(offer, Offer.Status.WITHDRAWN, actor=actor, now=now, reason=reason, answered_at=now, **refusal)
        take_apart(held, reason=reason, actor=actor, now=now, repair=repair)
        finish_if_over(held.visit, actor=actor, now=now)
    return fresh


def report_no_show(*, assignment: Assignment, reason: str, actor: User, now: datetime) -> Assignment:
    """The assignment marked as not come, by a named reporter. The carer is not asked again for this visit.

    Nobody in the home yet: the visit is open again while its window lasts, otherwise not done. A partner in the home
    goes on alone, and a reviewer looks at it.

    Raises:
        NotAllowed: the actor is not of the office. Invalid: no reason, or too long a one.
        WrongState: never accepted, or done, or the carer is not yet due ("not_due").
    """
    require_office(actor)
    reason = required_reason(reason)
    with transaction.atomic():
        held = hold_visit(assignment.visit_id)
        fresh = Assignment.objects.get(pk=assignment.pk)
        if fresh.status == Assignment.Status.ACCEPTED and now < fresh.planned_start:
            raise WrongState(_("The carer is not due yet; take the work back instead."), code="not_due")
        go_on_without(held, [fresh], reason=reason, actor=actor, now=now)
    return fresh


def go_on_without(held: Held, missing: Iterable[Assignment], *, reason: str, actor: User | None, now: datetime) -> None:
    """Mark carers as not come to a held visit, or to the one linked to it; what becomes of it then: `report_no_show`.

    Who waited in vain until the window was over is told so.
    """
    for part in missing:
        move(part, Assignment.Status.NO_SHOW, actor=actor, now=now, reason=reason)
        if offer := _open_or_accepted(part):
            tell_ended([offer], Notice.Kind.WITHDRAWN, now=now)
            move(offer, Offer.Status.WITHDRAWN, actor=actor, now=now, reason=reason)
    visit = held.visit
    inside = Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE, started_at__isnull=False)
    if visit.status == Visit.Status.STARTED and inside.exists():
        finish_if_over(visit, actor=actor, now=now)
    elif visit.status == Visit.Status.STARTED or (visit.status == Visit.Status.RESERVED and now >= visit.window_end):
        release_all(visit, reason=reason, actor=actor, now=now, told=Notice.Kind.FELL_APART)
        end_visit(visit=visit, to=Visit.Status.NOT_DONE, actor=actor, now=now, reason=reason)
        tell_not_served(visits=[visit], actor=actor, now=now)
    else:
        take_apart(held, reason=reason, actor=actor, now=now)


def cancel_visit(*, visit: Visit, reason: str, actor: User | None, now: datetime) -> Visit:
    """The cancelled visit; its carers are released, its offers withdrawn. A linked visit stands on its own.

    Raises:
        NotAllowed: the actor is not of the office. Invalid: no reason, or too long a one.
        WrongState: it has begun or has ended.
    """
    require_office(actor)
    reason = required_reason(reason)
    with transaction.atomic():
        held = hold_visit(visit.pk)
        _cancel(held.visit, reason=reason, actor=actor, now=now)
        tell_cancelled(visits=[held.visit], actor=actor, now=now)
        confirm_order_anew(visit=held.visit, actor=actor, now=now)
        confirm_if_complete(held, actor=actor, now=now)
    return held.visit


def cancel_order(*, order: Order, reason: str, actor: User | None, now: datetime) -> Order:
    """The cancelled order: every visit that has not begun is cancelled; what is done stays done.

    Raises:
        NotAllowed: the actor is not of the office. Invalid: no reason, or too long a one.
        WrongState: a carer is in the home for one of its visits; nothing is changed then.
    """
    require_office(actor)
    reason = required_reason(reason)
    with transaction.atomic():
        for key in Visit.objects.filter(order_item__order=order).order_by("pk").values_list("pk", flat=True):
            visit = hold_visit(key).visit
            if visit.status == Visit.Status.STARTED:
                raise WrongState(_("A carer is in the home for this order: check out first."), code="visit_started")
            if visit.status in UNSTARTED:
                release_all(visit, reason=reason, actor=actor, now=now, told=Notice.Kind.CANCELLED)
        order = Order.objects.get(pk=order.pk)
        cancelled = cancel_order_record(order=order, reason=reason, actor=actor, now=now)
        sync_credit_holds(visits=cancelled, actor=actor, now=now)
        tell_cancelled(visits=cancelled, actor=actor, now=now)
    return order


def _expire(key: int, visit_id: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            held = hold_visit(visit_id)
            offer = Offer.objects.select_related("assignment").get(pk=key)
            move(offer, Offer.Status.EXPIRED, actor=None, now=now, answered_at=now)
            if offer.assignment is not None:
                move(offer.assignment, Assignment.Status.EXPIRED, actor=None, now=now)
                take_apart(held, reason="expired", actor=None, now=now)
    except Conflict:
        return False  # answered meanwhile
    return True


def _cancel(visit: Visit, *, reason: str, actor: User | None, now: datetime) -> None:
    if visit.status not in UNSTARTED:
        raise WrongState(_("This cannot be done now: it is already “%(state)s”.") % {"state": state_label(visit)})
    release_all(visit, reason=reason, actor=actor, now=now, told=Notice.Kind.CANCELLED)
    end_visit(visit=visit, to=Visit.Status.CANCELLED, actor=actor, now=now, reason=reason)


def _open_or_accepted(assignment: Assignment) -> Offer | None:
    return Offer.objects.filter(assignment=assignment, status__in=(Offer.Status.SENT, Offer.Status.ACCEPTED)).first()
