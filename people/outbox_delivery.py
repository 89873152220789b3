"""Handing messages of an outbox over, and what comes back. Beat calls it for each table; the rows are the record.

At least once: a worker that dies after the provider took a message leaves a claim that lapses, and it is sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Generic

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from people.errors import Conflict, LostRace, NotVisible
from people.outbox import OutboxMessage, Row
from people.outbox_providers import ProviderError, Receipt, TryLater
from people.transitions import move

Status = OutboxMessage.Status

# After each failed attempt; when none is left a person must look.
BACK_OFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
# No task outlives its time limit, so a claim this old belongs to a dead worker.
CLAIM = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
BATCH = 300
LONGEST_REFERENCE = 64  # characters, as its column

_log = structlog.get_logger(__name__)


def _the_only_one(row: Any) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Carriage(Generic[Row]):
    """How one table's messages leave: `hand_over` calls the provider, `out_of_date` says why one is not sent any more ("":
    it is), and `lane` names the provider that is away when one must wait."""

    hand_over: Callable[[Row], Receipt]
    out_of_date: Callable[[Row], str]
    lane: Callable[[Row], str] = _the_only_one


def deliver(rows: "QuerySet[Row]", carriage: Carriage[Row], *, now: datetime) -> int:
    """How many messages of the table the providers took. Two runs at once hand each message over once.

    What is soonest of no use goes first. When a provider is away its lane rests: its others need not find out too.
    """
    _take_back_from_the_dead(rows, now)
    due = rows.filter(status=Status.QUEUED, next_due_at__lte=now)
    taken, away = 0, set()
    for row in due.order_by("expires_at", "pk")[:BATCH]:
        lane = carriage.lane(row)
        if lane in away:
            continue
        try:
            taken += _deliver(row, carriage, now)
        except LostRace:
            continue  # another worker has it
        except TryLater as refusal:
            _log.warning(f"{_name(row)}_provider_away", lane=lane, code=refusal.code)
            away.add(lane)
    return taken


def take_report(rows: "QuerySet[Row]", *, reference: str, delivered: bool, code: str, now: datetime) -> Row:
    """The message that a provider reports on, delivered or (with the provider's code) failed.

    A report on a message that no longer waits for one, such as a repeat, changes nothing.

    Raises:
        NotVisible: no message has this reference.
    """
    row = rows.filter(reference=_fitted(reference)).exclude(reference="").first()
    if row is None:
        raise NotVisible(_("There is no such message."))
    if row.status == Status.SENT:
        move(row, Status.DELIVERED if delivered else Status.FAILED, actor=None, now=now, reason=code[:200])
    return row


def require_still_of_use(row: OutboxMessage, now: datetime) -> None:
    """Raises Conflict ("too_late") when a message that is to be sent again would come too late."""
    if row.expires_at <= now:
        raise Conflict(_("This message would come too late. Please call instead."), code="too_late")


def queue_again(row: OutboxMessage, *, reason: str, actor: User | None, now: datetime, **to: object) -> None:
    """A message that was not delivered waits once more with all its attempts; `to`: the address it has now.

    Raises:
        WrongState: it did not fail. LostRace: somebody else was faster.
    """
    move(row, Status.QUEUED, actor=actor, now=now, reason=reason, attempts=0, next_due_at=now, **to)


def _take_back_from_the_dead(rows: "QuerySet[Row]", now: datetime) -> None:
    """What a worker claimed and never finished waits again."""
    for row in rows.filter(status=Status.SENDING, claimed_until__lte=now):
        as_read = rows.filter(pk=row.pk, status=Status.SENDING, claimed_until=row.claimed_until)
        with transaction.atomic():
            if as_read.update(status=Status.QUEUED, claimed_until=None) == 1:
                row.events.create(old=Status.SENDING, new=Status.QUEUED, reason="claim lapsed", actor=None, at=now)


def _deliver(row: Row, carriage: Carriage[Row], now: datetime) -> bool:
    """Whether the provider took the message. Raises LostRace, or TryLater once the next attempt is set."""
    if row.expires_at <= now:
        move(row, Status.EXPIRED, actor=None, now=now)
        return False
    if why := carriage.out_of_date(row):
        move(row, Status.CANCELLED, actor=None, now=now, reason=why)
        return False
    if row.attempts > len(BACK_OFF):
        move(row, Status.FAILED, actor=None, now=now, reason="claim lapsed too often")
        return False
    move(row, Status.SENDING, actor=None, now=now, claimed_until=now + CLAIM, attempts=row.attempts + 1)
    try:
        receipt = carriage.hand_over(row)  # outside any transaction: it may take seconds
    except TryLater as away:
        _try_again(row, away.code, now)
        raise
    except ProviderError as refusal:
        _end(row, Status.FAILED, now, reason=refusal.code)
        return False
    except SoftTimeLimitExceeded:
        raise  # our own time is up, not the provider's fault: the claim lapses, and the run ends here
    except Exception as fault:  # whatever broke, the message must end and say so; its words stay out of the log
        _log.error(f"{_name(row)}_provider_broke", pk=row.pk, fault=type(fault).__name__)
        _end(row, Status.FAILED, now, reason=type(fault).__name__)
        return False
    _note_sent(row, receipt.reference, now)
    return True


def _note_sent(row: OutboxMessage, reference: str, now: datetime) -> None:
    """The provider has the message, whatever it calls it: a reference that another message has is left out."""
    try:
        with transaction.atomic():
            _end(row, Status.SENT, now, reference=_fitted(reference))
    except IntegrityError:
        _log.warning(f"{_name(row)}_reference_repeated", pk=row.pk)
        _end(row, Status.SENT, now, reason="reference repeated")


def _fitted(reference: str) -> str:
    """A provider's reference as it is stored; one that its column cannot hold is known by its digest."""
    fits = len(reference) <= LONGEST_REFERENCE and reference.isprintable()
    return reference if fits else sha256(reference.encode()).hexdigest()


def _try_again(row: OutboxMessage, code: str, now: datetime) -> None:
    if row.attempts > len(BACK_OFF):
        _end(row, Status.FAILED, now, reason=code)
    else:
        _end(row, Status.QUEUED, now, reason=code, next_due_at=now + BACK_OFF[row.attempts - 1])


def _end(row: OutboxMessage, to: Status, now: datetime, *, reason: str = "", **changes: object) -> None:
    """Give the claim up, with what came of the attempt."""
    move(row, to, actor=None, now=now, reason=reason[:200], claimed_until=None, **changes)


def _name(row: OutboxMessage) -> str:
    return row._meta.model_name or ""
