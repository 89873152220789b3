"""Keeping what a carer's phone tells besides the checks: in any order, any number of times, days late, each once."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dispatch.visits.evidence import read_clock
from dispatch.visits.hold import hold_visit
from dispatch.visits.models import Assignment, Departure, VisitNote, VisitPhoto
from dispatch.visits.models.on_site import FromThePhone
from dispatch.visits.permissions import require_may_act_for
from dispatch.visits.photo import redraw
from dispatch.visits.services.check import NEVER_PROMISED
from people.errors import Conflict, Invalid, WrongState
from people.transitions import state_label

Message = TypeVar("Message", bound=FromThePhone)

LONGEST_NOTE = 1_000  # characters
MOST_PHOTOS = 6  # of one piece of work: a doorway, a meal, a receipt; not an album


def record_departure(
    *,
    assignment: Assignment,
    client_id: UUID,
    device_time: datetime,
    sent_at: datetime | None = None,
    actor: User | None,
    now: datetime,
) -> Departure:
    """The stored departure; a repeat (same `client_id`) gets the row of the first send, with `is_repeat` set.

    Raises:
        NotAllowed: the actor may not act for this carer.
        WrongState: the work was never accepted. Conflict: the id belongs to other work.
    """
    message = Departure(client_id=client_id, device_time=device_time, sent_at=sent_at)
    return _keep(message, assignment, actor=actor, now=now)


def write_note(
    *,
    assignment: Assignment,
    text: str,
    client_id: UUID,
    device_time: datetime,
    sent_at: datetime | None = None,
    actor: User | None,
    now: datetime,
) -> VisitNote:
    """The stored note of 1 to 1,000 characters; a repeat gets the row of the first send.

    Raises:
        Invalid: nothing is written, or too much. Otherwise as `record_departure`.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE:
        refusal = _("Write between 1 and %(most)d characters.") % {"most": LONGEST_NOTE}
        raise Invalid(refusal, fields={"text": [refusal]})
    message = VisitNote(client_id=client_id, device_time=device_time, sent_at=sent_at, text=text)
    return _keep(message, assignment, actor=actor, now=now)


def keep_photo(
    *,
    assignment: Assignment,
    photo: bytes,
    client_id: UUID,
    device_time: datetime,
    sent_at: datetime | None = None,
    actor: User | None,
    now: datetime,
) -> VisitPhoto:
    """The stored photo, drawn anew (`dispatch.visits.photo`); a repeat gets the row of the first send.

    Raises:
        Invalid: no photo, or one that is too large ("photo").
        Conflict: there are six photos of this work already ("enough_photos"). Otherwise as `record_departure`.
    """
    drawn = redraw(photo)  # before any lock: it takes a while
    message = VisitPhoto(
        client_id=client_id,
        device_time=device_time,
        sent_at=sent_at,
        image=drawn.jpeg,
        width=drawn.width,
        height=drawn.height,
    )
    return _keep(message, assignment, actor=actor, now=now)


@transaction.atomic
def _keep(message: Message, assignment: Assignment, *, actor: User | None, now: datetime) -> Message:
    """Store the message under the lock of its visit, by which two sends of one message come one after the other."""
    require_may_act_for(actor, assignment.carer)
    hold_visit(assignment.visit_id)
    rows: Any = type(message)._default_manager
    if stored := rows.filter(client_id=message.client_id).first():
        if stored.assignment_id != assignment.pk:
            raise Conflict(_("This message id was used for other work."), code="event_id_reused")
        stored.is_repeat = True
        return stored  # type: ignore[no-any-return]
    fresh = Assignment.objects.get(pk=assignment.pk)
    if fresh.status in NEVER_PROMISED:
        raise WrongState(
            _("Accept this work first: it is “%(state)s”.") % {"state": state_label(fresh)}, code="not_accepted"
        )
    if isinstance(message, VisitPhoto) and rows.filter(assignment=fresh).count() >= MOST_PHOTOS:
        raise Conflict(
            _("There are %(most)d photos of this visit already.") % {"most": MOST_PHOTOS}, code="enough_photos"
        )
    message.assignment = fresh
    message.actor, message.server_time = actor, now
    message.told_at = read_clock(device_time=message.device_time, sent_at=message.sent_at, now=now).evidence_time
    message.save(force_insert=True)
    return message
