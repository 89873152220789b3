"""How cached balances move: one UPDATE per account with its limits in the filter, accounts in the order of their ids.

Only services call this, inside their transaction. A balance that would break its limit moves nothing.
"""

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from people.errors import Conflict
from volunteers.timebank.models import Account, Transfer


def claim(*accounts: Account) -> None:
    """Make rivals on these accounts wait until this transaction ends: for a rule over more than one row (the caps).

    It is a write, so it holds on SQLite too, which ignores row locks.
    """
    for pk in sorted({account.pk for account in accounts}):
        Account.objects.filter(pk=pk).update(balance=F("balance"))


def shift(transfer: Transfer, *, from_hold: bool = False, ceiling: int | None = None) -> None:
    """Move the transfer's minutes from source to target; `from_hold` frees the minutes that were held for it.

    Raises:
        Conflict: the source has too little that is not held, or the target would exceed `ceiling`.
    """
    for pk in sorted((transfer.source_id, transfer.target_id)):
        if pk == transfer.source_id:
            _take(pk, transfer.minutes, from_hold=from_hold)
        else:
            _give(pk, transfer.minutes, ceiling)


def hold(transfer: Transfer) -> None:
    """Set the transfer's minutes aside on its source. Raises Conflict if too little is free."""
    if not _with_free(transfer.source_id, transfer.minutes).update(held=F("held") + transfer.minutes):
        raise _too_little()


def release(transfer: Transfer) -> None:
    """Free the minutes that `hold` set aside."""
    Account.objects.filter(pk=transfer.source_id).update(held=F("held") - transfer.minutes)


def true_balances() -> dict[int, tuple[int, int]]:
    """What each account's balance and held minutes must be by its postings and pending transfers, by account id."""
    posted = dict(Account.objects.annotate(total=Coalesce(Sum("postings__minutes"), 0)).values_list("pk", "total"))
    pending = Q(transfers_out__status=Transfer.Status.PENDING)
    held = dict(
        Account.objects.annotate(
            total=Coalesce(Sum(Case(When(pending, then="transfers_out__minutes"), default=Value(0))), 0)
        ).values_list("pk", "total")
    )
    return {pk: (total, held[pk]) for pk, total in posted.items()}


def _take(pk: int, minutes: int, *, from_hold: bool) -> None:
    if from_hold:
        taken = Account.objects.filter(pk=pk).update(balance=F("balance") - minutes, held=F("held") - minutes)
    else:
        taken = _with_free(pk, minutes).update(balance=F("balance") - minutes)
    if not taken:
        raise _too_little()


def _give(pk: int, minutes: int, ceiling: int | None) -> None:
    room = Account.objects.filter(pk=pk)
    if ceiling is not None:
        room = room.filter(Q(is_issuer=True) | Q(balance__lte=ceiling - minutes))
    if not room.update(balance=F("balance") + minutes):
        raise Conflict(_("The account would hold more than the cap allows."), code="holding_cap")


def _with_free(pk: int, minutes: int) -> QuerySet[Account]:
    """The account, if so many of its minutes are free; the county fund always has enough."""
    return Account.objects.filter(Q(is_issuer=True) | Q(balance__gte=F("held") + minutes), pk=pk)


def _too_little() -> Conflict:
    return Conflict(_("The account does not hold enough free minutes."), code="insufficient_balance")
