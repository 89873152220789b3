"""The question put to one carer about one leg of a visit, and the telephone call in which it may be answered."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dispatch.visits.models import Assignment
from orders.models import Visit
from people.fields import EncryptedTextField
from people.transitions import Moves, TransitionEvent
from volunteers.models import Carer


class Offer(models.Model):
    """One offer to one carer: a direct one belongs to an assignment, a pool one (抢单) gets its assignment on acceptance."""

    class Kind(models.TextChoices):
        DIRECT = "DIRECT", _("direct")
        POOL = "POOL", _("open pool")

    class Status(models.TextChoices):
        SENT = "sent", _("waiting for an answer")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("not answered in time")
        WITHDRAWN = "withdrawn", _("withdrawn")  # the platform took the question back
        FILLED = "filled", _("taken by somebody else")

    MOVES: ClassVar[Moves] = {
        Status.SENT: frozenset(
            {
                Status.ACCEPTED,
                Status.DECLINED,
                Status.EXPIRED,
                Status.WITHDRAWN,
                Status.FILLED,
            }
        ),
        Status.ACCEPTED: frozenset({Status.WITHDRAWN}),
        Status.DECLINED: frozenset[str](),
        Status.EXPIRED: frozenset[str](),
        Status.WITHDRAWN: frozenset[str](),
        Status.FILLED: frozenset[str](),
    }

    class DeclineReason(models.TextChoices):
        SICK = "SICK", _("sick")
        LEAVE = "LEAVE", _("on leave")
        CONFLICT = "CONFLICT", _("another appointment")
        TOO_FAR = "TOO_FAR", _("too far")
        UNSAFE = "UNSAFE", _("unsafe")
        OTHER = "OTHER", _("other")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.DIRECT)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="offers", verbose_name=_("visit"))
    leg = models.PositiveSmallIntegerField(_("leg"), default=1)
    carer = models.ForeignKey(Carer, on_delete=models.PROTECT, related_name="offers", verbose_name=_("carer"))
    assignment = models.OneToOneField(
        Assignment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="offer",
        verbose_name=_("assignment"),
    )
    planned_start = models.DateTimeField(_("planned start"))
    planned_end = models.DateTimeField(_("planned end"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SENT)
    decline_reason = models.CharField(
        _("reason"),
        max_length=10,
        choices=DeclineReason,
        blank=True,
        help_text=_("also set when the carer gives accepted work back: the pair is not asked again"),
    )
    decline_note = models.CharField(_("note"), max_length=200, blank=True)
    sent_at = models.DateTimeField(_("sent at"))
    expires_at = models.DateTimeField(_("expires at"), db_index=True)
    answered_at = models.DateTimeField(_("answer given at"), null=True, blank=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["planned_start", "pk"]
        indexes = [
            models.Index(fields=["carer", "status"]),
            models.Index(fields=["status", "answered_at"]),  # who has just accepted, on every console
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "leg"],
                condition=Q(status="accepted"),
                name="offer_first_acceptance_wins",
            ),
            models.UniqueConstraint(
                fields=["visit", "leg", "carer"],
                condition=Q(status="sent"),
                name="offer_one_question_at_a_time",
            ),
            models.CheckConstraint(name="offer_leg", condition=Q(leg__range=(1, 2))),
            models.CheckConstraint(name="offer_kind", condition=Q(kind__in=["DIRECT", "POOL"])),
            models.CheckConstraint(name="offer_planned_order", condition=Q(planned_end__gt=F("planned_start"))),
            models.CheckConstraint(name="offer_expires_later", condition=Q(expires_at__gt=F("sent_at"))),
            models.CheckConstraint(
                name="offer_decline_has_reason",
                condition=~Q(status="declined") | ~Q(decline_reason=""),
            ),
            models.CheckConstraint(
                name="offer_direct_has_assignment",
                condition=Q(kind="POOL") | Q(assignment__isnull=False),
            ),
            models.CheckConstraint(
                name="offer_accepted_has_assignment",
                condition=~Q(status="accepted") | Q(assignment__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="offer_status",
                condition=Q(
                    status__in=[
                        "sent",
                        "accepted",
                        "declined",
                        "expired",
                        "withdrawn",
                        "filled",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit} → {self.carer}"


class OfferEvent(TransitionEvent):
    """A change of an offer's status."""

    subject = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="events", verbose_name=_("offer"))

    class Meta(TransitionEvent.Meta):
        verbose_name = _("offer event")
        verbose_name_plural = _("offer events")


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
