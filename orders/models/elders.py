"""The elder as a role of a Person: dated categories, alerts, contacts, assessments and monthly entitlements."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from people.fields import EncryptedTextField
from people.models import Gender, Person, Town
from people.transitions import Moves, TransitionEvent


class Elder(models.Model):
    """A person who receives services. `visit_code` is the 4-digit proof that a carer was there."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="elder", verbose_name=_("person"))
    number = models.CharField(_("elder number"), max_length=24, unique=True)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="elders", verbose_name=_("town"))
    health_note = EncryptedTextField(_("health note"), blank=True, default="")
    gender_wish = models.CharField(_("wishes a carer who is"), max_length=1, choices=Gender, blank=True)
    dialect = models.CharField(_("dialect"), max_length=32, blank=True)
    home_adapted = models.BooleanField(_("home adapted"), default=False)
    visit_code = models.CharField(_("visit code"), max_length=4, editable=False)
    active_from = models.DateField(pgettext_lazy("date", "from"))
    active_to = models.DateField(pgettext_lazy("date", "until"), null=True, blank=True)

    class Meta:
        verbose_name = _("elder")
        verbose_name_plural = _("elders")
        ordering = ["person__name_pinyin", "pk"]
        constraints = [
            models.CheckConstraint(
                name="elder_active_order",
                condition=Q(active_to__isnull=True) | Q(active_to__gte=F("active_from")),
            ),
            models.CheckConstraint(name="elder_visit_code", condition=Q(visit_code__regex=r"^[0-9]{4}$")),
        ]

    def __str__(self) -> str:
        return self.person.name


class ElderCategory(models.Model):
    """A category of an elder between two dates; several may hold at once."""

    class Code(models.TextChoices):
        LIVING_ALONE = "LIVING_ALONE", _("living alone")
        EMPTY_NEST = "EMPTY_NEST", _("empty-nest")
        LEFT_BEHIND = "LEFT_BEHIND", _("left-behind")
        DISABLED = "DISABLED", _("disabled in self-care")
        DEMENTIA = "DEMENTIA", _("dementia")
        SEVERE_DISABILITY = "SEVERE_DISABILITY", _("severely disabled")
        FP_SPECIAL = "FP_SPECIAL", _("special family-planning family")
        DESTITUTE = "DESTITUTE", _("destitute, state-supported")
        MIN_LIVING = "MIN_LIVING", _("minimum living allowance")
        ADVANCED_AGE = "ADVANCED_AGE", _("advanced age")

    elder = models.ForeignKey(
        Elder,
        on_delete=models.CASCADE,
        related_name="categories",
        verbose_name=_("elder"),
    )
    code = models.CharField(_("category"), max_length=24, choices=Code)
    valid_from = models.DateField(pgettext_lazy("date", "from"))
    valid_to = models.DateField(pgettext_lazy("date", "until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(fields=["elder", "code", "valid_from"], name="category_once_from_a_day"),
            models.CheckConstraint(
                name="category_dates_order",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.get_code_display()


class ElderAlert(models.Model):
    """Something a carer must know before ringing the bell."""

    class Kind(models.TextChoices):
        DOG = "DOG", _("dog in the yard")
        KEY_SAFE = "KEY_SAFE", _("key safe")
        HARD_OF_HEARING = "HARD_OF_HEARING", _("hard of hearing")
        TWO_TO_LIFT = "TWO_TO_LIFT", _("two carers to lift")
        FALL_RISK = "FALL_RISK", _("fall risk")
        OTHER = "OTHER", _("other")

    elder = models.ForeignKey(Elder, on_delete=models.CASCADE, related_name="alerts", verbose_name=_("elder"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    note = EncryptedTextField(_("note"), blank=True, default="")

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [models.UniqueConstraint(fields=["elder", "kind"], name="alert_once_per_kind")]

    def __str__(self) -> str:
        return self.get_kind_display()


class Contact(models.Model):
    """Someone who speaks for an elder, and what they may do."""

    class Authority(models.TextChoices):
        MAY_ORDER = "MAY_ORDER", _("may order and confirm")
        MAY_ASK = "MAY_ASK", _("may only ask")

    elder = models.ForeignKey(
        Elder,
        on_delete=models.CASCADE,
        related_name="contacts",
        verbose_name=_("elder"),
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="contact_for",
        verbose_name=_("person"),
    )
    relation = models.CharField(_("relation"), max_length=32)
    authority = models.CharField(_("authority"), max_length=12, choices=Authority, default=Authority.MAY_ASK)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [models.UniqueConstraint(fields=["elder", "person"], name="contact_once")]

    def __str__(self) -> str:
        return f"{self.person} ({self.relation})"


class GradeBand(models.Model):
    """A score band of an assessment standard. Entered by an administrator; the shipped default is unverified."""

    standard = models.CharField(_("standard"), max_length=64)
    version = models.CharField(_("version"), max_length=32)
    effective_from = models.DateField(_("valid from"))
    grade = models.PositiveSmallIntegerField(_("grade"))
    low = models.PositiveSmallIntegerField(_("lowest score"))
    high = models.PositiveSmallIntegerField(_("highest score"))

    class Meta:
        verbose_name = _("grade band")
        verbose_name_plural = _("grade bands")
        constraints = [
            models.UniqueConstraint(fields=["standard", "version", "grade"], name="grade_band_once"),
            models.CheckConstraint(name="grade_band_order", condition=Q(low__lte=F("high"))),
        ]

    def __str__(self) -> str:
        return f"{self.standard} {self.version}: {self.grade}"


class Assessment(models.Model):
    """A dated ability assessment (GB/T 42195-2022): raw item scores, and the grade as given then, never re-graded."""

    elder = models.ForeignKey(
        Elder,
        on_delete=models.PROTECT,
        related_name="assessments",
        verbose_name=_("elder"),
    )
    assessed_on = models.DateField(_("assessed on"))
    valid_until = models.DateField(_("valid until"))
    standard = models.CharField(_("standard"), max_length=64, default="GB/T 42195-2022")
    version = models.CharField(_("version of the bands"), max_length=32)
    scores = models.JSONField(_("item scores"), default=dict)
    total = models.PositiveSmallIntegerField(_("total"))
    grade = models.PositiveSmallIntegerField(_("grade"))
    adjustment = models.CharField(_("named adjustment"), max_length=100, blank=True)
    assessors = models.CharField(_("assessors"), max_length=100)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["-assessed_on"]
        constraints = [
            models.UniqueConstraint(fields=["elder", "assessed_on"], name="assessment_once_a_day"),
            models.CheckConstraint(
                name="assessment_dates_order",
                condition=Q(valid_until__gte=F("assessed_on")),
            ),
            models.CheckConstraint(name="assessment_grade_range", condition=Q(grade__lte=4)),
        ]

    def __str__(self) -> str:
        return f"{self.assessed_on}: {self.grade}"


class Entitlement(models.Model):
    """Government minutes an elder may use in each calendar month between two dates. No carry-over."""

    elder = models.ForeignKey(
        Elder,
        on_delete=models.PROTECT,
        related_name="entitlements",
        verbose_name=_("elder"),
    )
    category = models.CharField(_("because of"), max_length=24, choices=ElderCategory.Code)
    minutes_per_month = models.PositiveIntegerField(_("minutes a month"))
    valid_from = models.DateField(pgettext_lazy("date", "from"))
    valid_to = models.DateField(pgettext_lazy("date", "until"), null=True, blank=True)
    basis = models.CharField(_("policy basis"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        constraints = [
            models.CheckConstraint(name="entitlement_positive", condition=Q(minutes_per_month__gt=0)),
            models.CheckConstraint(
                name="entitlement_dates_order",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
            models.UniqueConstraint(fields=["elder", "category", "valid_from"], name="entitlement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.elder}: {self.minutes_per_month}"


class EntitlementUse(models.Model):
    """Minutes of one visit against one entitlement in one month: reserved, then consumed or returned, once each."""

    class Status(models.TextChoices):
        RESERVED = "reserved", pgettext_lazy("entitlement", "reserved")
        CONSUMED = "consumed", pgettext_lazy("entitlement", "consumed")
        RETURNED = "returned", pgettext_lazy("entitlement", "returned")

    MOVES: ClassVar[Moves] = {
        Status.RESERVED: frozenset({Status.CONSUMED, Status.RETURNED}),
        Status.CONSUMED: frozenset(),
        Status.RETURNED: frozenset(),
    }

    entitlement = models.ForeignKey(
        Entitlement,
        on_delete=models.PROTECT,
        related_name="uses",
        verbose_name=_("entitlement"),
    )
    visit = models.ForeignKey(
        "orders.Visit",
        on_delete=models.PROTECT,
        related_name="entitlement_uses",
        verbose_name=_("visit"),
    )
    month = models.DateField(_("month"), help_text=_("first day of the month"))
    minutes = models.PositiveIntegerField(_("minutes"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RESERVED)

    class Meta:
        verbose_name = _("use of an entitlement")
        verbose_name_plural = _("uses of entitlements")
        indexes = [models.Index(fields=["entitlement", "month"])]
        constraints = [
            models.CheckConstraint(name="entitlement_use_month_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(name="entitlement_use_positive", condition=Q(minutes__gt=0)),
            models.CheckConstraint(
                name="entitlement_use_status",
                condition=Q(status__in=["reserved", "consumed", "returned"]),
            ),
            models.UniqueConstraint(
                fields=["entitlement", "visit"],
                condition=~Q(status="returned"),
                name="entitlement_use_once_per_visit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} ({self.get_status_display()})"


class EntitlementUseEvent(TransitionEvent):
    """A change of a use's status."""

    subject = models.ForeignKey(
        EntitlementUse,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("use of an entitlement"),
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("event of a use")
        verbose_name_plural = _("events of uses")
