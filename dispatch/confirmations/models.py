"""What people are told about their orders: one message to one number, and how far it came. The rows are the outbox."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Order, Visit
from people.fields import EncryptedCharField
from people.models import Person
from people.outbox import OutboxMessage
from people.transitions import TransitionEvent


class Confirmation(OutboxMessage):
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

    class Meta(OutboxMessage.Meta):
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        constraints = [
            *OutboxMessage.Meta.constraints,
            models.CheckConstraint(
                name="confirmation_kind",
                condition=Q(kind__in=["ORDER_PLACED", "RESERVED", "LET_DOWN", "MOVED", "CANCELLED", "NOT_SERVED"]),
            ),
            models.CheckConstraint(name="confirmation_channel", condition=Q(channel__in=["SMS", "VOICE"])),
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
