"""Telephone calls: the record that moves only forward, and the raw events of the exchange."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.orders import Order
from people.fields import EncryptedCharField
from people.models import Person


class CallRecord(models.Model):
    """One phone call, keyed by the exchange's callId; zero or more orders came of it."""

    class Status(models.TextChoices):
        RINGING = "ringing", pgettext_lazy("call", "ringing")
        ANSWERED = "answered", pgettext_lazy("call", "answered")
        ENDED = "ended", pgettext_lazy("call", "ended")
        MISSED = "missed", pgettext_lazy("call", "missed")

    call_id = models.CharField(_("call id"), max_length=250, unique=True)
    direction = models.CharField(
        _("direction"),
        max_length=3,
        choices=[("in", pgettext_lazy("call", "in")), ("out", pgettext_lazy("call", "out"))],
    )
    number = EncryptedCharField(_("number"), max_length=32, blank=True, default="")
    number_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    number_tail = models.CharField(_("tail of the number"), max_length=4, blank=True, editable=False)
    queue = models.CharField(_("queue"), max_length=64, blank=True)
    person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="calls",
        verbose_name=_("caller"),
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("answered by"),
    )
    orders = models.ManyToManyField(Order, blank=True, related_name="calls", verbose_name=_("orders"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.RINGING)
    cause = models.CharField(pgettext_lazy("call", "cause"), max_length=64, blank=True)
    outcome = models.CharField(_("what came of it"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("rang at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return self.call_id


class CallEvent(models.Model):
    """A raw event of the exchange, kept as it came; once per call and event."""

    call = models.ForeignKey(
        CallRecord,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("call"),
    )
    event = models.CharField(_("event"), max_length=8)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("call event")
        verbose_name_plural = _("call events")
        ordering = ["received_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["call", "event"], name="call_event_once")]

    def __str__(self) -> str:
        return self.event
