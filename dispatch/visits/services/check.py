"""Check-in and check-out: keep the raw event, write doubts down, and let state follow the evidence.

Events may come in any order, any number of times, days late: each is stored once, and the state is derived from all
of them, so that the order of arrival does not matter. Doubts never block a check.
"""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from dispatch.visits.evidence import Presence, presence, read_clock
from dispatch.visits.flags import Doubt, doubts_of_event, doubts_of_leg, raise_flags
from dispatch.visits.hold import hold_visit
from dispatch.visits.models import Assignment, CheckEvent, Flag
from dispatch.visits.permissions import require_may_act_for
from dispatch.visits.refusals import refusals_in_plain_words
from dispatch.visits.services.verify import settle
from orders.models import Visit
from orders.services.visits import move_visit
from people import policy
from people.errors import Conflict, Invalid, NotAllowed, WrongState
from people.transitions import move, state_label

NEVER_PROMISED = (
    Assignment.Status.PROPOSED,
    Assignment.Status.OFFERED,
    Assignment.Status.DECLINED,
    Assignment.Status.EXPIRED,
)
UNCONFIRMED = (Visit.Status.OPEN, Visit.Status.PLANNED)
UNSETTLED = (Visit.Status.RESERVED, Visit.Status.STARTED, Visit.Status.FINISHED, Visit.Status.DISPUTED)
BY_THE_OFFICE = (CheckEvent.Source.MANUAL, CheckEvent.Source.PHONE)


@policy.read_once()
def record_check(
    *,
    assignment: Assignment,
    client_id: UUID,
    kind: str,
    source: str,
    device_time: datetime,
    sent_at: datetime | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    accuracy_metres: int | None = None,
    code: str = "",
    device: str = "",
    actor: User | None,
    now: datetime,
) -> CheckEvent:
    """The stored event; a repeat (same `client_id`) gets the row of the first send, with `is_repeat` set.

    Moves the assignment and the visit as far as the evidence goes, and verifies a visit that is over.

    Raises:
        NotAllowed: the actor may not check for this carer, or not by this means.
        Invalid: half a position.
        WrongState: the work was never accepted, or its double-up is not confirmed by both.
        Conflict: the event id belongs to another check.
    """
    for_another = require_may_act_for(actor, assignment.carer)
    if actor is not None and for_another != (source in BY_THE_OFFICE):
        raise NotAllowed(_("The office enters checks by hand or by telephone; carers check in with the app."))
    if (latitude is None) != (longitude is None):
        raise Invalid(_("A position needs both figures."), fields={"latitude": [_("A position needs both figures.")]})
    with refusals_in_plain_words():
        visit = hold_visit(assignment.visit_id).visit
        if repeat := _stored(assignment, client_id, kind):
            return repeat
        fresh = held_assignment(assignment.pk, visit)
        _require_promise(fresh, visit)
        clock = read_clock(device_time=device_time, sent_at=sent_at, now=now)
        event = CheckEvent.objects.create(
            assignment=fresh,
            client_id=client_id,
            kind=kind,
            source=source,
            device_time=device_time,
            sent_at=sent_at,
            server_time=now,
            evidence_time=clock.evidence_time,
            latitude=latitude,
            longitude=longitude,
            accuracy_metres=accuracy_metres,
            device=device,
            actor=actor,
        )
        doubts = doubts_of_event(event, code=code, skew=clock.skew if clock.is_off else None)
        raise_flags(fresh, doubts, actor=actor, now=now)
        follow_evidence(fresh, visit, actor=actor, now=now)
    return event


def held_assignment(pk: int, visit: Visit) -> Assignment:
    """The assignment as it stands, on its held visit."""
    assignment = Assignment.objects.select_related("carer__person").get(pk=pk)
    assignment.visit = visit
    return assignment


def follow_evidence(assignment: Assignment, visit: Visit, *, actor: User | None, now: datetime) -> None:
    """Move a held visit and its assignment to where the evidence has come by now. Work settled or taken back stays."""
    there = presence(assignment)
    if visit.status not in UNSETTLED or not assignment.is_live or there.start is None:
        return
    status = Assignment.Status
    if assignment.status == status.ACCEPTED:
        move(assignment, status.CHECKED_IN, actor=actor, now=now, started_at=there.start)
        if visit.status == Visit.Status.RESERVED:
            move_visit(visit=visit, to=Visit.Status.STARTED, actor=actor, now=now)
    if assignment.status == status.CHECKED_IN and there.end is not None:
        move(assignment, status.CHECKED_OUT, actor=actor, now=now, started_at=there.start, ended_at=there.end)
    else:
        _bring_up_to_date(assignment, there)
    if assignment.status == status.CHECKED_OUT:
        raise_flags(assignment, doubts_of_leg(assignment), actor=actor, now=now)
        finish_if_over(visit, actor=actor, now=now)


def finish_if_over(visit: Visit, *, actor: User | None, now: datetime) -> None:
    """Finish a held, started visit once every carer has left; a second carer who never came is a doubt."""
    if visit.status != Visit.Status.STARTED:
        return
    live = Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE)
    legs = list(live.select_related("carer__person").order_by("carer_id"))
    if not legs or any(leg.status != Assignment.Status.CHECKED_OUT for leg in legs):
        return
    if len(legs) < visit.carers_needed:
        missing = Doubt(Flag.Code.PARTNER_MISSING, {"came": len(legs), "needed": visit.carers_needed})
        raise_flags(legs[0], [missing], actor=actor, now=now)
    move_visit(visit=visit, to=Visit.Status.FINISHED, actor=actor, now=now)
    settle(visit, legs, actor=actor, now=now)


def _stored(assignment: Assignment, client_id: UUID, kind: str) -> CheckEvent | None:
    event = CheckEvent.objects.filter(client_id=client_id).select_related("assignment__visit").first()
    if event is None:
        return None
    if event.assignment_id != assignment.pk or event.kind != kind:
        raise Conflict(_("This event id was used for another check."), code="event_id_reused")
    event.is_repeat = True
    return event


def _require_promise(assignment: Assignment, visit: Visit) -> None:
    if assignment.status in NEVER_PROMISED:
        raise WrongState(
            _("Accept this work first: it is “%(state)s”.") % {"state": state_label(assignment)},
            code="not_accepted",
        )
    if assignment.is_live and visit.status in UNCONFIRMED:
        raise WrongState(_("The second carer has not accepted yet."), code="not_confirmed")


def _bring_up_to_date(assignment: Assignment, there: Presence) -> None:
    """Take over times that an event or a correction changed after the status had moved."""
    times = {"started_at": there.start}
    if assignment.status == Assignment.Status.CHECKED_OUT:
        times["ended_at"] = there.end
    if any(getattr(assignment, name) != value for name, value in times.items()):
        Assignment.objects.filter(pk=assignment.pk, status=assignment.status).update(**times)
        for name, value in times.items():
            setattr(assignment, name, value)
