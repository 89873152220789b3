"""The service catalogue: what can be ordered, versioned by effective date."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class ServiceKind(models.TextChoices):
    MEAL = "MEAL", _("meals")
    BATH = "BATH", _("bathing")
    CLEAN = "CLEAN", _("cleaning")
    URGENT = "URGENT", _("urgent help")
    MEDICAL = "MEDICAL", _("medical escort")
    ESCORT = "ESCORT", _("mobility and escort")
    WELFARE = "WELFARE", _("welfare visit")
    REHAB = "REHAB", _("rehabilitation")
    COMFORT = "COMFORT", _("emotional support")
    PERSONAL = "PERSONAL", _("personal care")
    ERRAND = "ERRAND", _("errands")


class ServiceItem(models.Model):
    """One version of a catalogue row. Money in fen per visit; `credit_rate` is credited minutes per delivered minute."""

    class Delivery(models.TextChoices):
        AT_HOME = "AT_HOME", _("at home")
        AT_SITE = "AT_SITE", _("at a site")
        ONLINE = "ONLINE", _("online")

    class GenderRule(models.TextChoices):
        ANY = "ANY", _("any carer")
        SAME = "SAME", _("same gender as the elder")
        WISH = "WISH", _("as the elder wishes")

    code = models.CharField(_("code"), max_length=32)
    kind = models.CharField(_("kind"), max_length=12, choices=ServiceKind)
    name = models.CharField(_("name"), max_length=64)
    name_en = models.CharField(
        _("name in English"),
        max_length=64,
        blank=True,
        help_text=_("what an English page says; messages and documents keep the name"),
    )
    delivery = models.CharField(_("delivery"), max_length=8, choices=Delivery, default=Delivery.AT_HOME)
    duration_minutes = models.PositiveSmallIntegerField(_("minutes"))
    carers_needed = models.PositiveSmallIntegerField(pgettext_lazy("how many", "carers"), default=1)
    skill = models.CharField(_("skill"), max_length=32, help_text=_("a carer needs this skill code"))
    certificate = models.CharField(
        _("certificate"),
        max_length=32,
        blank=True,
        help_text=_("certificate code that must be valid on the day"),
    )
    workers_only = models.BooleanField(_("never a volunteer"), default=False)
    is_popular = models.BooleanField(
        _("popular"), default=False, help_text=_("many would like to do it, so plans share it out fairly")
    )
    gender_rule = models.CharField(_("gender rule"), max_length=4, choices=GenderRule, default=GenderRule.ANY)
    price_fen = models.PositiveIntegerField(_("price (fen)"))
    subsidised = models.BooleanField(_("government hours may pay"), default=True)
    credit_payable = models.BooleanField(_("time credits may pay"), default=True)
    credit_rate = models.DecimalField(_("credit rate"), max_digits=4, decimal_places=2, default=1)
    tolerance_minutes = models.PositiveSmallIntegerField(_("tolerance (minutes)"), default=15)
    basis = models.CharField(_("policy basis"), max_length=100, blank=True)
    effective_from = models.DateField(_("valid from"))
    effective_to = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("service item")
        verbose_name_plural = _("service catalogue")
        ordering = ["kind", "code", "-effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "effective_from"], name="service_item_version"),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(effective_to__isnull=True),
                name="service_item_one_open_version",
            ),
            models.CheckConstraint(
                name="service_item_minutes",
                condition=Q(duration_minutes__range=(1, 720)),
            ),
            models.CheckConstraint(name="service_item_carers", condition=Q(carers_needed__range=(1, 2))),
            models.CheckConstraint(name="service_item_rate", condition=Q(credit_rate__gte=0)),
            models.CheckConstraint(
                name="service_item_dates_order",
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
            ),
        ]

    def __str__(self) -> str:
        return (self.name_en if get_language() == "en" else "") or self.name
