"""What was asked for: orders with items, recurring series, and the county's own holidays."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import terms
from orders.models.catalogue import ServiceItem
from orders.models.elders import Elder
from people.models import Gender, Person
from people.transitions import Moves, TransitionEvent


class Order(models.Model):
    """One request by phone (or import): who asked, for whom, when it was spoken and when it was typed."""

    class Status(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("order", "received")  # written down, not yet checked
        CONFIRMED = "confirmed", pgettext_lazy("order", "confirmed")  # eligible; its visits may be planned
        ON_HOLD = "on_hold", pgettext_lazy("order", "on hold")  # nothing is planned until it is resumed
        PARTLY_DONE = (
            "partly_done",
            pgettext_lazy("order", "partly done"),
        )  # some visits done, some failed or cancelled, none pending
        COMPLETED = "completed", pgettext_lazy("order", "completed")  # every visit verified
        CLOSED = "closed", pgettext_lazy("order", "closed")  # nothing more will change
        CANCELLED = "cancelled", pgettext_lazy("order", "cancelled")  # withdrawn, with a reason
        REJECTED = "rejected", pgettext_lazy("order", "rejected")  # not accepted, with a reason

    MOVES: ClassVar[Moves] = {
        Status.RECEIVED: frozenset({Status.CONFIRMED, Status.REJECTED, Status.CANCELLED}),
        Status.CONFIRMED: frozenset({Status.ON_HOLD, Status.PARTLY_DONE, Status.COMPLETED, Status.CANCELLED}),
        Status.ON_HOLD: frozenset({Status.CONFIRMED, Status.CANCELLED}),
        Status.PARTLY_DONE: frozenset({Status.CONFIRMED, Status.COMPLETED, Status.CLOSED}),
        Status.COMPLETED: frozenset({Status.CONFIRMED, Status.PARTLY_DONE, Status.CLOSED}),
        Status.CLOSED: frozenset(),
        Status.CANCELLED: frozenset(),
        Status.REJECTED: frozenset(),
    }

    class Channel(models.TextChoices):
        PHONE = "PHONE", _("telephone")
        IMPORT = "IMPORT", _("imported")
        DEVICE = "DEVICE", _("alarm device")
        OBLIGATION = "OBLIGATION", _("monthly obligation")

    number = models.CharField(_("order number"), max_length=32, unique=True)
    elder = models.ForeignKey(Elder, on_delete=models.PROTECT, related_name="orders", verbose_name=_("elder"))
    ordered_by = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="orders_placed",
        verbose_name=_("ordered by"),
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel, default=Channel.PHONE)
    programme = models.CharField(_("programme"), max_length=32, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    uses_credits = models.BooleanField(
        _("time credits may pay"), default=False, help_text=_("also visits of a recurrence that are made later")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.RECEIVED)
    end_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)
    requested_at = models.DateTimeField(_("asked at"))
    created_at = models.DateTimeField(_("entered at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("entered by"),
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="order_end_has_reason",
                condition=~Q(status__in=["cancelled", "rejected"]) | ~Q(end_reason=""),
            ),
            models.CheckConstraint(
                name="order_asked_before_entered",
                condition=Q(requested_at__lte=F("created_at")),
            ),
            models.CheckConstraint(
                name="order_status",
                condition=Q(
                    status__in=[
                        "received",
                        "confirmed",
                        "on_hold",
                        "partly_done",
                        "completed",
                        "closed",
                        "cancelled",
                        "rejected",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderEvent(TransitionEvent):
    """A change of an order's status."""

    subject = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events", verbose_name=_("order"))

    class Meta(TransitionEvent.Meta):
        verbose_name = _("order event")
        verbose_name_plural = _("order events")


class OrderItem(models.Model):
    """One service within an order. Each occurrence becomes a Visit; wishes and the split quoted for the first live here."""

    class CriticalReason(models.TextChoices):
        MEDICINE = "MEDICINE", _("medicine")
        MEAL = "MEAL", _("meal")
        INSULIN = "INSULIN", _("insulin")
        WOUND = "WOUND", _("wound care")
        TRANSPORT = "TRANSPORT", _("transport")
        OTHER = "OTHER", _("other")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="items", verbose_name=_("order"))
    item = models.ForeignKey(
        ServiceItem,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("service"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    duration_minutes = models.PositiveSmallIntegerField(_("minutes"))
    carers_needed = models.PositiveSmallIntegerField(pgettext_lazy("how many", "carers"), default=1)
    time_critical_reason = models.CharField(
        _("time-critical because of"), max_length=10, choices=CriticalReason, blank=True
    )
    time_critical_note = models.CharField(_("note on the time"), max_length=100, blank=True)
    gender_wish = models.CharField(_("wishes a carer who is"), max_length=1, choices=Gender, blank=True)
    dialect_wish = models.CharField(_("wishes a carer who speaks"), max_length=32, blank=True)
    window_rule = models.CharField(
        _("window rule"), max_length=5, choices=terms.WindowRule, default=terms.WindowRule.START
    )
    lateness_minutes = models.PositiveSmallIntegerField(_("may be late (minutes)"), default=0)
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        choices=terms.Priority,
        null=True,
        blank=True,
        help_text=_("empty: follows from the service and the price split"),
    )
    mandatory = models.BooleanField(_("must be served"), default=True)
    gov_minutes = models.PositiveIntegerField(_("government minutes"), default=0)
    credit_minutes = models.PositiveIntegerField(_("minutes from time credits"), default=0)
    self_pay_fen = models.PositiveIntegerField(_("self-pay (fen)"), default=0)

    class Meta:
        verbose_name = _("order item")
        verbose_name_plural = _("order items")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_item_position"),
            models.CheckConstraint(name="order_item_minutes", condition=Q(duration_minutes__range=(1, 720))),
            models.CheckConstraint(name="order_item_carers", condition=Q(carers_needed__range=(1, 2))),
            models.CheckConstraint(
                name="order_item_split_within_minutes",
                condition=Q(duration_minutes__gte=F("gov_minutes") + F("credit_minutes")),
            ),
            models.CheckConstraint(
                name="order_item_other_is_explained",
                condition=~Q(time_critical_reason="OTHER") | ~Q(time_critical_note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.item}"


class OrderSeries(models.Model):
    """How an order item recurs: an RRULE (RFC 5545) on the county's wall clock, holidays and exceptions applied."""

    class OnHoliday(models.TextChoices):
        KEEP = "KEEP", _("also on holidays")
        SKIP = "SKIP", _("not on public holidays")
        WORK = "WORK", _("only on working days")

    order_item = models.OneToOneField(
        OrderItem,
        on_delete=models.PROTECT,
        related_name="series",
        verbose_name=_("order item"),
    )
    rrule = models.CharField(_("rule"), max_length=200)
    starts_on = models.DateField(pgettext_lazy("date", "from"))
    ends_on = models.DateField(pgettext_lazy("date", "until"), null=True, blank=True)
    window_start = models.TimeField(_("not before"))
    window_end = models.TimeField(_("not after"))
    on_holiday = models.CharField(_("on holidays"), max_length=4, choices=OnHoliday, default=OnHoliday.KEEP)
    exceptions = models.JSONField(_("days left out"), default=list, blank=True)
    made_until = models.DateField(_("visits made until"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("recurrence")
        verbose_name_plural = _("recurrences")
        constraints = [
            models.CheckConstraint(
                name="series_window_order",
                condition=Q(window_end__gt=F("window_start")),
            ),
            models.CheckConstraint(
                name="series_dates_order",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.rrule


class Holiday(models.Model):
    """The county's word on one day; it overrules the national calendar."""

    day = models.DateField(_("day"), unique=True)
    is_workday = models.BooleanField(_("is a working day"), default=False)
    name = models.CharField(_("name"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()
