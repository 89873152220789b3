"""Correcting a time by hand: a new row beside the raw evidence, and a doubt for a reviewer."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dispatch.visits.flags import Doubt, raise_flags
from dispatch.visits.hold import hold_visit
from dispatch.visits.models import Assignment, Correction, Flag
from dispatch.visits.permissions import is_self, manages
from dispatch.visits.services.check import follow_evidence, held_assignment
from dispatch.visits.services.verify import settle_held
from orders.models import Visit
from people import policy
from people.errors import Invalid, NotAllowed, WrongState
from people.roles import Role, has_role
from people.transitions import state_label

CORRECTABLE = (Visit.Status.RESERVED, Visit.Status.STARTED, Visit.Status.FINISHED, Visit.Status.DISPUTED)


@policy.read_once()
def correct_time(
    *,
    assignment: Assignment,
    kind: str,
    corrected_time: datetime,
    reason: str,
    note: str = "",
    actor: User,
    now: datetime,
) -> Correction:
    """A correction of the check-in or check-out (`kind` "in" or "out"), which also stands in for a missing event.

    It raises LATE_ENTRY, so the visit is verified only after a review.

    Raises:
        NotAllowed: neither dispatcher, administrator nor manager of the carer's organisation; or the carer themself.
        Invalid: a time to come; reason OTHER without a note.
        WrongState: the visit is settled, or was never confirmed.
    """
    carer = assignment.carer
    may = has_role(actor, Role.DISPATCHER, Role.ADMINISTRATOR) or manages(actor, carer)
    if not may or is_self(actor, carer):
        raise NotAllowed(_("You may not correct this carer's times."))
    if corrected_time > now:
        raise Invalid(_("This time is still to come."), fields={"corrected_time": [_("This time is still to come.")]})
    if reason == Correction.Reason.OTHER and not note.strip():
        raise Invalid(_("Say why."), fields={"note": [_("Say why.")]})
    with transaction.atomic():
        visit = hold_visit(assignment.visit_id).visit
        fresh = held_assignment(assignment.pk, visit)
        if visit.status not in CORRECTABLE or not fresh.is_live:
            raise WrongState(
                _("This cannot be done now: it is already “%(state)s”.") % {"state": state_label(visit)},
            )
        correction = Correction.objects.create(
            assignment=fresh,
            kind=kind,
            corrected_time=corrected_time,
            reason=reason,
            note=note.strip(),
            actor=actor,
            at=now,
        )
        raise_flags(fresh, [Doubt(Flag.Code.LATE_ENTRY, {"kind": kind, "reason": reason})], actor=actor, now=now)
        follow_evidence(fresh, visit, actor=actor, now=now)
        settle_held(visit, actor=actor, now=now)
    return correction
