"""Who has which elder's card open right now, and what an operator has begun and not finished."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import CallRecord, Elder, Order
from people.fields import EncryptedTextField


class Editing(models.Model):
    """An operator works on an elder's card; the screen says so again every few seconds (`seen_at`)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("user"),
    )
    elder = models.ForeignKey(Elder, on_delete=models.CASCADE, related_name="+", verbose_name=_("elder"))
    seen_at = models.DateTimeField(_("seen at"))

    class Meta:
        verbose_name = _("card being edited")
        verbose_name_plural = _("cards being edited")
        constraints = [models.UniqueConstraint(fields=["user", "elder"], name="editing_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.elder}"


class OrderDraft(models.Model):
    """An order as it was typed, kept with every keystroke; once placed, it names the order that came of it.

    `key` comes from the form, so that a form sent twice is one draft and one order.
    """

    key = models.UUIDField(_("key"), unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="order_drafts", verbose_name=_("operator")
    )
    elder = models.ForeignKey(Elder, on_delete=models.PROTECT, related_name="order_drafts", verbose_name=_("elder"))
    call = models.ForeignKey(
        CallRecord,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="order_drafts",
        verbose_name=_("call"),
    )
    typed = EncryptedTextField(_("as typed"), blank=True, default="")  # the form's own encoding
    changed_at = models.DateTimeField(_("changed at"))
    digest = models.UUIDField(null=True, editable=False)  # of what was placed, see people.form_keys
    order = models.OneToOneField(
        Order, null=True, blank=True, on_delete=models.PROTECT, related_name="draft", verbose_name=_("order")
    )

    class Meta:
        verbose_name = _("half-typed order")
        verbose_name_plural = _("half-typed orders")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "elder"], condition=Q(order__isnull=True), name="draft_one_open_per_operator_and_elder"
            )
        ]

    def __str__(self) -> str:
        return str(self.elder)
