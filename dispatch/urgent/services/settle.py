"""What people do about an urgent call: a supervisor takes the alarm in hand, somebody closes the call and says why."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dispatch.offers.services.end import cancel_visit
from dispatch.offers.services.together import UNSTARTED
from dispatch.urgent.models import UrgentCall
from dispatch.urgent.services.escalate import held_call
from dispatch.visits.models import Assignment
from dispatch.visits.permissions import REVIEWERS, require_office
from people.errors import Conflict, Invalid, NotAllowed, WrongState
from people.roles import has_role
from people.transitions import move, state_label
from people.user_names import name_of

ACKNOWLEDGED = "acknowledged"
LONGEST_NOTE = 100  # characters: with its reason it must fit the visit's


def acknowledge(*, urgent: UrgentCall, actor: User, now: datetime) -> UrgentCall:
    """The alarmed call with the supervisor who takes it in hand; carers are asked on. The same one again changes nothing.

    Raises:
        NotAllowed: the actor is no dispatcher or administrator. WrongState: there is no alarm.
        Conflict: another supervisor has it in hand ("in_hand").
    """
    if not has_role(actor, *REVIEWERS):
        raise NotAllowed(_("Only dispatchers and administrators take an alarm in hand."))
    with transaction.atomic():
        alarmed = UrgentCall.objects.filter(pk=urgent.pk, status=UrgentCall.Status.ALARMED)
        taken = alarmed.filter(acknowledged_by=None).update(acknowledged_by=actor, acknowledged_at=now) == 1
        fresh = UrgentCall.objects.select_related("acknowledged_by").get(pk=urgent.pk)
        if taken:
            fresh.events.create(old=fresh.status, new=fresh.status, reason=ACKNOWLEDGED, actor=actor, at=now)
    if fresh.status != UrgentCall.Status.ALARMED:
        raise WrongState(_("There is no alarm any more: “%(state)s”.") % {"state": state_label(fresh)})
    if fresh.acknowledged_by != actor:
        assert fresh.acknowledged_by
        name = name_of(fresh.acknowledged_by)
        raise Conflict(_("%(name)s has this alarm in hand already.") % {"name": name}, code="in_hand")
    return fresh


def close(
    *, urgent: UrgentCall, reason: str, note: str = "", send_back: bool = False, actor: User, now: datetime
) -> UrgentCall:
    """The closed call: its questions are withdrawn, its visit cancelled. Never without a person and a reason.

    `send_back`: also when a carer has accepted and may be on the way; that carer is released.

    Raises:
        NotAllowed: the actor is not of the office. Invalid: no such reason, OTHER without a note, or too long a note.
        WrongState: it has ended, a carer is in the home, or a carer is on the way ("carer_on_the_way").
    """
    require_office(actor)
    note = note.strip()
    if reason not in UrgentCall.CloseReason.values:
        raise Invalid(_("Choose a reason."), fields={"reason": [_("Choose a reason.")]})
    if reason == UrgentCall.CloseReason.OTHER and not note:
        raise Invalid(_("Say why."), fields={"note": [_("Say why.")]})
    if len(note) > LONGEST_NOTE:
        raise Invalid(_("At most 100 characters."), fields={"note": [_("At most 100 characters.")]})
    with transaction.atomic():
        fresh = held_call(urgent.pk)
        if fresh.is_running and fresh.stands_at == UrgentCall.Status.HELPED:
            raise WrongState(_("A carer is in the home: the call ends by itself."), code="carer_in_the_home")
        visit = fresh.visit if fresh.visit is not None and fresh.visit.status in UNSTARTED else None
        coming = Assignment.objects.filter(visit=visit, status=Assignment.Status.ACCEPTED)
        if visit is not None and not send_back and coming.exists():
            message = _("A carer has accepted and may be on the way. Say that the carer is to be sent back.")
            raise WrongState(message, code="carer_on_the_way")
        move(
            fresh,
            UrgentCall.Status.CLOSED,
            actor=actor,
            now=now,
            reason=reason,
            closed_by=actor,
            close_reason=reason,
            close_note=note,
            ended_at=now,
        )
        if visit is not None:
            why = ": ".join(filter(None, [str(fresh.get_close_reason_display()), note]))
            cancel_visit(visit=visit, reason=why, actor=actor, now=now)
    return fresh
