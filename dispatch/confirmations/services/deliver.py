"""Handing messages to the provider, and what comes back. Beat calls `deliver_due`; the rows are the record.

At least once: a worker that dies after the provider took a message leaves a claim that lapses, and it is sent again.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.providers import Message, Provider, ProviderError, TryLater, chosen_provider
from dispatch.confirmations.recipients import reach
from dispatch.visits.permissions import require_office
from orders.models import Visit, VisitEvent
from orders.services.reasons import required_reason
from people.errors import Conflict, LostRace, NotVisible
from people.transitions import move

Status = Confirmation.Status

# After each failed attempt; when none is left a person must look.
BACK_OFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
# No task outlives its time limit, so a claim this old belongs to a dead worker.
CLAIM = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
BATCH = 300
LONGEST_REFERENCE = 64  # characters, as its column

_log = structlog.get_logger(__name__)


def deliver_due(*, now: datetime) -> int:
    """How many messages the provider took. Two runs at once hand each message over once.

    What is soonest of no use goes first. When the provider is away the run ends: the others need not find out too.
    """
    _take_back_from_the_dead(now)
    provider = chosen_provider()
    due = Confirmation.objects.filter(status=Status.QUEUED, next_due_at__lte=now)
    taken = 0
    for row in due.order_by("expires_at", "pk")[:BATCH]:
        try:
            taken += _deliver(row, provider, now)
        except LostRace:
            continue  # another worker has it
        except TryLater as away:
            _log.warning("confirmation_provider_away", code=away.code)
            break
    return taken


def receive_report(*, reference: str, delivered: bool, code: str = "", now: datetime) -> Confirmation:
    """The message that the provider reports on, delivered or (with the provider's code) failed.

    A report on a message that no longer waits for one, such as a repeat, changes nothing.

    Raises:
        NotVisible: no message has this reference.
    """
    row = Confirmation.objects.filter(reference=_fitted(reference)).exclude(reference="").first()
    if row is None:
        raise NotVisible(_("There is no such message."))
    if row.status == Status.SENT:
        move(row, Status.DELIVERED if delivered else Status.FAILED, actor=None, now=now, reason=code[:200])
    return row


def send_again(*, confirmation: Confirmation, reason: str, actor: User | None, now: datetime) -> None:
    """Queue a message that was not delivered once more, in the same words, to the number that its person has now.

    Raises:
        NotAllowed: the actor is not of the office. Invalid: no reason.
        WrongState: it did not fail. Conflict: it would come too late ("too_late"), its words are not true any more
            ("out_of_date"), or the person has no phone now ("no_phone").
        LostRace: somebody else was faster.
    """
    require_office(actor)
    reason = required_reason(reason)
    if confirmation.expires_at <= now:
        raise Conflict(_("This message would come too late. Please call instead."), code="too_late")
    if _has_changed(confirmation):
        message = _("The visit has changed since this message was written. Please call and say how it stands now.")
        raise Conflict(message, code="out_of_date")
    recipient = reach([confirmation.person]).get(confirmation.person_id)
    if recipient is None:
        raise Conflict(_("No phone is recorded for this person."), code="no_phone")
    to = {"number": recipient.number, "channel": recipient.channel}
    move(confirmation, Status.QUEUED, actor=actor, now=now, reason=reason, attempts=0, next_due_at=now, **to)


def _take_back_from_the_dead(now: datetime) -> None:
    """What a worker claimed and never finished waits again."""
    for row in Confirmation.objects.filter(status=Status.SENDING, claimed_until__lte=now):
        as_read = Confirmation.objects.filter(pk=row.pk, status=Status.SENDING, claimed_until=row.claimed_until)
        with transaction.atomic():
            if as_read.update(status=Status.QUEUED, claimed_until=None) == 1:
                row.events.create(old=Status.SENDING, new=Status.QUEUED, reason="claim lapsed", actor=None, at=now)


def _deliver(row: Confirmation, provider: Provider, now: datetime) -> bool:
    """Whether the provider took the message. Raises LostRace, or TryLater once the next attempt is set."""
    if row.expires_at <= now:
        move(row, Status.EXPIRED, actor=None, now=now)
        return False
    if row.visit_id is not None and _has_changed(row):  # of a whole order the rest is still worth telling
        move(row, Status.CANCELLED, actor=None, now=now, reason="visit changed")
        return False
    if row.attempts > len(BACK_OFF):
        move(row, Status.FAILED, actor=None, now=now, reason="claim lapsed too often")
        return False
    move(row, Status.SENDING, actor=None, now=now, claimed_until=now + CLAIM, attempts=row.attempts + 1)
    message = Message(key=row.key, channel=row.channel, number=row.number, text=row.text)
    try:
        receipt = provider.send(message)  # outside any transaction: it may take seconds
    except TryLater as away:
        _try_again(row, away.code, now)
        raise
    except ProviderError as refusal:
        _end(row, Status.FAILED, now, reason=refusal.code)
        return False
    except SoftTimeLimitExceeded:
        raise  # our own time is up, not the provider's fault: the claim lapses, and the run ends here
    except Exception as fault:  # whatever broke, the message must end and say so; its words stay out of the log
        _log.error("confirmation_provider_broke", confirmation=row.pk, fault=type(fault).__name__)
        _end(row, Status.FAILED, now, reason=type(fault).__name__)
        return False
    _note_sent(row, receipt.reference, now)
    return True


def _has_changed(row: Confirmation) -> bool:
    """Whether a visit that the message is about changed after it was written, so that its words may be untrue.

    A plan that proposes a carer, or thinks better of it, changes nothing that was said; and cancelled is for good.
    """
    if row.kind == Confirmation.Kind.CANCELLED:
        return False
    about = Q(subject=row.visit_id) if row.visit_id is not None else Q(subject__order_item__order=row.order_id)
    opened, planned = Visit.Status.OPEN, Visit.Status.PLANNED
    unsaid = Q(old="") | Q(old=opened, new=planned) | Q(old=planned, new=opened)
    return VisitEvent.objects.filter(about, at__gt=row.created_at).exclude(unsaid).exists()


def _note_sent(row: Confirmation, reference: str, now: datetime) -> None:
    """The provider has the message, whatever it calls it: a reference that another message has is left out."""
    try:
        with transaction.atomic():
            _end(row, Status.SENT, now, reference=_fitted(reference))
    except IntegrityError:
        _log.warning("confirmation_reference_repeated", confirmation=row.pk)
        _end(row, Status.SENT, now, reason="reference repeated")


def _fitted(reference: str) -> str:
    """A provider's reference as it is stored; one that its column cannot hold is known by its digest."""
    fits = len(reference) <= LONGEST_REFERENCE and reference.isprintable()
    return reference if fits else sha256(reference.encode()).hexdigest()


def _try_again(row: Confirmation, code: str, now: datetime) -> None:
    if row.attempts > len(BACK_OFF):
        _end(row, Status.FAILED, now, reason=code)
    else:
        _end(row, Status.QUEUED, now, reason=code, next_due_at=now + BACK_OFF[row.attempts - 1])


def _end(row: Confirmation, to: Status, now: datetime, *, reason: str = "", **changes: object) -> None:
    """Give the claim up, with what came of the attempt."""
    move(row, to, actor=None, now=now, reason=reason[:200], claimed_until=None, **changes)
