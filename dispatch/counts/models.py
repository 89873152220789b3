"""The frozen month: its close, its figures, the visits behind each figure, and later adjustments."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Visit
from people.models import Town
from people.transitions import Moves, TransitionEvent
from volunteers.models import Organisation


class MonthClose(models.Model):
    """One calendar month: open, then closed for good with a hash over its rows."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("month", "open")
        CLOSED = "closed", pgettext_lazy("month", "closed")

    MOVES: ClassVar[Moves] = {Status.OPEN: frozenset({Status.CLOSED}), Status.CLOSED: frozenset[str]()}

    month = models.DateField(_("month"), unique=True, help_text=_("first day of the month"))
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.OPEN)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("closed by"),
    )
    digest = models.CharField(_("hash of the rows"), max_length=64, blank=True)
    elders_registered = models.PositiveIntegerField(
        _("elders in the register"),
        default=0,
        help_text=_("denominator of the coverage on the last day of the month"),
    )
    elders_county = models.PositiveIntegerField(
        _("elders of the county"),
        default=0,
        help_text=_("denominator of the coverage: residents of 60 and over"),
    )

    class Meta:
        verbose_name = _("month")
        verbose_name_plural = _("months")
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(name="month_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="month_closed_is_sealed",
                condition=Q(status="open", closed_at__isnull=True)
                | (Q(status="closed", closed_at__isnull=False) & ~Q(digest="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class MonthCloseEvent(TransitionEvent):
    """A change of a month's status."""

    subject = models.ForeignKey(
        MonthClose,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("month"),
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("month event")
        verbose_name_plural = _("month events")


class MonthlyCount(models.Model):
    """One frozen figure of a closed month. Append-only."""

    close = models.ForeignKey(
        MonthClose,
        on_delete=models.PROTECT,
        related_name="counts",
        verbose_name=_("month"),
    )
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="+", verbose_name=_("town"))
    service = models.CharField(_("service"), max_length=12)
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
    )
    carer_kind = models.CharField(_("kind of carer"), max_length=10)
    payer = models.CharField(_("payer"), max_length=10)
    person_times = models.PositiveIntegerField(_("person-times"))
    elders = models.PositiveIntegerField(_("elders"))
    minutes = models.PositiveIntegerField(_("minutes"))

    class Meta:
        verbose_name = _("monthly count")
        verbose_name_plural = _("monthly counts")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "close",
                    "town",
                    "service",
                    "organisation",
                    "carer_kind",
                    "payer",
                ],
                name="monthly_count_once",
            ),
            # NULLs are distinct to a unique constraint, so carers without an organisation need their own.
            models.UniqueConstraint(
                fields=["close", "town", "service", "carer_kind", "payer"],
                condition=Q(organisation__isnull=True),
                name="monthly_count_once_without_organisation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.close} {self.town} {self.service}: {self.person_times}"


class CountedVisit(models.Model):
    """A visit behind a frozen figure: counted in one month only. Append-only."""

    count = models.ForeignKey(
        MonthlyCount,
        on_delete=models.PROTECT,
        related_name="visits",
        verbose_name=_("monthly count"),
    )
    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="counted", verbose_name=_("visit"))
    minutes = models.PositiveIntegerField(_("minutes"))

    class Meta:
        verbose_name = _("counted visit")
        verbose_name_plural = _("counted visits")

    def __str__(self) -> str:
        return str(self.visit)


class Adjustment(models.Model):
    """A correction to a closed month, counted in the next open one. Append-only."""

    month = models.ForeignKey(
        MonthClose,
        on_delete=models.PROTECT,
        related_name="adjustments",
        verbose_name=_("counted in"),
    )
    corrects = models.ForeignKey(
        MonthClose,
        on_delete=models.PROTECT,
        related_name="corrected_by",
        verbose_name=_("corrects"),
    )
    visit = models.ForeignKey(
        Visit,
        on_delete=models.PROTECT,
        related_name="adjustments",
        verbose_name=_("visit"),
    )
    person_times = models.SmallIntegerField(_("person-times"))
    minutes = models.IntegerField(_("minutes"))
    by_hand = models.BooleanField(
        _("by hand"),
        default=False,
        help_text=_("a person's word: later changes of the visit no longer adjust its figures"),
    )
    reason = models.CharField(_("reason"), max_length=200)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [models.CheckConstraint(name="adjustment_has_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.visit}: {self.person_times:+d}"


class Export(models.Model):
    """Who took figures out of the system, which and when; its number is the watermark of the file. Append-only."""

    month = models.DateField(_("month"))
    cut = models.JSONField(_("filters"), default=dict)
    rows = models.PositiveIntegerField(_("rows"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} #{self.pk}"
