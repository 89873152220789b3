"""What people are told about their orders: one message to one number, and how far it came. The rows are the outbox."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Order, Visit
from people.fields import EncryptedCharField, EncryptedTextField
from people.models import Person
from people.transitions import Moves, TransitionEvent


class Confirmation(models.Model):
    """One message about an order or one visit of it. Its words and number are kept as they were when it was queued."""

    class Kind(models.TextChoices):
        ORDER_PLACED = "ORDER_PLACED", pgettext_lazy("message", "order placed")
        RESERVED = "RESERVED", pgettext_lazy("message", "who comes and when")
        LET_DOWN = "LET_DOWN", pgettext_lazy("message", "the carer announced cannot come")
        MOVED = "MOVED", pgettext_lazy("message", "moved to another time")
        CANCELLED = "CANCELLED", pgettext_lazy("message", "service cancelled")
        NOT_SERVED = "NOT_SERVED", pgettext_lazy("message", "nobody could come")

    class Channel(models.TextChoices):
        SMS = "SMS", _("text message")
        VOICE = "VOICE", _("voice call")

    class Status(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("message", "waiting to be sent")
        SENDING = "sending", pgettext_lazy("message", "being sent")  # claimed by a worker until `claimed_until`
        SENT = "sent", pgettext_lazy("message", "sent")  # the provider has it
        DELIVERED = "delivered", pgettext_lazy("message", "delivered")  # by the provider's report
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

    kind = models.CharField(_("about"), max_length=12, choices=Kind)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="confirmations", verbose_name=_("order"))
    visit = models.ForeignKey(
        Visit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="confirmations",
        verbose_name=_("visit"),
        help_text=_("empty: the whole order"),
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="confirmations", verbose_name=_("who is told")
    )
    channel = models.CharField(_("channel"), max_length=5, choices=Channel)
    number = EncryptedCharField(_("number"), max_length=32)
    text = EncryptedTextField(_("words"))
    key = models.CharField(max_length=64, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_due_at = models.DateTimeField(_("next attempt"))
    expires_at = models.DateTimeField(_("of use until"))
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    reference = models.CharField(_("provider's reference"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["status", "next_due_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="confirmation_reference_once"
            ),
            models.CheckConstraint(
                name="confirmation_kind",
                condition=Q(kind__in=["ORDER_PLACED", "RESERVED", "LET_DOWN", "MOVED", "CANCELLED", "NOT_SERVED"]),
            ),
            models.CheckConstraint(name="confirmation_channel", condition=Q(channel__in=["SMS", "VOICE"])),
            models.CheckConstraint(
                name="confirmation_status",
                condition=Q(
                    status__in=["queued", "sending", "sent", "delivered", "failed", "cancelled", "expired"],
                ),
            ),
            models.CheckConstraint(
                name="confirmation_claimed_while_sending",
                condition=Q(status="sending", claimed_until__isnull=False)
                | (~Q(status="sending") & Q(claimed_until__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.person}"


class ConfirmationEvent(TransitionEvent):
    """A change of a confirmation's status. Its reason is a code or a person's word, never the message."""

    subject = models.ForeignKey(
        Confirmation, on_delete=models.PROTECT, related_name="events", verbose_name=_("confirmation")
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("confirmation event")
        verbose_name_plural = _("confirmation events")
