"""Telephone calls: the record that moves only forward, the raw events of the exchange, and what is left to call back."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.elders import Elder
from orders.models.orders import Order
from orders.wall_clock import local
from people.fields import EncryptedCharField, EncryptedTextField
from people.models import Person
from people.transitions import Moves, TransitionEvent


class CallRecord(models.Model):
    """One phone call, keyed by the exchange's callId; zero or more orders came of it.

    `number` is the other side's: the caller's, or of a call out the number called; empty when it is withheld.
    """

    class Status(models.TextChoices):
        RINGING = "ringing", pgettext_lazy("call", "ringing")
        ANSWERED = "answered", pgettext_lazy("call", "answered")
        ENDED = "ended", pgettext_lazy("call", "ended")
        MISSED = "missed", pgettext_lazy("call", "missed")

    MOVES: ClassVar[Moves] = {
        Status.RINGING: frozenset({Status.ANSWERED, Status.MISSED}),
        Status.ANSWERED: frozenset({Status.ENDED}),
        Status.MISSED: frozenset({Status.ENDED}),  # the word that somebody answered came after the hang-up
        Status.ENDED: frozenset(),
    }

    class Direction(models.TextChoices):
        IN = "in", pgettext_lazy("call", "in")
        OUT = "out", pgettext_lazy("call", "out")

    class WrapUp(models.TextChoices):
        ORDERED = "ordered", pgettext_lazy("wrap-up", "ordered")
        CHANGED = "changed", pgettext_lazy("wrap-up", "changed or cancelled")
        ASKED = "asked", pgettext_lazy("wrap-up", "asked something")
        COMPLAINT = "complaint", pgettext_lazy("wrap-up", "complaint")
        URGENT = "urgent", pgettext_lazy("wrap-up", "urgent help")
        WRONG_NUMBER = "wrong_number", pgettext_lazy("wrap-up", "wrong number")
        NO_ANSWER = "no_answer", pgettext_lazy("wrap-up", "nobody there")
        OTHER = "other", pgettext_lazy("wrap-up", "other")

    call_id = models.CharField(_("call id"), max_length=250, unique=True)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    number = EncryptedCharField(_("number"), max_length=64, blank=True, default="")
    number_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    number_tail = models.CharField(_("tail of the number"), max_length=4, blank=True, editable=False)
    queue = models.CharField(_("queue"), max_length=64, blank=True)
    rings_at_all = models.BooleanField(_("rings at every operator"), default=True)
    rings_at = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="+",
        verbose_name=_("rings at"),
    )
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
    wrap_up = models.CharField(_("wrap-up"), max_length=16, choices=WrapUp, blank=True)
    outcome = models.CharField(_("what came of it"), max_length=200, blank=True)
    wrapped_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("wrapped up by"),
    )
    wrapped_up_at = models.DateTimeField(_("wrapped up at"), null=True, blank=True)
    started_at = models.DateTimeField(_("rang at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["status", "started_at"])]
        constraints = [
            models.CheckConstraint(
                name="call_status_explained",
                condition=Q(status__in=["ringing", "answered"], ended_at__isnull=True)
                | Q(status__in=["ended", "missed"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="call_wrapped_up_by_somebody",
                condition=Q(wrap_up="", wrapped_up_by__isnull=True, wrapped_up_at__isnull=True)
                | (Q(wrapped_up_by__isnull=False, wrapped_up_at__isnull=False) & ~Q(wrap_up="")),
            ),
        ]

    def __str__(self) -> str:
        return self.call_id


class CallChange(TransitionEvent):
    """A change of a call: of its status, or (old and new alike) who was calling, what came of it, its orders."""

    subject = models.ForeignKey(CallRecord, on_delete=models.PROTECT, related_name="events", verbose_name=_("call"))

    class Meta(TransitionEvent.Meta):
        verbose_name = _("change of a call")
        verbose_name_plural = _("changes of calls")


class CallEvent(models.Model):
    """A raw event of the exchange, kept as it came; once per call and event.

    `payload` is JSON text of the fields that were sent, encrypted because it names numbers.
    """

    class Kind(models.TextChoices):
        NEW_CALL = "newCall", pgettext_lazy("call event", "new call")
        ANSWER = "answer", pgettext_lazy("call event", "answer")
        HANGUP = "hangup", pgettext_lazy("call event", "hang-up")

    call = models.ForeignKey(
        CallRecord,
        on_delete=models.PROTECT,
        related_name="raw_events",
        verbose_name=_("call"),
    )
    event = models.CharField(_("event"), max_length=8, choices=Kind)
    # None only in rows that are older than the column.
    payload = EncryptedTextField(_("as it was sent"), null=True, editable=False)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("call event")
        verbose_name_plural = _("call events")
        ordering = ["received_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["call", "event"], name="call_event_once")]

    def __str__(self) -> str:
        return self.event


class Extension(models.Model):
    """The telephone on an operator's desk: by its number hooks name the operator, from it calls out are made."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="extension",
        verbose_name=_("user"),
    )
    number = models.CharField(_("number"), max_length=32, unique=True)

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["number"]
        constraints = [models.CheckConstraint(name="extension_digits", condition=Q(number__regex=r"^[0-9]+$"))]

    def __str__(self) -> str:
        return self.number


class DialRequest(models.Model):
    """A call out that somebody asked for; the bridge takes it once and tells the exchange.

    First rings an operator's extension or, where that is empty, a telephone outside (E.164).
    """

    call = models.OneToOneField(
        CallRecord,
        on_delete=models.PROTECT,
        related_name="dial_request",
        verbose_name=_("call"),
    )
    extension = models.CharField(_("extension"), max_length=32, blank=True)
    first_number = EncryptedCharField(_("number that rings first"), max_length=64, blank=True, default="")
    requested_at = models.DateTimeField(_("asked for at"))
    taken_at = models.DateTimeField(_("taken by the bridge at"), null=True, blank=True)

    class Meta:
        verbose_name = _("request to dial")
        verbose_name_plural = _("requests to dial")
        ordering = ["requested_at", "pk"]
        indexes = [models.Index(fields=["taken_at", "requested_at"])]

    def __str__(self) -> str:
        return self.extension


class CallBack(models.Model):
    """Somebody who is to be called: at most one open row for a number."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("call-back", "due")
        DONE = "done", pgettext_lazy("call-back", "done")

    MOVES: ClassVar[Moves] = {Status.OPEN: frozenset({Status.DONE}), Status.DONE: frozenset()}

    class Why(models.TextChoices):
        MISSED = "missed", pgettext_lazy("call-back", "missed call")
        PROMISED = "promised", pgettext_lazy("call-back", "promised")
        NOT_SERVED = "not_served", pgettext_lazy("call-back", "not served")

    number = EncryptedCharField(_("number"), max_length=64)
    number_index = models.CharField(max_length=64, db_index=True, editable=False)
    number_tail = models.CharField(_("tail of the number"), max_length=4, editable=False)
    call = models.ForeignKey(
        CallRecord,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="call_backs",
        verbose_name=_("call"),
    )
    person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="call_backs",
        verbose_name=_("person"),
    )
    elder = models.ForeignKey(
        Elder,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="call_backs",
        verbose_name=_("elder"),
    )
    why = models.CharField(_("why"), max_length=12, choices=Why)
    status = models.CharField(_("status"), max_length=4, choices=Status, default=Status.OPEN)
    due_at = models.DateTimeField(_("due at"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("done by"),
    )
    outcome = models.CharField(_("what came of it"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("call-back")
        verbose_name_plural = _("call-backs")
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["status", "due_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["number_index"],
                condition=Q(status="open"),
                name="call_back_one_open_per_number",
            ),
            models.CheckConstraint(
                name="call_back_status_explained",
                condition=Q(status="open", done_at__isnull=True, done_by__isnull=True)
                | Q(status="done", done_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"*{self.number_tail}"

    @property
    def word(self) -> str:
        """Why and for when it is owed, to the minute: what was said last."""
        return f"{self.why} {local(self.due_at):%Y-%m-%d %H:%M}"


class CallBackEvent(TransitionEvent):
    """A change of a call-back's status."""

    subject = models.ForeignKey(
        CallBack,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("call-back"),
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("call-back event")
        verbose_name_plural = _("call-back events")
