"""Complaints: taken down by operators, looked into and settled by administrators before the deadline."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from orders.models import CallRecord, Complaint, Elder, Order, Visit
from orders.selectors import complaints_visible_to, elders_visible_to
from orders.services.reasons import required_reason
from people import policy
from people.clock import local_date
from people.errors import Invalid, NotAllowed, Text
from people.form_keys import KeyReused, refuse_other_input
from people.models import Person
from people.roles import Role, has_role
from people.transitions import move, record_birth

LONGEST_TEXT = 2000

FILERS = (Role.OPERATOR, Role.ADMINISTRATOR)
TAKERS_UP = (Role.DISPATCHER, Role.ADMINISTRATOR)
SETTLERS = (Role.ADMINISTRATOR,)

Status = Complaint.Status


def file_complaint(
    *,
    key: UUID,
    digest: UUID | None = None,
    elder: Elder,
    complained_by: Person,
    text: str,
    order: Order | None = None,
    visit: Visit | None = None,
    call: CallRecord | None = None,
    actor: User,
    now: datetime,
) -> Complaint:
    """An open complaint, to be settled within the county's `complaint_days`; a repeat of the key returns the first.
    `digest` marks what was typed, so that a key sent again with other input is noticed.

    A visit brings its order along.

    Raises:
        NotAllowed: the actor takes no complaints, or does not see the elder.
        Invalid: no text or too long, or the visit or order is another elder's.
        AlreadyEntered: the key made a complaint of other input. KeyReused: it made another elder's complaint.
    """
    if not has_role(actor, *FILERS) or not elders_visible_to(actor).filter(pk=elder.pk).exists():
        raise NotAllowed(_("Only operators take complaints down."))
    text = _required_text(text, "text")
    if visit is not None:
        order = visit.order_item.order
    if (visit is not None and visit.elder_id != elder.pk) or (order is not None and order.elder_id != elder.pk):
        message = _("This is about another elder.")
        raise Invalid(message, fields={"visit": [message]})
    try:
        with transaction.atomic():
            complaint = Complaint.objects.create(
                key=key,
                digest=digest,
                elder=elder,
                complained_by=complained_by,
                order=order,
                visit=visit,
                call=call,
                text=text,
                received_at=now,
                deadline=_deadline(now),
            )
            record_birth(complaint, actor=actor, now=now)
    except IntegrityError:
        if (first := Complaint.objects.filter(key=key).first()) is None:
            raise
        if first.elder_id != elder.pk:
            raise KeyReused from None
        refuse_other_input(kept=first.digest, sent=digest, saved=first.pk)
        return first
    return complaint


def take_up(*, complaint: Complaint, actor: User, now: datetime) -> None:
    """Look into a complaint that is open or reopened; the actor is the one to ask from now on.

    Raises:
        NotAllowed: the actor is neither administrator nor dispatcher of the elder's town.
        WrongState, LostRace: somebody looks into it already, or it is settled.
    """
    _require(complaint, actor, *TAKERS_UP)
    move(complaint, Status.INVESTIGATING, actor=actor, now=now, handled_by=actor)


def resolve(*, complaint: Complaint, findings: str, outcome: str, actor: User, now: datetime) -> None:
    """Settle a complaint that was looked into, with what was found and what came of it.

    Raises:
        NotAllowed: the actor is no administrator. Invalid: no findings, or no such outcome.
        WrongState, LostRace: nobody looked into it yet, or it is settled.
    """
    _require(complaint, actor, *SETTLERS)
    if outcome not in Complaint.Outcome.values:
        message = _("Choose what came of it.")
        raise Invalid(message, fields={"outcome": [message]})
    found = _grown(complaint, findings, now)
    move(complaint, Status.RESOLVED, actor=actor, now=now, reason=outcome, findings=found, outcome=outcome)


def reject(*, complaint: Complaint, findings: str, actor: User, now: datetime) -> None:
    """Find a complaint groundless, and say what was found. Raises as `resolve`."""
    _require(complaint, actor, *SETTLERS)
    move(complaint, Status.REJECTED, actor=actor, now=now, findings=_grown(complaint, findings, now))


def reopen(*, complaint: Complaint, reason: str, actor: User, now: datetime) -> None:
    """Open a settled complaint again, with a new deadline; what was found stays, the outcome stays in its history.

    Raises:
        NotAllowed: the actor is no administrator. Invalid: no reason. WrongState, LostRace: it is not settled.
    """
    _require(complaint, actor, *SETTLERS)
    reason = required_reason(reason)
    move(complaint, Status.REOPENED, actor=actor, now=now, reason=reason, outcome="", deadline=_deadline(now))


def _require(complaint: Complaint, actor: User, *roles: Role) -> None:
    if not has_role(actor, *roles) or not complaints_visible_to(actor).filter(pk=complaint.pk).exists():
        raise NotAllowed(_("You may not settle this complaint."))


def _deadline(now: datetime) -> date:
    today = local_date(now)
    return today + timedelta(days=policy.minutes("complaint_days", on=today))


def _grown(complaint: Complaint, findings: str, now: datetime) -> str:
    """All that was ever found, each time with its day."""
    entry = f"{local_date(now)} {_required_text(findings, 'findings')}"
    return f"{complaint.findings}\n{entry}".strip()


def _required_text(text: str, field: str) -> str:
    text = text.strip()
    if text and len(text) <= LONGEST_TEXT:
        return text
    message: Text = _("At most 2000 characters.") if text else _("Write what it is about.")
    raise Invalid(message, fields={field: [message]})
