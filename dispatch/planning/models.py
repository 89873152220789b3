"""A run of the engine for one town and day, its plan, and the travel times it may use."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import Place, Town
from people.transitions import Moves, TransitionEvent


class PlanRun(models.Model):
    """One run: the problem, parameters and seed exactly as solved, so that it can be run again from this row."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        SOLVING = "solving", _("being solved")
        SOLVED = "solved", _("solved")  # checked by the verifier, waits for review
        PUBLISHED = "published", _("published")
        DISCARDED = "discarded", _("discarded")
        FAILED = "failed", _("failed")  # with its reason

    MOVES: ClassVar[Moves] = {
        Status.QUEUED: frozenset({Status.SOLVING, Status.FAILED, Status.DISCARDED}),
        Status.SOLVING: frozenset({Status.SOLVED, Status.FAILED}),
        Status.SOLVED: frozenset({Status.PUBLISHED, Status.DISCARDED}),
        Status.PUBLISHED: frozenset[str](),
        Status.DISCARDED: frozenset[str](),
        Status.FAILED: frozenset[str](),
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="plan_runs", verbose_name=_("town"))
    day = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    is_repair = models.BooleanField(
        _("fills holes only"),
        default=False,
        help_text=_("asked for when a carer drops out; publishes itself"),
    )
    seed = models.PositiveIntegerField(_("seed"), default=0)
    params = models.JSONField(_("parameters"), default=dict, help_text=_("the engine's prices, and when it stops"))
    problem = models.JSONField(
        _("problem"),
        null=True,
        blank=True,
        help_text=_("as solved, in the engine's form"),
    )
    travel_source = models.CharField(_("travel times from"), max_length=64, blank=True)
    failure = models.CharField(_("why it failed"), max_length=500, blank=True)
    claimed_until = models.DateTimeField(
        _("claimed until"),
        null=True,
        blank=True,
        help_text=_("a run whose worker died is taken over after this"),
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("asked by"),
    )
    requested_at = models.DateTimeField(_("asked at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("plan run")
        verbose_name_plural = _("plan runs")
        ordering = ["-pk"]  # not by the time asked: clocks have been set back
        indexes = [models.Index(fields=["town", "day", "status"])]
        constraints = [
            models.UniqueConstraint(
                fields=["town", "day"],
                condition=Q(status__in=["queued", "solving"]),
                name="plan_run_one_under_way",
            ),
            models.CheckConstraint(
                name="plan_run_failure_has_reason",
                condition=~Q(status="failed") | ~Q(failure=""),
            ),
            models.CheckConstraint(
                name="plan_run_status",
                condition=Q(
                    status__in=[
                        "queued",
                        "solving",
                        "solved",
                        "published",
                        "discarded",
                        "failed",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.town} {self.day}"


class PlanRunEvent(TransitionEvent):
    """A change of a run's status."""

    subject = models.ForeignKey(
        PlanRun,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("plan run"),
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("plan run event")
        verbose_name_plural = _("plan run events")


class Plan(models.Model):
    """The engine's proposal: it touches nothing until published. Only plans that the verifier passed are stored."""

    run = models.OneToOneField(
        PlanRun,
        on_delete=models.PROTECT,
        related_name="plan",
        verbose_name=_("plan run"),
    )
    content = models.JSONField(_("plan"), help_text=_("in the engine's form"))
    served = models.PositiveIntegerField(_("visits served"))
    unserved = models.PositiveIntegerField(_("visits unserved"))
    travel_minutes = models.PositiveIntegerField(_("travel (minutes)"))
    service_minutes = models.PositiveIntegerField(_("service (minutes)"))
    seconds = models.FloatField(_("seconds of search"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    left_out = models.JSONField(
        _("left out at publishing"),
        default=list,
        blank=True,
        help_text=_("visits that changed since, with the reason"),
    )

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")

    def __str__(self) -> str:
        return str(self.run)


class TravelMatrix(models.Model):
    """A town's own travel times between places (minutes), e.g. of an imported instance; asked before any provider."""

    town = models.OneToOneField(
        Town,
        on_delete=models.CASCADE,
        related_name="travel_matrix",
        verbose_name=_("town"),
    )
    place_ids = models.JSONField(_("places"))
    minutes = models.JSONField(_("minutes"), help_text=_("row: from, column: to"))
    source = models.CharField(_("source"), max_length=64)

    class Meta:
        verbose_name = _("travel matrix")
        verbose_name_plural = _("travel matrices")

    def __str__(self) -> str:
        return f"{self.town}: {self.source}"


class TravelLeg(models.Model):
    """A cached answer of a routing service: minutes and metres from one place to another by one mode."""

    origin = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+", verbose_name=_("from"))
    destination = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+", verbose_name=_("to"))
    mode = models.CharField(_("travels"), max_length=5)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    metres = models.PositiveIntegerField(_("metres"))
    source = models.CharField(_("source"), max_length=32)
    fetched_at = models.DateTimeField(_("fetched at"))

    class Meta:
        verbose_name = _("cached travel time")
        verbose_name_plural = _("cached travel times")
        constraints = [models.UniqueConstraint(fields=["origin", "destination", "mode"], name="travel_leg_once")]

    def __str__(self) -> str:
        return f"{self.minutes} min"
