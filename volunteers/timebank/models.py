"""The time-bank ledger: double entry in integer minutes. Postings are never changed; a mistake is reversed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from people.models import Person
from people.transitions import Moves, TransitionEvent
from volunteers.models import Organisation


class Account(models.Model):
    """A time account of a person, an organisation or the county fund. Only the issuer fund may go below zero.

    `balance` caches the sum of the postings, `held` the minutes of pending transfers out of the account.
    """

    person = models.OneToOneField(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="time_account",
        verbose_name=_("person"),
    )
    organisation = models.OneToOneField(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="time_account",
        verbose_name=_("organisation"),
    )
    is_issuer = models.BooleanField(_("county fund"), default=False)
    balance = models.IntegerField(_("balance (minutes)"), default=0)
    held = models.PositiveIntegerField(_("held (minutes)"), default=0)
    opened_at = models.DateTimeField(_("opened at"))

    class Meta:
        verbose_name = _("time account")
        verbose_name_plural = _("time accounts")
        constraints = [
            models.CheckConstraint(
                name="account_one_owner",
                condition=Q(person__isnull=False, organisation__isnull=True, is_issuer=False)
                | Q(person__isnull=True, organisation__isnull=False, is_issuer=False)
                | Q(person__isnull=True, organisation__isnull=True, is_issuer=True),
            ),
            models.UniqueConstraint(
                fields=["is_issuer"],
                condition=Q(is_issuer=True),
                name="account_one_issuer",
            ),
            models.CheckConstraint(
                name="account_floor",
                condition=Q(is_issuer=True) | Q(balance__gte=F("held")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.person or self.organisation or _("county fund"))


class Transfer(models.Model):
    """A business event that moves minutes from one account to another. `key` makes a repeat harmless."""

    class Kind(models.TextChoices):
        EARN = "EARN", _("earned")
        REDEEM = "REDEEM", _("redeemed")
        DONATE = "DONATE", _("donated")
        GRANT = "GRANT", _("granted")
        HONOUR = "HONOUR", _("turned into honour")
        REVERSAL = "REVERSAL", _("reversed")

    class Status(models.TextChoices):
        PENDING = "pending", pgettext_lazy("transfer", "pending")  # minutes are held, nothing is posted yet
        POSTED = "posted", pgettext_lazy("transfer", "posted")  # both postings are written
        VOIDED = "voided", _("voided")  # the hold was released, nothing was posted

    MOVES: ClassVar[Moves] = {
        Status.PENDING: frozenset({Status.POSTED, Status.VOIDED}),
        Status.POSTED: frozenset[str](),
        Status.VOIDED: frozenset[str](),
    }

    key = models.CharField(_("key"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    source = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="transfers_out",
        verbose_name=_("from account"),
    )
    target = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="transfers_in",
        verbose_name=_("to account"),
    )
    minutes = models.PositiveIntegerField(_("minutes"))
    delivered_minutes = models.PositiveIntegerField(
        _("delivered minutes"),
        null=True,
        blank=True,
        help_text=_("of an earned credit: the minutes worked, more than the credit when a cap cut it"),
    )
    day = models.DateField(_("day"), db_index=True, help_text=_("the day of the service; the daily cap goes by it"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    cause = models.CharField(_("cause"), max_length=100, help_text=_("what it was for, e.g. visit:123"))
    reversal_of = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversed_by",
        verbose_name=_("reverses"),
    )
    created_at = models.DateTimeField(_("entered at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="transfer_positive", condition=Q(minutes__gt=0)),
            models.CheckConstraint(name="transfer_two_accounts", condition=~Q(source=F("target"))),
            models.CheckConstraint(
                name="transfer_status",
                condition=Q(status__in=["pending", "posted", "voided"]),
            ),
            models.CheckConstraint(
                name="transfer_reversal_names_original",
                condition=Q(kind="REVERSAL", reversal_of__isnull=False)
                | (~Q(kind="REVERSAL") & Q(reversal_of__isnull=True)),
            ),
            models.CheckConstraint(
                name="transfer_earned_says_delivered",
                condition=Q(kind="EARN", delivered_minutes__isnull=False, delivered_minutes__gte=F("minutes"))
                | (~Q(kind="EARN") & Q(delivered_minutes__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.minutes}"


class TransferEvent(TransitionEvent):
    """A change of a transfer's status."""

    subject = models.ForeignKey(
        Transfer,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("transfer"),
    )

    class Meta(TransitionEvent.Meta):
        verbose_name = _("transfer event")
        verbose_name_plural = _("transfer events")


class Posting(models.Model):
    """One signed line of a posted transfer: one debit and one credit each, summing to zero. Append-only."""

    class Side(models.TextChoices):
        DEBIT = "D", pgettext_lazy("minutes", "out")
        CREDIT = "C", pgettext_lazy("minutes", "in")

    transfer = models.ForeignKey(
        Transfer,
        on_delete=models.PROTECT,
        related_name="postings",
        verbose_name=_("transfer"),
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="postings",
        verbose_name=_("account"),
    )
    side = models.CharField(_("side"), max_length=1, choices=Side)
    minutes = models.IntegerField(_("minutes"))
    posted_at = models.DateTimeField(_("posted at"), db_index=True)

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["posted_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["transfer", "side"], name="posting_one_per_side"),
            models.CheckConstraint(
                name="posting_sign",
                condition=Q(side="D", minutes__lt=0) | Q(side="C", minutes__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.minutes:+d}"
