"""What carers are told about their work, and where their phones take messages. The rows of `Notice` are the outbox."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Visit
from people.fields import EncryptedCharField, EncryptedTextField
from people.outbox import OutboxMessage
from people.transitions import Moves, TransitionEvent
from volunteers.models import Carer


def kinds() -> list[tuple[str, str]]:
    """Named by the migration instead of the list, so that a new kind needs none."""
    return list(Notice.Kind.choices)


class Notice(OutboxMessage):
    """One message to a carer. It stands in the app whatever its channel, and never names an elder or a home."""

    class Kind(models.TextChoices):
        OFFER = "OFFER", pgettext_lazy("notice", "new offer")
        POOL = "POOL", pgettext_lazy("notice", "open to all")
        WORK = "WORK", pgettext_lazy("notice", "new visit")  # accepted by contract: nothing to answer
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("notice", "no longer yours")
        CANCELLED = "CANCELLED", pgettext_lazy("notice", "visit cancelled")
        MOVED = "MOVED", pgettext_lazy("notice", "visit moved")
        CONFIRMED = "CONFIRMED", pgettext_lazy("notice", "both have accepted")
        FELL_APART = "FELL_APART", pgettext_lazy("notice", "the partner cannot come")
        LATE = "LATE", pgettext_lazy("notice", "not checked in")
        CERTIFICATE = "CERTIFICATE", pgettext_lazy("notice", "certificate ends soon")

    class Channel(models.TextChoices):
        PUSH = "PUSH", _("push message")
        SMS = "SMS", _("text message")
        WECHAT = "WECHAT", _("WeChat message")
        APP = "APP", _("in the app")

    # It stands in the app meanwhile: read there, it is delivered, wherever it was on its way.
    MOVES: ClassVar[Moves] = {
        **OutboxMessage.MOVES,
        **{
            status: OutboxMessage.MOVES[status] | {OutboxMessage.Status.DELIVERED}
            for status in (OutboxMessage.Status.QUEUED, OutboxMessage.Status.FAILED)
        },
    }

    carer = models.ForeignKey(Carer, on_delete=models.PROTECT, related_name="notices", verbose_name=_("carer"))
    kind = models.CharField(_("about"), max_length=16, choices=kinds)
    visit = models.ForeignKey(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="notices", verbose_name=_("visit")
    )
    channel = models.CharField(_("channel"), max_length=6, choices=Channel)
    address = EncryptedCharField(_("address"), max_length=200, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta(OutboxMessage.Meta):
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            *OutboxMessage.Meta.constraints,
            models.CheckConstraint(name="notice_channel", condition=Q(channel__in=["PUSH", "SMS", "WECHAT", "APP"])),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.carer}"


class NoticeEvent(TransitionEvent):
    """A change of a notice's status. Its reason is a code or a person's word, never the message."""

    subject = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="events", verbose_name=_("notice"))

    class Meta(TransitionEvent.Meta):
        verbose_name = _("notice event")
        verbose_name_plural = _("notice events")


class PushSubscription(models.Model):
    """Where one device takes push messages, and the keys that only it can read them with. It goes with the device's token."""

    token = models.OneToOneField("knox.AuthToken", on_delete=models.CASCADE, related_name="push_subscription")
    service = models.CharField(max_length=100)  # the host of its endpoint
    endpoint = EncryptedTextField()
    # A browser has one endpoint, whoever is logged in there: the next person's device takes it over.
    endpoint_index = models.CharField(max_length=64, unique=True, editable=False)
    public_key = EncryptedCharField(max_length=100)
    auth_secret = EncryptedCharField(max_length=32)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pk}@{self.service}"
