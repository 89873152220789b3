"""Complaints (投诉): what somebody is not content with, by when it is to be settled, what was found and what came of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.calls import CallRecord
from orders.models.elders import Elder
from orders.models.orders import Order
from orders.models.visits import Visit
from people.fields import EncryptedTextField
from people.models import Person
from people.transitions import Moves, TransitionEvent


class Complaint(models.Model):
    """One complaint about the care of an elder; `findings` grow when it is reopened and settled again."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("complaint", "open")  # nobody looks into it yet
        INVESTIGATING = "investigating", pgettext_lazy("complaint", "being looked into")
        RESOLVED = "resolved", pgettext_lazy("complaint", "resolved")
        REJECTED = "rejected", pgettext_lazy("complaint", "found groundless")
        REOPENED = "reopened", pgettext_lazy("complaint", "reopened")  # waits to be looked into once more

    MOVES: ClassVar[Moves] = {
        Status.OPEN: frozenset({Status.INVESTIGATING}),
        Status.INVESTIGATING: frozenset({Status.RESOLVED, Status.REJECTED}),
        Status.RESOLVED: frozenset({Status.REOPENED}),
        Status.REJECTED: frozenset({Status.REOPENED}),
        Status.REOPENED: frozenset({Status.INVESTIGATING}),
    }
    UNSETTLED: ClassVar[tuple[Status, ...]] = (Status.OPEN, Status.INVESTIGATING, Status.REOPENED)

    class Outcome(models.TextChoices):
        EXPLAINED = "EXPLAINED", pgettext_lazy("complaint", "explained")
        APOLOGISED = "APOLOGISED", pgettext_lazy("complaint", "apologised")
        REPEATED = "REPEATED", pgettext_lazy("complaint", "service given again")
        CARER_CHANGED = "CARER_CHANGED", pgettext_lazy("complaint", "another carer")
        PAID_BACK = "PAID_BACK", pgettext_lazy("complaint", "paid back")
        OTHER = "OTHER", pgettext_lazy("complaint", "other")

    key = models.UUIDField(unique=True, editable=False)
    digest = models.UUIDField(null=True, editable=False)  # of what was typed, see people.form_keys
    elder = models.ForeignKey(Elder, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("elder"))
    complained_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("complained by")
    )
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("order")
    )
    visit = models.ForeignKey(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("visit")
    )
    call = models.ForeignKey(
        CallRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("call")
    )
    text = EncryptedTextField(_("complaint"))
    received_at = models.DateTimeField(_("received at"))
    deadline = models.DateField(_("to be settled by"))
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.OPEN)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("looked into by"),
    )
    findings = EncryptedTextField(_("findings"), blank=True, default="")
    outcome = models.CharField(_("what came of it"), max_length=16, choices=Outcome, blank=True)

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["status", "deadline"])]
        constraints = [
            models.CheckConstraint(
                name="complaint_status",
                condition=Q(status__in=["open", "investigating", "resolved", "rejected", "reopened"]),
            ),
            models.CheckConstraint(
                name="complaint_outcome_when_resolved",
                condition=(Q(status="resolved") & ~Q(outcome="")) | (~Q(status="resolved") & Q(outcome="")),
            ),
            models.CheckConstraint(
                name="complaint_looked_into_by_somebody",
                condition=Q(status="open") | Q(handled_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.elder} {self.deadline}"


class ComplaintEvent(TransitionEvent):
    """A change of a complaint's status."""

    subject = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="events", verbose_name=_("complaint"))

    class Meta(TransitionEvent.Meta):
        verbose_name = _("complaint event")
        verbose_name_plural = _("complaint events")
