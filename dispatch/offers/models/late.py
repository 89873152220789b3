"""Accepted work whose carer has not checked in: who was told, and how it ended."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dispatch.visits.models import Assignment
from people.transitions import Moves, TransitionEvent


class LateAlarm(models.Model):
    """The alarm about one assignment. Each step counts from `told_at`, when the platform first found the carer late."""

    class Status(models.TextChoices):
        CARER_TOLD = "carer_told", pgettext_lazy("late", "carer told")  # by a notice
        RAISED = "raised", pgettext_lazy("late", "not checked in")  # stands before the dispatcher
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("late", "in hand")  # somebody said what was done
        ARRIVED = "arrived", pgettext_lazy("late", "checked in after all")
        MISSED = "missed", pgettext_lazy("late", "did not come")  # the platform said so itself
        DROPPED = "dropped", pgettext_lazy("late", "no longer expected")  # taken back, moved, or ended by a person

    RUNNING = (Status.CARER_TOLD, Status.RAISED, Status.ACKNOWLEDGED)

    MOVES: ClassVar[Moves] = {
        Status.CARER_TOLD: frozenset({Status.RAISED, Status.ARRIVED, Status.DROPPED}),
        Status.RAISED: frozenset({Status.ACKNOWLEDGED, Status.ARRIVED, Status.MISSED, Status.DROPPED}),
        Status.ACKNOWLEDGED: frozenset({Status.ARRIVED, Status.MISSED, Status.DROPPED}),
        Status.ARRIVED: frozenset[str](),
        Status.MISSED: frozenset({Status.ARRIVED}),  # by evidence that came later
        Status.DROPPED: frozenset({Status.CARER_TOLD}),  # late again after the work was moved
    }

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, related_name="late_alarm", verbose_name=_("assignment")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.CARER_TOLD)
    told_at = models.DateTimeField(_("found late at"))

    class Meta:
        verbose_name = _("late alarm")
        verbose_name_plural = _("late alarms")
        ordering = ["-told_at", "-pk"]
        indexes = [models.Index(fields=["status", "told_at"], name="late_alarm_running")]
        constraints = [
            models.CheckConstraint(
                name="late_alarm_status",
                condition=Q(status__in=["carer_told", "raised", "acknowledged", "arrived", "missed", "dropped"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} · {self.get_status_display()}"


class LateAlarmEvent(TransitionEvent):
    """A change of a late alarm's status; of one in hand, the word on what was done."""

    subject = models.ForeignKey(
        LateAlarm, on_delete=models.PROTECT, related_name="events", verbose_name=_("late alarm")
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("late alarm event")
        verbose_name_plural = _("late alarm events")
