"""Who someone is: identity and all personal data, towns and places, and the log of every reveal."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from people.fields import EncryptedCharField, EncryptedTextField

LATITUDE = [MinValueValidator(-90.0), MaxValueValidator(90.0)]
LONGITUDE = [MinValueValidator(-180.0), MaxValueValidator(180.0)]


def on_earth(name: str) -> models.CheckConstraint:
    """A check that `latitude` and `longitude` (WGS-84 degrees) lie on the globe."""
    return models.CheckConstraint(
        name=name,
        condition=Q(latitude__range=(-90.0, 90.0), longitude__range=(-180.0, 180.0)),
    )


class Town(models.Model):
    """A town or street office (镇、街道): dispatch area and reporting unit, with a representative point (WGS-84)."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=64, unique=True)
    latitude = models.FloatField(_("latitude"), validators=LATITUDE)
    longitude = models.FloatField(_("longitude"), validators=LONGITUDE)

    class Meta:
        verbose_name = _("town")
        verbose_name_plural = _("towns")
        ordering = ["code"]
        constraints = [on_earth("town_on_earth")]

    def __str__(self) -> str:
        return self.name


class TownDuty(models.Model):
    """A town that a dispatcher looks after. A dispatcher without any looks after all."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="town_duties",
        verbose_name=_("user"),
    )
    town = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="duties", verbose_name=_("town"))

    class Meta:
        verbose_name = _("town duty")
        verbose_name_plural = _("town duties")
        constraints = [models.UniqueConstraint(fields=["user", "town"], name="town_duty_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.town}"


class Place(models.Model):
    """A point where visits start, end or happen (WGS-84). The detailed address is encrypted; the village is not."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="places", verbose_name=_("town"))
    village = models.CharField(_("village"), max_length=64, blank=True, db_index=True)
    address = EncryptedTextField(_("detailed address"), blank=True, default="")
    latitude = models.FloatField(_("latitude"), validators=LATITUDE)
    longitude = models.FloatField(_("longitude"), validators=LONGITUDE)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        constraints = [on_earth("place_on_earth")]

    def __str__(self) -> str:
        return f"{self.town} {self.village}".strip()


class Gender(models.TextChoices):
    FEMALE = "F", _("female")
    MALE = "M", _("male")


class Person(models.Model):
    """One human. May be elder, carer, family and user at once; ask for the role, never for the kind of person."""

    name = models.CharField(pgettext_lazy("person", "name"), max_length=64)
    name_pinyin = models.CharField(_("pinyin"), max_length=600, blank=True, db_index=True)
    name_initials = models.CharField(_("initials"), max_length=100, blank=True, db_index=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    id_number = EncryptedCharField(_("national ID number"), max_length=18, null=True, blank=True)
    id_number_index = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    id_number_tail = models.CharField(max_length=4, blank=True, db_index=True, editable=False)
    home = models.ForeignKey(
        Place,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="residents",
        verbose_name=_("home"),
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="person",
        verbose_name=_("user"),
    )
    created_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name_pinyin", "pk"]
        constraints = [
            models.CheckConstraint(name="person_named", condition=~Q(name="")),
            models.CheckConstraint(name="person_gender", condition=Q(gender__in=["F", "M"])),
            models.CheckConstraint(
                name="person_id_number_indexed",
                condition=Q(id_number__isnull=True, id_number_index__isnull=True)
                | Q(id_number__isnull=False, id_number_index__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Phone(models.Model):
    """A number of a person. One number may belong to several people (a shared landline), a person may have several."""

    person = models.ForeignKey(
        Person,
        on_delete=models.CASCADE,
        related_name="phones",
        verbose_name=_("person"),
    )
    number = EncryptedCharField(_("number"), max_length=32)
    number_index = models.CharField(max_length=64, db_index=True, editable=False)
    tail = models.CharField(max_length=4, db_index=True, editable=False)
    is_primary = models.BooleanField(_("first to call"), default=False)

    class Meta:
        verbose_name = _("phone")
        verbose_name_plural = _("phones")
        constraints = [
            models.UniqueConstraint(fields=["person", "number_index"], name="phone_once_per_person"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(is_primary=True),
                name="phone_one_primary",
            ),
        ]

    def __str__(self) -> str:
        return f"*{self.tail}"


class Device(models.Model):
    """A phone that is logged in to the app: one revocable token each (knox keeps only its hash)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="devices",
        verbose_name=_("user"),
    )
    token = models.OneToOneField(
        "knox.AuthToken",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="device",
        editable=False,
    )
    name = models.CharField(_("name"), max_length=64)
    created_at = models.DateTimeField(_("logged in at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class RevealLog(models.Model):
    """Who saw which personal field of whom, when and why. Append-only (PIPL art. 51: least privilege, traceable)."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="reveals",
        verbose_name=_("by"),
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="reveals",
        verbose_name=_("person"),
    )
    field = models.CharField(_("field"), max_length=32)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(name="reveal_has_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.actor} · {self.field}"


class PolicySetting(models.Model):
    """A number of the county's own choosing, valid from a date. `people.policy` lists the keys and their defaults."""

    key = models.CharField(_("setting"), max_length=64)
    value = models.JSONField(_("value"))
    effective_from = models.DateField(_("valid from"))
    owner = models.CharField(_("owner"), max_length=64)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        ordering = ["key", "-effective_from"]
        constraints = [models.UniqueConstraint(fields=["key", "effective_from"], name="policy_once_a_day")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class KeyedRequest(models.Model):
    """A request of a user that carried a key, and its answer once it was carried out (`people.idempotency`)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("user")
    )
    key = models.CharField(max_length=255)
    digest = models.UUIDField()  # of method, address and body
    claimed_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)  # empty while it is being carried out
    body = EncryptedTextField(blank=True, default="")  # as JSON text; it may name people

    class Meta:
        verbose_name = _("request with a key")
        verbose_name_plural = _("requests with a key")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="keyed_request_once")]

    def __str__(self) -> str:
        return self.key
