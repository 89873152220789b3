"""Bringing carer and elder together on the telephone, without either seeing the other's number."""

from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dispatch.visits.hold import hold_visit
from dispatch.visits.models import Assignment
from dispatch.visits.permissions import is_self
from dispatch.visits.selectors import Disclosure
from orders.services.dialling import connect
from people.errors import NotAllowed, WrongState


def ring_elder(*, assignment: Assignment, actor: User, now: datetime) -> bool:
    """Whether the exchange is asked to ring the carer and then the elder; False when one of them has no number.

    Raises:
        NotAllowed: the actor is not the carer.
        WrongState: the work is not accepted, or is over for longer than its carer may know the home ("not_reachable").
    """
    if not is_self(actor, assignment.carer):
        raise NotAllowed(_("Only the carer of this work can be connected."))
    with transaction.atomic():
        visit = hold_visit(assignment.visit_id).visit  # two taps at once ask once
        fresh = Assignment.objects.select_related("carer__person").get(pk=assignment.pk)
        as_carer = replace(Disclosure.for_user(actor, now), is_desk=False)
        if not as_carer.covers(fresh):
            raise WrongState(_("The elder can be called for accepted work only."), code="not_reachable")
        return connect(
            first=fresh.carer.person, then=visit.elder.person, about=f"work-{fresh.pk}", actor=actor, now=now
        )
