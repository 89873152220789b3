"""Settling a finished visit: clean evidence verifies itself, doubted evidence waits for a person.

Verifying posts each volunteer's credit, the elder's own credits that pay, and consumes the elder's hours exactly once,
in the transaction of the move.
"""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dispatch.visits.evidence import credit_key, credited_minutes, visit_cause
from dispatch.visits.hold import hold_visit
from dispatch.visits.models import Assignment, Flag
from dispatch.visits.permissions import require_reviewer
from dispatch.visits.services.credit_hold import end_visit
from orders.models import Visit
from orders.services.visits import move_visit
from people import policy
from people.errors import Invalid, WrongState
from people.transitions import move, state_label
from volunteers.models import Carer
from volunteers.timebank.services import earn


@policy.read_once()
def verify_visit(*, visit: Visit, actor: User | None, now: datetime) -> Visit:
    """The visit, settled as its evidence says: verified, disputed, or not done. Verified already: nothing happens.

    Raises WrongState while carers are still expected or there.
    """
    with transaction.atomic():
        held = hold_visit(visit.pk).visit
        if held.status not in (Visit.Status.FINISHED, Visit.Status.DISPUTED, Visit.Status.VERIFIED):
            raise WrongState(
                _("This cannot be done now: it is already “%(state)s”.") % {"state": state_label(held)},
            )
        settle_held(held, actor=actor, now=now)
    return held


@policy.read_once()
def review_flag(*, flag: Flag, verdict: str, reason: str, actor: User, now: datetime) -> Flag:
    """The flag with a reviewer's verdict ("cleared" or "upheld") and reason; its visit follows when all are settled.

    Raises:
        NotAllowed: the actor is no reviewer, or judges their own evidence.
        Invalid: no reason.
        WrongState: the flag was reviewed already.
    """
    require_reviewer(actor, flag.assignment.carer)
    if not reason.strip():
        raise Invalid(_("Say why."), fields={"reason": [_("Say why.")]})
    with transaction.atomic():
        visit = hold_visit(flag.assignment.visit_id).visit
        flag = Flag.objects.select_related("assignment").get(pk=flag.pk)
        move(flag, verdict, actor=actor, now=now, reason=reason.strip())
        if visit.status == Visit.Status.DISPUTED:
            settle_held(visit, actor=actor, now=now)
    return flag


def settle_held(visit: Visit, *, actor: User | None, now: datetime) -> None:
    """`settle` with the visit's finished legs as they stand."""
    done = Assignment.objects.filter(visit=visit, status=Assignment.Status.CHECKED_OUT)
    settle(visit, list(done.select_related("carer__person").order_by("carer_id")), actor=actor, now=now)


def settle(visit: Visit, legs: Sequence[Assignment], *, actor: User | None, now: datetime) -> None:
    """Move a held visit that is finished or disputed to where the flags of its finished legs put it.

    One upheld flag: not done. One open flag: disputed. None: verified, credits posted, hours consumed.
    """
    if visit.status not in (Visit.Status.FINISHED, Visit.Status.DISPUTED):
        return
    flags = list(Flag.objects.filter(assignment__in=legs).order_by("code"))
    doubtful = [flag for flag in flags if flag.status != Flag.Status.CLEARED]
    if doubtful and visit.status == Visit.Status.FINISHED:
        codes = ", ".join(sorted({flag.code for flag in doubtful}))
        move_visit(visit=visit, to=Visit.Status.DISPUTED, actor=actor, now=now, reason=codes)
    upheld = next((flag for flag in doubtful if flag.status == Flag.Status.UPHELD), None)
    if upheld is not None:
        reason = f"{upheld.code}: {_verdict_reason(upheld)}"[:200]
        end_visit(visit=visit, to=Visit.Status.NOT_DONE, actor=actor, now=now, reason=reason)
    elif not doubtful:
        _verify(visit, legs, actor=actor, now=now)


def _verify(visit: Visit, legs: Sequence[Assignment], *, actor: User | None, now: datetime) -> None:
    end_visit(visit=visit, to=Visit.Status.VERIFIED, actor=actor, now=now)
    for leg in legs:
        minutes = credited_minutes(leg.delivered_minutes, visit.item.credit_rate)
        if leg.carer.kind == Carer.Kind.VOLUNTEER and minutes:
            earn(
                person=leg.carer.person,
                minutes=minutes,
                key=credit_key(visit.pk, leg.carer_id),
                cause=visit_cause(visit.pk),
                day=visit.service_date,
                actor=actor,
                now=now,
            )


def _verdict_reason(flag: Flag) -> str:
    return str(flag.events.order_by("-pk").values_list("reason", flat=True)[0])
