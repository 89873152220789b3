"""The telephone call in which a carer hears the own offers and answers them by keys."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dispatch.offers.models.offer import Offer
from people.fields import EncryptedTextField
from people.transitions import Moves, TransitionEvent
from volunteers.models import Carer


class MenuCall(models.Model):
    """A call in which a carer hears the own offers and answers them by keys (`dispatch.offers.services.menu`)."""

    class Status(models.TextChoices):
        PIN = "pin", _("asked for the PIN")
        OFFER = "offer", _("hears an offer")
        REASON = "reason", _("asked why not")
        ACCEPTED = "accepted", _("hears whom to visit")
        ENDED = "ended", _("ended")

    MOVES: ClassVar[Moves] = {
        Status.PIN: frozenset({Status.OFFER, Status.ENDED}),
        Status.OFFER: frozenset({Status.REASON, Status.ACCEPTED, Status.ENDED}),
        Status.REASON: frozenset({Status.OFFER, Status.ENDED}),
        Status.ACCEPTED: frozenset({Status.OFFER, Status.ENDED}),
        Status.ENDED: frozenset[str](),
    }

    call_id = models.CharField(_("call"), max_length=250, unique=True)
    number_index = models.CharField(max_length=64, blank=True, editable=False)  # of the caller; empty when withheld
    carer = models.ForeignKey(
        Carer, null=True, blank=True, on_delete=models.PROTECT, related_name="menu_calls", verbose_name=_("carer")
    )
    offer = models.ForeignKey(
        Offer, null=True, blank=True, on_delete=models.PROTECT, related_name="menu_calls", verbose_name=_("offer")
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PIN)
    started_at = models.DateTimeField(_("began at"))

    class Meta:
        verbose_name = _("call to the telephone menu")
        verbose_name_plural = _("calls to the telephone menu")
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                name="menu_call_status", condition=Q(status__in=["pin", "offer", "reason", "accepted", "ended"])
            ),
            models.CheckConstraint(
                name="menu_call_offer_is_somebodys", condition=Q(offer__isnull=True) | Q(carer__isnull=False)
            ),
            models.CheckConstraint(
                name="menu_call_nothing_is_heard_unproved",
                condition=Q(status__in=["pin", "ended"]) | Q(offer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.call_id


class MenuCallEvent(TransitionEvent):
    """A change of a call's status."""

    subject = models.ForeignKey(MenuCall, on_delete=models.PROTECT, related_name="events", verbose_name=_("call"))

    class Meta(TransitionEvent.Meta):
        verbose_name = _("event of a call to the telephone menu")
        verbose_name_plural = _("events of calls to the telephone menu")


class MenuStep(models.Model):
    """What was said in one step of a call, so that the exchange may ask again; what was pressed is not kept."""

    call = models.ForeignKey(MenuCall, on_delete=models.CASCADE, related_name="steps", verbose_name=_("call"))
    number = models.PositiveSmallIntegerField(_("step"))
    say = EncryptedTextField(_("said"))  # it may name an elder
    gather = models.PositiveSmallIntegerField(_("digits awaited"))
    understood = models.BooleanField(_("understood"))
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("step of a call")
        verbose_name_plural = _("steps of calls")
        ordering = ["call", "number"]
        constraints = [models.UniqueConstraint(fields=["call", "number"], name="menu_step_once")]

    def __str__(self) -> str:
        return f"{self.call} · {self.number}"
