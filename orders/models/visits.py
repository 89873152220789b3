"""One dated delivery of an order item: its window, its state, and how it hangs together with a sibling."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import terms
from orders.models.catalogue import ServiceItem
from orders.models.elders import Elder
from orders.models.orders import OrderItem
from people.models import Gender, Place, Town
from people.transitions import Moves, TransitionEvent


class Visit(models.Model):
    """One occurrence: when, where, how many carers. Times in UTC; `service_date` is the county's calendar day."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("visit", "open")  # waits for a plan
        PLANNED = "planned", pgettext_lazy("visit", "planned")  # a published plan names its carers
        RESERVED = (
            "reserved",
            pgettext_lazy("visit", "reserved"),
        )  # every carer has accepted: a promise for later
        STARTED = "started", pgettext_lazy("visit", "started")  # a carer is in the home
        FINISHED = "finished", pgettext_lazy("visit", "finished")  # every carer has checked out
        VERIFIED = (
            "verified",
            pgettext_lazy("visit", "verified"),
        )  # the evidence stands; credits posted, hours consumed
        DISPUTED = (
            "disputed",
            pgettext_lazy("visit", "disputed"),
        )  # the evidence is in doubt; waits for a person
        NOT_DONE = "not_done", pgettext_lazy("visit", "not done")  # did not happen
        UNSERVED = "unserved", pgettext_lazy("visit", "unserved")  # its day passed without a carer
        CANCELLED = "cancelled", pgettext_lazy("visit", "cancelled")  # withdrawn, with a reason

    MOVES: ClassVar[Moves] = {
        Status.OPEN: frozenset(
            {
                Status.PLANNED,
                Status.RESERVED,
                Status.STARTED,  # by evidence of a carer who was given up, as everywhere before a promise
                Status.UNSERVED,
                Status.CANCELLED,
            }
        ),
        Status.PLANNED: frozenset({Status.OPEN, Status.RESERVED, Status.STARTED, Status.UNSERVED, Status.CANCELLED}),
        Status.RESERVED: frozenset(
            {
                Status.OPEN,
                Status.PLANNED,
                Status.STARTED,
                Status.NOT_DONE,
                Status.UNSERVED,
                Status.CANCELLED,
            }
        ),
        Status.STARTED: frozenset({Status.FINISHED, Status.NOT_DONE}),
        Status.FINISHED: frozenset({Status.VERIFIED, Status.DISPUTED}),
        Status.VERIFIED: frozenset(),
        Status.DISPUTED: frozenset({Status.VERIFIED, Status.NOT_DONE}),
        Status.NOT_DONE: frozenset({Status.STARTED}),
        Status.UNSERVED: frozenset({Status.OPEN, Status.STARTED}),
        Status.CANCELLED: frozenset(),
    }

    Priority = terms.Priority
    WindowRule = terms.WindowRule

    class Payer(models.TextChoices):
        GOVERNMENT = "GOVERNMENT", _("government hours")
        CREDITS = "CREDITS", _("time credits")
        SELF_PAY = "SELF_PAY", _("self-pay")

    order_item = models.ForeignKey(
        OrderItem,
        on_delete=models.PROTECT,
        related_name="visits",
        verbose_name=_("order item"),
    )
    elder = models.ForeignKey(Elder, on_delete=models.PROTECT, related_name="visits", verbose_name=_("elder"))
    item = models.ForeignKey(
        ServiceItem,
        on_delete=models.PROTECT,
        related_name="visits",
        verbose_name=_("service"),
    )
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="visits", verbose_name=_("town"))
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="visits", verbose_name=_("place"))
    service_date = models.DateField(_("day"))
    window_start = models.DateTimeField(_("not before"))
    window_end = models.DateTimeField(_("not after"))
    window_rule = models.CharField(
        _("window rule"), max_length=5, choices=terms.WindowRule, default=terms.WindowRule.START
    )
    lateness_minutes = models.PositiveSmallIntegerField(
        _("may be late (minutes)"),
        default=0,
        help_text=_("0: the window is hard; otherwise lateness costs"),
    )
    duration_minutes = models.PositiveSmallIntegerField(_("minutes"))
    carers_needed = models.PositiveSmallIntegerField(pgettext_lazy("how many", "carers"), default=1)
    gender_rule = models.CharField(_("needs a carer who is"), max_length=1, choices=Gender, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=terms.Priority, default=terms.Priority.ORDINARY)
    mandatory = models.BooleanField(_("must be served"), default=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    end_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)
    unserved_reasons = models.JSONField(
        _("why unserved"),
        default=list,
        blank=True,
        help_text=_("reason codes with facts, from the last plan"),
    )
    gov_minutes = models.PositiveIntegerField(_("government minutes"), default=0)
    credit_minutes = models.PositiveIntegerField(_("minutes from time credits"), default=0)
    self_pay_fen = models.PositiveIntegerField(_("self-pay (fen)"), default=0)
    planned_start = models.DateTimeField(_("planned start"), null=True, blank=True)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    created_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["window_start", "pk"]
        indexes = [
            models.Index(fields=["town", "service_date", "status"]),
            models.Index(fields=["elder", "service_date"]),
            models.Index(fields=["status", "verified_at"]),
            models.Index(fields=["service_date", "status"]),  # the county's day on every console
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order_item", "window_start"],
                condition=~Q(status="cancelled"),
                name="visit_once_per_occurrence",
            ),
            models.CheckConstraint(name="visit_window_order", condition=Q(window_end__gt=F("window_start"))),
            models.CheckConstraint(name="visit_minutes", condition=Q(duration_minutes__range=(1, 720))),
            models.CheckConstraint(name="visit_carers", condition=Q(carers_needed__range=(1, 2))),
            models.CheckConstraint(name="visit_priority", condition=Q(priority__range=(1, 6))),
            models.CheckConstraint(
                name="visit_status",
                condition=Q(
                    status__in=[
                        "open",
                        "planned",
                        "reserved",
                        "started",
                        "finished",
                        "verified",
                        "disputed",
                        "not_done",
                        "unserved",
                        "cancelled",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="visit_end_has_reason",
                condition=~Q(status__in=["cancelled", "not_done"]) | ~Q(end_reason=""),
            ),
            models.CheckConstraint(
                name="visit_verified_has_time",
                condition=Q(status="verified", verified_at__isnull=False)
                | (~Q(status="verified") & Q(verified_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="visit_split_within_minutes",
                condition=Q(duration_minutes__gte=F("gov_minutes") + F("credit_minutes")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_date} · {self.item} · {self.elder}"

    @property
    def payer(self) -> "Visit.Payer":
        """Who pays first: government hours, else time credits, else the elder."""
        if self.gov_minutes:
            return Visit.Payer.GOVERNMENT
        return Visit.Payer.CREDITS if self.credit_minutes else Visit.Payer.SELF_PAY


class VisitEvent(TransitionEvent):
    """A change of a visit's status."""

    subject = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="events", verbose_name=_("visit"))

    class Meta(TransitionEvent.Meta):
        verbose_name = _("visit event")
        verbose_name_plural = _("visit events")


class VisitWindow(models.Model):
    """One of several windows of a visit. Without rows the visit's own window counts; with rows it is their envelope."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="windows", verbose_name=_("visit"))
    start = models.DateTimeField(_("not before"))
    end = models.DateTimeField(_("not after"))

    class Meta:
        verbose_name = _("window")
        verbose_name_plural = _("windows")
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(name="window_order", condition=Q(end__gt=F("start"))),
            models.UniqueConstraint(fields=["visit", "start"], name="window_once"),
        ]

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


class VisitLink(models.Model):
    """Two visits to one elder that hang together: served by two different carers, both or neither (minutes)."""

    class Kind(models.TextChoices):
        SIMULTANEOUS = "SIMULTANEOUS", _("start together")
        SEQUENTIAL = "SEQUENTIAL", _("one after the other")
        INDEPENDENT = "INDEPENDENT", _("any time, different carers")

    first = models.OneToOneField(
        Visit,
        on_delete=models.CASCADE,
        related_name="link_to_second",
        verbose_name=_("first visit"),
    )
    second = models.OneToOneField(
        Visit,
        on_delete=models.CASCADE,
        related_name="link_to_first",
        verbose_name=_("second visit"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    min_gap = models.PositiveSmallIntegerField(_("least minutes between the starts"), default=0)
    max_gap = models.PositiveSmallIntegerField(_("most minutes between the starts"), default=0)

    class Meta:
        verbose_name = _("linked visits")
        verbose_name_plural = _("linked visits")
        constraints = [
            models.CheckConstraint(name="visit_link_two_visits", condition=~Q(first=F("second"))),
            models.CheckConstraint(name="visit_link_gap_order", condition=Q(min_gap__lte=F("max_gap"))),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
