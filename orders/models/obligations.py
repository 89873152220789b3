"""Monthly duties toward an elder (居家探访): one row per elder, programme and month, fulfilled or excused."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.elders import Elder
from orders.models.visits import Visit
from people.transitions import Moves, TransitionEvent


class Obligation(models.Model):
    """A visit that is owed in a month. The list is fixed on the first of the month (notice of ten ministries, 2022-10)."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("obligation", "owed")
        FULFILLED = "fulfilled", pgettext_lazy("obligation", "fulfilled")
        EXCUSED = "excused", pgettext_lazy("obligation", "excused")

    MOVES: ClassVar[Moves] = {
        Status.OPEN: frozenset({Status.FULFILLED, Status.EXCUSED}),
        Status.EXCUSED: frozenset({Status.FULFILLED}),  # a visit that happened beats any excuse
        Status.FULFILLED: frozenset(),
    }

    class Excuse(models.TextChoices):
        HOSPITAL = "HOSPITAL", pgettext_lazy("excuse", "in hospital")
        MOVED = "MOVED", pgettext_lazy("excuse", "moved out")
        REFUSED = "REFUSED", pgettext_lazy("excuse", "refused")
        DIED = "DIED", pgettext_lazy("excuse", "died")
        UNREACHABLE = "UNREACHABLE", pgettext_lazy("excuse", "unreachable")

    elder = models.ForeignKey(
        Elder,
        on_delete=models.PROTECT,
        related_name="obligations",
        verbose_name=_("elder"),
    )
    programme = models.CharField(_("programme"), max_length=32, default="WELFARE")
    month = models.DateField(_("month"), help_text=_("first day of the month"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    fulfilled_by = models.ForeignKey(
        Visit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="fulfils",
        verbose_name=_("fulfilled by"),
    )
    excuse = models.CharField(_("why not"), max_length=12, choices=Excuse, blank=True)

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        ordering = ["month", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["elder", "programme", "month"], name="obligation_once_a_month"),
            models.CheckConstraint(name="obligation_month_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="obligation_status_explained",
                condition=Q(status="open", fulfilled_by__isnull=True, excuse="")
                | Q(status="fulfilled", fulfilled_by__isnull=False)
                | (Q(status="excused") & ~Q(excuse="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.elder} {self.month:%Y-%m}"


class ObligationEvent(TransitionEvent):
    """A change of an obligation's status."""

    subject = models.ForeignKey(
        Obligation,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("obligation"),
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("obligation event")
        verbose_name_plural = _("obligation events")
