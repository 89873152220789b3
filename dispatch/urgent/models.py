"""Urgent help (助急): one call for help, its clock, and how it ended. Who was asked are the offers of its visit."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Elder, Visit
from people.transitions import Moves, TransitionEvent

ARRIVED = frozenset({Visit.Status.STARTED, Visit.Status.FINISHED, Visit.Status.VERIFIED, Visit.Status.DISPUTED})
LOOKING = frozenset({Visit.Status.OPEN, Visit.Status.PLANNED})


class UrgentCall(models.Model):
    """A call for help for one elder. It runs until a carer is in the home, or a person closes it with a reason.

    `visit` is empty when no order could be placed: then the alarm is all there is.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("urgent", "asking carers")
        ALARMED = "alarmed", pgettext_lazy("urgent", "nobody comes")  # a supervisor must act; carers are asked on
        TAKEN = "taken", pgettext_lazy("urgent", "a carer is coming")  # the visit is reserved
        HELPED = "helped", pgettext_lazy("urgent", "a carer has arrived")  # checked in at the home
        CLOSED = "closed", pgettext_lazy("urgent", "closed")  # by a named person, with a reason

    RUNNING = (Status.WAITING, Status.ALARMED, Status.TAKEN)

    MOVES: ClassVar[Moves] = {
        Status.WAITING: frozenset({Status.ALARMED, Status.TAKEN, Status.HELPED, Status.CLOSED}),
        Status.ALARMED: frozenset({Status.TAKEN, Status.HELPED, Status.CLOSED}),
        Status.TAKEN: frozenset({Status.WAITING, Status.HELPED, Status.CLOSED}),
        Status.HELPED: frozenset[str](),
        Status.CLOSED: frozenset[str](),
    }

    class CloseReason(models.TextChoices):
        AMBULANCE = "AMBULANCE", _("120 was called")
        NEIGHBOUR = "NEIGHBOUR", _("family or a neighbour helps")
        FALSE_ALARM = "FALSE_ALARM", _("false alarm")
        OTHER = "OTHER", _("other")

    elder = models.ForeignKey(Elder, on_delete=models.PROTECT, related_name="urgent_calls", verbose_name=_("elder"))
    visit = models.OneToOneField(
        Visit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="urgent_call",
        verbose_name=_("visit"),
        help_text=_("empty when no order could be placed"),
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    raised_at = models.DateTimeField(_("raised at"))
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("raised by"),
    )
    next_ask_at = models.DateTimeField(_("next carers asked at"))
    alarm_due_at = models.DateTimeField(_("alarm due at"))
    alarmed_at = models.DateTimeField(_("alarm since"), null=True, blank=True)
    alarm_reasons = models.JSONField(
        _("why the alarm"), default=list, blank=True, help_text=_("codes, with the number of carers they concern")
    )
    acknowledged_at = models.DateTimeField(_("taken in hand at"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("taken in hand by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("closed by"),
    )
    close_reason = models.CharField(_("reason"), max_length=12, choices=CloseReason, blank=True)
    close_note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("urgent call")
        verbose_name_plural = _("urgent calls")
        ordering = ["-raised_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_ask_at"], condition=Q(status__in=["waiting", "alarmed", "taken"]), name="urgent_running"
            ),
            models.Index(fields=["ended_at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["elder"],
                condition=Q(status__in=["waiting", "alarmed", "taken"]),
                name="urgent_one_running_per_elder",
            ),
            models.CheckConstraint(
                name="urgent_status",
                condition=Q(status__in=["waiting", "alarmed", "taken", "helped", "closed"]),
            ),
            models.CheckConstraint(
                name="urgent_closed_by_a_person_with_a_reason",
                condition=Q(status="closed", closed_by__isnull=False, ended_at__isnull=False) & ~Q(close_reason="")
                | ~Q(status="closed") & Q(closed_by__isnull=True, close_reason=""),
            ),
            models.CheckConstraint(
                name="urgent_other_is_explained", condition=~Q(close_reason="OTHER") | ~Q(close_note="")
            ),
            models.CheckConstraint(
                name="urgent_alarm_has_time", condition=~Q(status="alarmed") | Q(alarmed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.elder} · {self.get_status_display()}"

    @property
    def is_running(self) -> bool:
        """Whether somebody must still look after it."""
        return self.status in self.RUNNING

    @property
    def is_asking(self) -> bool:
        """Whether its visit still looks for a carer."""
        return self.visit is not None and self.visit.status in LOOKING

    @property
    def stands_at(self) -> "UrgentCall.Status":
        """The status that its visit gives it now, so that no screen disagrees with the visit; an ended call keeps its own.

        Nobody coming any more (cancelled, not done, given up) is an alarm: only a person may end it.
        """
        status = self.Status(self.status)
        if not self.is_running or self.visit is None:
            return status
        if self.visit.status in ARRIVED:
            return self.Status.HELPED
        if self.visit.status == Visit.Status.RESERVED:
            return self.Status.TAKEN
        if not self.is_asking:
            return self.Status.ALARMED
        return self.Status.WAITING if status == self.Status.TAKEN else status


class UrgentCallEvent(TransitionEvent):
    """A change of an urgent call's status, or the word of the supervisor who took it in hand."""

    subject = models.ForeignKey(
        UrgentCall, on_delete=models.PROTECT, related_name="events", verbose_name=_("urgent call")
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("urgent call event")
        verbose_name_plural = _("urgent call events")
