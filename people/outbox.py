"""Messages that leave the house: what every table of them has in common, and how they are queued. The rows are the outbox.

How they are handed over: `people/outbox_delivery.py`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from people.fields import EncryptedTextField
from people.transitions import Moves, move_all, record_births


class OutboxMessage(models.Model):
    """One message to one address, and how far it came. Its words are kept as they were when it was queued.

    A table of messages adds who and what it is about, and an event model whose foreign key `subject` calls back `events`.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("message", "waiting to be sent")
        SENDING = "sending", pgettext_lazy("message", "being sent")  # claimed by a worker until `claimed_until`
        SENT = "sent", pgettext_lazy("message", "sent")  # the provider has it
        DELIVERED = "delivered", pgettext_lazy("message", "delivered")  # by the provider's report, or the reader's
        FAILED = "failed", pgettext_lazy("message", "not delivered")  # a person must look: call, or send again
        CANCELLED = "cancelled", pgettext_lazy("message", "out of date")  # no longer true before it was sent
        EXPIRED = "expired", pgettext_lazy("message", "too late")  # of no use any more before it was sent

    MOVES: ClassVar[Moves] = {
        Status.QUEUED: frozenset({Status.SENDING, Status.FAILED, Status.CANCELLED, Status.EXPIRED}),
        Status.SENDING: frozenset({Status.QUEUED, Status.SENT, Status.FAILED}),
        Status.SENT: frozenset({Status.DELIVERED, Status.FAILED}),
        Status.FAILED: frozenset({Status.QUEUED}),
        Status.DELIVERED: frozenset(),
        Status.CANCELLED: frozenset(),
        Status.EXPIRED: frozenset(),
    }

    text = EncryptedTextField(_("words"))
    key = models.CharField(max_length=64, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_due_at = models.DateTimeField(_("next attempt"))
    expires_at = models.DateTimeField(_("of use until"))
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    reference = models.CharField(_("provider's reference"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("entered at"))

    events: Any

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["status", "next_due_at"])]
        constraints = [
            models.UniqueConstraint(fields=["reference"], condition=~Q(reference=""), name="%(class)s_reference_once"),
            models.CheckConstraint(
                name="%(class)s_status",
                condition=Q(
                    status__in=["queued", "sending", "sent", "delivered", "failed", "cancelled", "expired"],
                ),
            ),
            models.CheckConstraint(
                name="%(class)s_claimed_while_sending",
                condition=Q(status="sending", claimed_until__isnull=False)
                | (~Q(status="sending") & Q(claimed_until__isnull=True)),
            ),
        ]


Row = TypeVar("Row", bound=OutboxMessage)


def queue_once(
    rows: Sequence[Row],
    *,
    waiting: Q,
    replaced: Callable[[Row, Sequence[Row]], bool],
    actor: User | None,
    now: datetime,
) -> list[Row]:
    """The stored messages, in the same order: an event (its key) that was told already keeps its first message.

    `waiting` selects the messages that may be out of date now. Those of them that were not sent yet, and that `replaced` by
    the new ones, are never sent. Call it in the transaction of the change; a fixed number of queries for any number.
    """
    if not rows:
        return []
    table: Any = type(rows[0])._default_manager
    with transaction.atomic(savepoint=False):
        found = table.filter(Q(key__in=[row.key for row in rows]) | Q(waiting, status=OutboxMessage.Status.QUEUED))
        # Locked, so that a worker which claims one of them right now does not undo the change that is told of.
        stored: dict[str, Row] = {row.key: row for row in found.select_for_update().order_by("pk")}
        fresh = [row for row in rows if row.key not in stored]
        unsent = [row for row in stored.values() if row.status == OutboxMessage.Status.QUEUED]
        out_of_date = [row for row in unsent if replaced(row, fresh)]
        move_all(out_of_date, OutboxMessage.Status.CANCELLED, actor=actor, now=now, reason="superseded")
        stored |= {row.key: row for row in table.bulk_create(fresh)}
        record_births(fresh, actor=actor, now=now)
    return [stored[row.key] for row in rows]
