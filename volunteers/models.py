"""Who can come: carers and their organisations, skills, certificates, availability and absence."""

import re
from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from people.models import Person, Place, Town


def clock_text(minute: int) -> str:
    """Minutes from midnight as a clock shows them: 510 is 08:30, 1440 is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


class Organisation(models.Model):
    """A company, social organisation, centre or volunteer group that carers belong to."""

    class Kind(models.TextChoices):
        COMPANY = "COMPANY", _("company")
        SOCIAL = "SOCIAL", _("social organisation")
        CENTRE = "CENTRE", _("community centre")
        GROUP = "GROUP", _("volunteer group")

    code = models.CharField(
        _("credit code"),
        max_length=18,
        unique=True,
        help_text=_("unified social credit code, 18 characters"),
    )
    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    town = models.ForeignKey(
        Town,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="organisations",
        verbose_name=_("town"),
    )
    managers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="managed_organisations",
        verbose_name=_("managers"),
    )
    daily_minutes = models.PositiveIntegerField(
        _("most minutes a day"),
        null=True,
        blank=True,
        help_text=_("service minutes of all its carers together, in all towns; empty: no limit"),
    )
    active_from = models.DateField(_("active from"))
    active_to = models.DateField(_("active until"), null=True, blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="organisation_active_order",
                condition=Q(active_to__isnull=True) | Q(active_to__gte=F("active_from")),
                violation_error_message=_("The last day is before the first."),
            ),
            # The engine takes a higher limit for a mistake, and then plans nothing at all.
            models.CheckConstraint(
                name="organisation_daily_minutes",
                condition=Q(daily_minutes__isnull=True) | Q(daily_minutes__range=(1, 10_000_000)),
                violation_error_message=_("A daily limit is between 1 and 10,000,000 minutes, or empty."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Carer(models.Model):
    """A person who goes out: a paid worker or a volunteer. Limits left empty mean no limit of their own."""

    class Kind(models.TextChoices):
        WORKER = "WORKER", _("care worker")
        VOLUNTEER = "VOLUNTEER", _("volunteer")

    class Mode(models.TextChoices):
        WALK = "WALK", _("on foot")
        EBIKE = "EBIKE", _("by e-bike")
        CAR = "CAR", _("by car")

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="carer", verbose_name=_("person"))
    number = models.CharField(_("carer number"), max_length=24, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="carers",
        verbose_name=_("organisation"),
    )
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="carers", verbose_name=_("town"))
    start_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", verbose_name=_("starts from"))
    end_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", verbose_name=_("returns to"))
    mode = models.CharField(_("travels"), max_length=5, choices=Mode, default=Mode.EBIKE)
    radius_metres = models.PositiveIntegerField(_("radius (metres)"), null=True, blank=True)
    max_visits_a_day = models.PositiveSmallIntegerField(_("most visits a day"), null=True, blank=True)
    max_minutes_a_day = models.PositiveSmallIntegerField(_("most minutes a day"), null=True, blank=True)
    overtime_minutes = models.PositiveSmallIntegerField(_("overtime allowed (minutes)"), default=0)
    takes_lunch = models.BooleanField(_("takes a lunch break"), default=False)
    lunch_required = models.BooleanField(_("lunch break is a must"), default=True)
    lunch_start = models.TimeField(_("lunch not before"), null=True, blank=True)
    lunch_end = models.TimeField(_("lunch over by"), null=True, blank=True)
    lunch_minutes = models.PositiveSmallIntegerField(_("lunch minutes"), default=30)
    auto_accept = models.BooleanField(_("accepts by contract"), default=False)
    has_smartphone = models.BooleanField(_("has a smartphone"), default=True)
    dialects = models.CharField(
        _("speaks (dialects)"), max_length=100, blank=True, help_text=_("names, with spaces or 、 between them")
    )
    active_from = models.DateField(_("active from"))
    active_to = models.DateField(_("active until"), null=True, blank=True)
    blocked_from = models.DateField(_("blacklisted from"), null=True, blank=True)

    class Meta:
        verbose_name = _("carer")
        verbose_name_plural = _("carers")
        ordering = ["person__name_pinyin", "pk"]
        constraints = [
            models.CheckConstraint(
                name="carer_active_order",
                condition=Q(active_to__isnull=True) | Q(active_to__gte=F("active_from")),
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                name="carer_lunch_window",
                condition=Q(takes_lunch=False)
                | Q(lunch_start__isnull=False, lunch_end__isnull=False, lunch_end__gt=F("lunch_start")),
                violation_error_message=_("A lunch break needs a time to begin after and a later time to end by."),
            ),
            models.CheckConstraint(
                name="carer_worker_has_organisation",
                condition=~Q(kind="WORKER") | Q(organisation__isnull=False),
                violation_error_message=_("A care worker belongs to an organisation."),
            ),
            models.CheckConstraint(
                name="carer_by_contract_is_worker",
                condition=Q(auto_accept=False) | Q(kind="WORKER"),
                violation_error_message=_("Only a care worker accepts by contract."),
            ),
        ]

    def __str__(self) -> str:
        return self.person.name

    @property
    def spoken(self) -> frozenset[str]:
        """The dialects, each by its name."""
        return frozenset(re.split(r"[\s、，,;；]+", self.dialects)) - {""}


class CarerSkill(models.Model):
    """A skill code (as in the service catalogue) that a carer has."""

    carer = models.ForeignKey(Carer, on_delete=models.CASCADE, related_name="skills", verbose_name=_("carer"))
    code = models.CharField(_("skill"), max_length=32)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        constraints = [models.UniqueConstraint(fields=["carer", "code"], name="skill_once")]

    def __str__(self) -> str:
        return self.code


class Certificate(models.Model):
    """A qualification or check that gates dispatch while it is valid."""

    carer = models.ForeignKey(
        Carer,
        on_delete=models.CASCADE,
        related_name="certificates",
        verbose_name=_("carer"),
    )
    code = models.CharField(_("certificate"), max_length=32)
    number = models.CharField(_("number"), max_length=64, blank=True)
    issuer = models.CharField(_("issued by"), max_length=100, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"))
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["valid_to"]
        constraints = [
            models.UniqueConstraint(fields=["carer", "code", "valid_from"], name="certificate_once"),
            models.CheckConstraint(
                name="certificate_dates_order",
                condition=Q(valid_to__gte=F("valid_from")),
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.valid_to})"

    def standing_on(self, day: date) -> str:
        """In words whether the certificate counts on a day, and for how long still."""
        if self.revoked_on is not None and self.revoked_on <= day:
            return gettext("revoked")
        if day < self.valid_from:
            return gettext("not yet valid")
        left = (self.valid_to - day).days
        if left < 0:
            return gettext("expired")
        return gettext("valid, %(days)d days left") % {"days": left}


class Availability(models.Model):
    """A time a carer offers, by weekday (0 Monday) or for one date; minutes of the county's wall-clock day.

    A dated row is valid on its date alone. Two rows of one carer may not overlap on a weekday or date on which both
    are valid: the database refuses it (0002_no_overlap). Back-to-back rows are fine.
    """

    OVERLAP_RULE = "availability_no_overlap"

    carer = models.ForeignKey(
        Carer,
        on_delete=models.CASCADE,
        related_name="availabilities",
        verbose_name=_("carer"),
    )
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), null=True, blank=True, choices=list(enumerate(WEEKDAYS.values()))
    )
    day = models.DateField(_("day"), null=True, blank=True)
    start_minute = models.PositiveSmallIntegerField(_("begins at minute"))
    end_minute = models.PositiveSmallIntegerField(_("ends at minute"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("availability")
        verbose_name_plural = _("availabilities")
        ordering = ["weekday", "day", "start_minute"]
        constraints = [
            models.CheckConstraint(
                name="availability_weekday_or_day",
                condition=Q(weekday__isnull=False, weekday__range=(0, 6), day__isnull=True)
                | Q(
                    weekday__isnull=True,
                    day__isnull=False,
                    valid_from=F("day"),
                    valid_to__isnull=False,
                    valid_to=F("day"),
                ),
                violation_error_message=_("Give a weekday, or one day that is also the first and the last valid day."),
            ),
            models.CheckConstraint(
                name="availability_within_day",
                condition=Q(start_minute__lt=F("end_minute"), end_minute__lte=1440),
                violation_error_message=_("The time must begin before it ends, within one day."),
            ),
            models.CheckConstraint(
                name="availability_dates_order",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{clock_text(self.start_minute)}–{clock_text(self.end_minute)}"

    def overlaps(self, other: "Availability") -> bool:
        """True when both rows offer a same minute of a same day; back-to-back rows do not."""
        if self.start_minute >= other.end_minute or other.start_minute >= self.end_minute:
            return False
        ends = [end for end in (self.valid_to, other.valid_to) if end is not None]
        share_days = not ends or max(self.valid_from, other.valid_from) <= min(ends)
        return share_days and self.falls_on == other.falls_on

    @property
    def falls_on(self) -> int | None:
        """The weekday of the row, of a dated row too; 0 is Monday."""
        return self.weekday if self.day is None else self.day.weekday()


class Absence(models.Model):
    """An interval a carer is away; overrides availability. Absences of one carer may not overlap (0002_no_overlap)."""

    OVERLAP_RULE = "absence_no_overlap"

    class Reason(models.TextChoices):
        SICK = "SICK", _("sick")
        LEAVE = "LEAVE", _("leave")
        TRAINING = "TRAINING", _("training")
        OTHER = "OTHER", _("other")

    carer = models.ForeignKey(
        Carer,
        on_delete=models.CASCADE,
        related_name="absences",
        verbose_name=_("carer"),
    )
    start = models.DateTimeField(_("begins"))
    end = models.DateTimeField(_("ends"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(
                name="absence_order",
                condition=Q(end__gt=F("start")),
                violation_error_message=_("An absence must end after it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.start):%Y-%m-%d %H:%M} – {timezone.localtime(self.end):%Y-%m-%d %H:%M}"

    def overlaps(self, other: "Absence") -> bool:
        """True when both cover a same moment; back-to-back ones do not."""
        return self.start < other.end and other.start < self.end


class TelephonePin(models.Model):
    """What a carer presses at the telephone menu to prove who calls. Only a keyed mark of it is kept (`volunteers.pins`)."""

    carer = models.OneToOneField(Carer, on_delete=models.CASCADE, related_name="telephone_pin", verbose_name=_("carer"))
    mark = models.CharField(max_length=64, editable=False)
    wrong_tries = models.PositiveSmallIntegerField(_("wrong tries"), default=0)
    locked_until = models.DateTimeField(_("locked until"), null=True, blank=True)
    issued_at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("telephone PIN")
        verbose_name_plural = _("telephone PINs")

    def __str__(self) -> str:
        return f"{self.carer}"

    def is_locked_at(self, now: datetime) -> bool:
        """Whether too many wrong tries keep everybody out at that moment."""
        return self.locked_until is not None and now < self.locked_until


class CarerEvent(models.Model):
    """What was decided about a carer, by whom and when. Append-only; the auditor's trail."""

    class Kind(models.TextChoices):
        REGISTERED = "REGISTERED", _("registered")
        CHANGED = "CHANGED", _("changed")
        CERTIFIED = "CERTIFIED", _("certificate added")
        REVOKED = "REVOKED", _("certificate revoked")
        OFFERED_TIME = "OFFERED_TIME", _("time offered")
        TOOK_BACK = "TOOK_BACK", _("time taken back")
        ABSENT = "ABSENT", _("absence recorded")
        RETURNED = "RETURNED", _("absence ended")
        BLACKLISTED = "BLACKLISTED", _("blacklisted")
        PIN_ISSUED = "PIN_ISSUED", _("telephone PIN issued")
        PIN_LOCKED = "PIN_LOCKED", _("telephone PIN locked")

    carer = models.ForeignKey(Carer, on_delete=models.PROTECT, related_name="events", verbose_name=_("carer"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("carer event")
        verbose_name_plural = _("carer events")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.carer}: {self.get_kind_display()}"
