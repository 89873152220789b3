"""A carer's part in a visit, and the evidence that it happened. Raw events never change; doubts are flags."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models import Elder, OrderItem, Visit
from people.transitions import Moves, TransitionEvent
from volunteers.models import Carer


class CarerPreference(models.Model):
    """An elder's wish for or refusal of a carer. A refusal is hard."""

    class Kind(models.TextChoices):
        PREFERRED = "PREFERRED", _("preferred")
        BARRED = "BARRED", _("refused")

    elder = models.ForeignKey(
        Elder,
        on_delete=models.CASCADE,
        related_name="carer_preferences",
        verbose_name=_("elder"),
    )
    carer = models.ForeignKey(
        Carer,
        on_delete=models.CASCADE,
        related_name="elder_preferences",
        verbose_name=_("carer"),
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    since = models.DateField(_("since"))

    class Meta:
        verbose_name = _("carer preference")
        verbose_name_plural = _("carer preferences")
        constraints = [
            models.UniqueConstraint(fields=["elder", "carer"], name="preference_once"),
            models.CheckConstraint(name="preference_kind", condition=Q(kind__in=["PREFERRED", "BARRED"])),
        ]

    def __str__(self) -> str:
        return f"{self.elder} · {self.carer}: {self.get_kind_display()}"


class CarerWish(models.Model):
    """The carer whom an order item names (指名). A wish: plans prefer this carer, and send another if they must."""

    order_item = models.OneToOneField(
        OrderItem,
        on_delete=models.CASCADE,
        related_name="carer_wish",
        verbose_name=_("order item"),
    )
    carer = models.ForeignKey(
        Carer,
        on_delete=models.CASCADE,
        related_name="wishes",
        verbose_name=_("carer"),
    )
    wished_at = models.DateTimeField(_("wished at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("entered by"),
    )

    class Meta:
        verbose_name = _("named carer")
        verbose_name_plural = _("named carers")

    def __str__(self) -> str:
        return f"{self.order_item} · {self.carer}"


class Assignment(models.Model):
    """One carer's part (leg) in a visit. Times in UTC; planned, promised and actual are kept apart.

    A carer's live assignments may not overlap in planned time (see the migration: exclusion constraint or trigger).
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")  # published, not yet asked
        OFFERED = "offered", _("offered")  # an offer waits for an answer
        ACCEPTED = "accepted", _("accepted")  # promised: pinned for every later plan
        CHECKED_IN = "checked_in", _("checked in")  # the carer is in the home
        CHECKED_OUT = "checked_out", _("checked out")  # the carer has left
        DECLINED = "declined", _("declined")  # the carer said no, with a reason
        EXPIRED = "expired", _("not answered in time")  # no answer in time
        RELEASED = "released", _("released")  # taken back before it began
        NO_SHOW = "no_show", _("did not come")  # reported by a person, or silent for too long

    LIVE = (
        Status.PROPOSED,
        Status.OFFERED,
        Status.ACCEPTED,
        Status.CHECKED_IN,
        Status.CHECKED_OUT,
    )

    MOVES: ClassVar[Moves] = {
        Status.PROPOSED: frozenset({Status.OFFERED, Status.ACCEPTED, Status.RELEASED}),
        Status.OFFERED: frozenset({Status.ACCEPTED, Status.DECLINED, Status.EXPIRED, Status.RELEASED}),
        Status.ACCEPTED: frozenset({Status.CHECKED_IN, Status.RELEASED, Status.NO_SHOW}),
        Status.CHECKED_IN: frozenset({Status.CHECKED_OUT, Status.NO_SHOW}),
        Status.CHECKED_OUT: frozenset[str](),
        Status.DECLINED: frozenset[str](),
        Status.EXPIRED: frozenset[str](),
        Status.RELEASED: frozenset({Status.CHECKED_IN}),  # by evidence that came later
        Status.NO_SHOW: frozenset({Status.CHECKED_IN}),  # likewise
    }

    visit = models.ForeignKey(
        Visit,
        on_delete=models.PROTECT,
        related_name="assignments",
        verbose_name=_("visit"),
    )
    leg = models.PositiveSmallIntegerField(_("leg"), default=1, help_text=_("1, or 2 for the second carer"))
    carer = models.ForeignKey(
        Carer,
        on_delete=models.PROTECT,
        related_name="assignments",
        verbose_name=_("carer"),
    )
    planned_start = models.DateTimeField(_("planned start"))
    planned_end = models.DateTimeField(_("planned end"))
    travel_minutes = models.PositiveSmallIntegerField(_("travel (minutes)"), default=0)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PROPOSED)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("accepted by"),
        help_text=_("somebody else when accepted on behalf of the carer"),
    )
    is_pinned = models.BooleanField(_("pinned by a dispatcher"), default=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    created_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["planned_start", "leg"]
        indexes = [
            models.Index(fields=["carer", "planned_start"]),
            models.Index(fields=["status", "planned_start"]),
        ]
        constraints = [
            models.CheckConstraint(name="assignment_leg", condition=Q(leg__range=(1, 2))),
            models.CheckConstraint(
                name="assignment_planned_order",
                condition=Q(planned_end__gt=F("planned_start")),
            ),
            models.CheckConstraint(
                name="assignment_actual_order",
                condition=Q(ended_at__isnull=True) | Q(started_at__isnull=False, ended_at__gte=F("started_at")),
            ),
            models.CheckConstraint(
                name="assignment_evidence_has_times",
                condition=(~Q(status="checked_in") | Q(started_at__isnull=False))
                & (~Q(status="checked_out") | Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="assignment_status",
                condition=Q(
                    status__in=[
                        "proposed",
                        "offered",
                        "accepted",
                        "checked_in",
                        "checked_out",
                        "declined",
                        "expired",
                        "released",
                        "no_show",
                    ]
                ),
            ),
            models.UniqueConstraint(
                fields=["visit", "leg"],
                condition=Q(
                    status__in=[
                        "proposed",
                        "offered",
                        "accepted",
                        "checked_in",
                        "checked_out",
                    ]
                ),
                name="assignment_one_live_per_leg",
            ),
            models.UniqueConstraint(
                fields=["visit", "carer"],
                condition=Q(
                    status__in=[
                        "proposed",
                        "offered",
                        "accepted",
                        "checked_in",
                        "checked_out",
                    ]
                ),
                name="assignment_two_different_carers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit} · {self.carer}"

    @property
    def is_live(self) -> bool:
        """Whether this work still binds the carer (or has been done)."""
        return self.status in self.LIVE

    @property
    def delivered_minutes(self) -> int:
        """Whole minutes from check-in to check-out, rounded half up; 0 until both are known."""
        if self.started_at is None or self.ended_at is None:
            return 0
        return int((self.ended_at - self.started_at).total_seconds() + 30) // 60


class AssignmentEvent(TransitionEvent):
    """A change of an assignment's status."""

    subject = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("assignment"),
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("assignment event")
        verbose_name_plural = _("assignment events")


class CheckEvent(models.Model):
    """Raw evidence as the device sent it (EVV: who, whom, what, where, begin, end). Append-only."""

    is_repeat = False  # set on the instance that a repeated send gets back

    class Kind(models.TextChoices):
        IN = "in", _("check-in")
        OUT = "out", _("check-out")

    class Source(models.TextChoices):
        APP = "APP", _("app with position")
        QR = "QR", _("QR card in the home")
        CODE = "CODE", _("elder's 4-digit code")
        PHONE = "PHONE", _("elder's telephone")
        MANUAL = "MANUAL", _("entered by hand")

    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        related_name="check_events",
        verbose_name=_("assignment"),
    )
    client_id = models.UUIDField(
        _("event id"),
        unique=True,
        help_text=_("made by the device; a repeat stores nothing"),
    )
    kind = models.CharField(_("kind"), max_length=3, choices=Kind)
    source = models.CharField(_("proved by"), max_length=6, choices=Source)
    device_time = models.DateTimeField(_("device time"))
    sent_at = models.DateTimeField(
        _("device time of sending"),
        null=True,
        blank=True,
        help_text=_("tells a wrong clock from an event that waited for a signal"),
    )
    server_time = models.DateTimeField(_("server time"))
    evidence_time = models.DateTimeField(
        _("counts as"),
        help_text=_("device time, or its correction when the device clock is off"),
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    accuracy_metres = models.PositiveIntegerField(_("accuracy (metres)"), null=True, blank=True)
    device = models.CharField(_("device"), max_length=64, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("check event")
        verbose_name_plural = _("check events")
        ordering = ["evidence_time", "pk"]
        indexes = [models.Index(fields=["device", "evidence_time"])]
        constraints = [
            models.CheckConstraint(
                name="check_event_whole_position",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    # A missing figure makes a range unknown, and what is unknown passes a check.
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90.0, 90.0),
                    longitude__range=(-180.0, 180.0),
                ),
            ),
            models.CheckConstraint(name="check_event_kind", condition=Q(kind__in=["in", "out"])),
            models.CheckConstraint(
                name="check_event_source",
                condition=Q(source__in=["APP", "QR", "CODE", "PHONE", "MANUAL"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} · {self.get_kind_display()}"


class Correction(models.Model):
    """A corrected time beside the raw one: who corrected what and why. Append-only."""

    class Reason(models.TextChoices):
        FORGOT = "FORGOT", _("forgot to check")
        NO_SIGNAL = "NO_SIGNAL", _("no signal")
        BROKEN_PHONE = "BROKEN_PHONE", _("broken phone")
        WRONG_CLOCK = "WRONG_CLOCK", _("wrong device clock")
        OTHER = "OTHER", _("other")

    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        related_name="corrections",
        verbose_name=_("assignment"),
    )
    kind = models.CharField(_("kind"), max_length=3, choices=CheckEvent.Kind)
    corrected_time = models.DateTimeField(_("corrected time"))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(name="correction_kind", condition=Q(kind__in=["in", "out"])),
            models.CheckConstraint(
                name="correction_other_is_explained",
                condition=~Q(reason="OTHER") | ~Q(note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} · {self.get_reason_display()}"


class Flag(models.Model):
    """A doubt about the evidence, found by a rule and settled by a person."""

    class Code(models.TextChoices):
        OUTSIDE_FENCE = "OUTSIDE_FENCE", _("checked in away from the home")
        NO_POSITION = "NO_POSITION", _("no position")
        CLOCK_SKEW = "CLOCK_SKEW", _("device clock is off")
        OFF_SCHEDULE = "OFF_SCHEDULE", _("check-in far from the planned start")
        TOO_SHORT = "TOO_SHORT", _("visit too short")
        TOO_LONG = "TOO_LONG", _("visit too long")
        TWO_AT_ONCE = "TWO_AT_ONCE", _("two visits at once")
        IMPOSSIBLE_TRAVEL = "IMPOSSIBLE_TRAVEL", _("impossible travel")
        SHARED_DEVICE = "SHARED_DEVICE", _("one device for two carers")
        WRONG_CODE = "WRONG_CODE", _("wrong visit code")
        LATE_ENTRY = "LATE_ENTRY", _("entered late by hand")
        NOT_QUALIFIED = "NOT_QUALIFIED", _("carer may not do this on the day")
        TAKEN_BACK = "TAKEN_BACK", _("came although the work was taken back")
        PARTNER_MISSING = "PARTNER_MISSING", _("second carer was missing")

    class Status(models.TextChoices):
        OPEN = "open", _("to review")
        CLEARED = "cleared", _("harmless")
        UPHELD = "upheld", _("upheld")

    MOVES: ClassVar[Moves] = {
        Status.OPEN: frozenset({Status.CLEARED, Status.UPHELD}),
        Status.CLEARED: frozenset[str](),
        Status.UPHELD: frozenset[str](),
    }

    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        related_name="flags",
        verbose_name=_("assignment"),
    )
    code = models.CharField(_("doubt"), max_length=20, choices=Code)
    facts = models.JSONField(_("facts"), default=dict)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    raised_at = models.DateTimeField(_("raised at"))

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        ordering = ["-raised_at", "-pk"]
        indexes = [models.Index(fields=["status", "raised_at"])]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "code"], name="flag_once_per_doubt"),
            models.CheckConstraint(name="flag_status", condition=Q(status__in=["open", "cleared", "upheld"])),
        ]

    def __str__(self) -> str:
        return self.get_code_display()


class FlagEvent(TransitionEvent):
    """A reviewer's word on a flag."""

    subject = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="events", verbose_name=_("flag"))

    class Meta(TransitionEvent.Meta):
        verbose_name = _("flag event")
        verbose_name_plural = _("flag events")
