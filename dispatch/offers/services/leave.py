"""A carer who is away: the absence is recorded, and whatever was promised or asked in that time is free again."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from dispatch.offers.models import Offer
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.end import release_assignment
from dispatch.visits.models import Assignment
from dispatch.visits.permissions import require_may_act_for
from people.errors import Conflict
from volunteers.models import Absence, Carer
from volunteers.services import record_absence

# The words of an absence as those of an answer: why somebody cannot come.
WHY_NOT = {
    Absence.Reason.SICK: Offer.DeclineReason.SICK,
    Absence.Reason.LEAVE: Offer.DeclineReason.LEAVE,
    Absence.Reason.TRAINING: Offer.DeclineReason.CONFLICT,
    Absence.Reason.OTHER: Offer.DeclineReason.OTHER,
}


@dataclass(frozen=True, slots=True)
class Leave:
    """The absence, and the work that was promised in it and is given back."""

    absence: Absence
    released: list[Assignment]


@transaction.atomic
def take_leave(
    *, carer: Carer, start: datetime, end: datetime, reason: str, actor: User | None, now: datetime
) -> Leave:
    """Record an absence (half-open, aware times); accepted work that it touches is given back, open offers are declined.

    Work that has begun goes on. The visits are open again at once, and the next best carers are looked for after the
    commit.

    Raises:
        NotAllowed: the actor may not act for the carer.
        Invalid: the end is not after the start, or the reason is unknown. Overlap: another absence covers a part.
    """
    require_may_act_for(actor, carer)
    absence = record_absence(carer=carer, start=start, end=end, reason=reason, actor=actor, now=now)
    touched = {"carer": carer, "planned_start__lt": end, "planned_end__gt": max(start, now)}
    # Whatever has been answered, begun or taken apart since it was read (a double-up falls as one) is settled by that.
    for offer in _of(Offer, touched, status=Offer.Status.SENT):
        note = absence.get_reason_display()
        with suppress(Conflict):
            decline_offer(offer=offer, reason=WHY_NOT[Absence.Reason(reason)], note=note, actor=actor, now=now)
    promised = _of(Assignment, touched, status=Assignment.Status.ACCEPTED)
    for work in promised:
        why = _("absent: %(why)s") % {"why": absence.get_reason_display()}
        with suppress(Conflict):
            release_assignment(assignment=work, reason=why, actor=actor, now=now)
    released = Assignment.objects.filter(pk__in=[work.pk for work in promised], status=Assignment.Status.RELEASED)
    return Leave(absence, list(released))


def _of(model: Any, touched: dict[str, object], *, status: str) -> list[Any]:
    rows = model.objects.filter(status=status, **touched).select_related("carer__person")
    return list(rows.order_by("visit", "pk"))
