"""Every write of the ledger. Minutes move by transfers of two postings each; a mistake is reversed, never changed.

A transfer's `key` comes from the caller: the same key with the same content returns the first transfer and writes
nothing, with other content it is refused. docs/mechanisms/ledger.md tells the whole.
"""

from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from people import policy
from people.clock import local_date
from people.errors import Conflict, Invalid, WrongState
from people.models import Person
from people.transitions import move, record_birth
from volunteers.checks import check_fields
from volunteers.models import Organisation
from volunteers.timebank import balances
from volunteers.timebank.models import Account, Posting, Transfer
from volunteers.timebank.selectors import credits_available

# What becomes of credit above the holding cap: under STOP it is not given, else it goes on to the county fund.
PASSED_ON = {"DONATE": Transfer.Kind.DONATE, "HONOUR": Transfer.Kind.HONOUR}


def issuer_account(now: datetime) -> Account:
    """The county fund: the source of every earned minute and the only account that may go below zero."""
    return Account.objects.get_or_create(is_issuer=True, defaults={"opened_at": now})[0]


def account_of(person: Person, now: datetime) -> Account:
    """The person's time account, opened if there is none yet."""
    return Account.objects.filter(person=person).first() or _open(now, person=person)


def account_of_organisation(organisation: Organisation, now: datetime) -> Account:
    """The organisation's time account, opened if there is none yet."""
    return Account.objects.filter(organisation=organisation).first() or _open(now, organisation=organisation)


def claim_free_minutes(*, person: Person) -> int:
    """`credits_available`, which nobody else can take until this transaction ends."""
    account = Account.objects.filter(person=person).first()
    if account is None:
        return 0
    balances.claim(account)
    return credits_available(person)


def post_transfer(
    *,
    key: str,
    kind: str,
    source: Account,
    target: Account,
    minutes: int,
    cause: str,
    actor: User | None,
    now: datetime,
    day: date | None = None,
    delivered_minutes: int | None = None,
    ceiling: int | None = None,
) -> Transfer:
    """Move minutes at once; returns the posted transfer, or the first one under this key.

    `ceiling` is the most the target may hold afterwards; `day` is the service day (default: today).

    Raises:
        Invalid: no positive whole minutes, no key, or one account on both sides.
        Conflict: insufficient_balance, holding_cap, or key_reused for other content.
    """
    draft = Transfer(
        key=key,
        kind=kind,
        source=source,
        target=target,
        minutes=minutes,
        delivered_minutes=delivered_minutes,
        day=day or local_date(now),
        cause=cause,
        status=Transfer.Status.POSTED,
        created_at=now,
        created_by=actor,
    )
    return _post(draft, actor=actor, now=now, ceiling=ceiling)


def hold(
    *,
    key: str,
    kind: str,
    source: Account,
    target: Account,
    minutes: int,
    cause: str,
    actor: User | None,
    now: datetime,
    day: date | None = None,
) -> Transfer:
    """Set minutes aside for a later `settle` or `void`; returns the pending transfer, or the first under this key.

    Raises as `post_transfer`.
    """
    draft = Transfer(
        key=key,
        kind=kind,
        source=source,
        target=target,
        minutes=minutes,
        day=day or local_date(now),
        cause=cause,
        status=Transfer.Status.PENDING,
        created_at=now,
        created_by=actor,
    )
    with transaction.atomic():
        transfer, is_new = _enter(draft, actor=actor, now=now)
        if is_new:
            balances.hold(transfer)
    return transfer


def settle(*, transfer: Transfer, actor: User | None, now: datetime) -> None:
    """Post a pending transfer from the minutes held for it. Raises WrongState or LostRace if it is resolved."""
    with transaction.atomic():
        move(transfer, Transfer.Status.POSTED, actor=actor, now=now)
        _write_postings(transfer, now=now)
        balances.shift(transfer, from_hold=True)


def void(*, transfer: Transfer, actor: User | None, now: datetime, reason: str = "") -> None:
    """Give up a pending transfer and free its minutes. Raises WrongState or LostRace if it is resolved."""
    with transaction.atomic():
        move(transfer, Transfer.Status.VOIDED, actor=actor, now=now, reason=reason)
        balances.release(transfer)


def reverse(*, transfer: Transfer, key: str, actor: User | None, now: datetime, reason: str = "") -> Transfer:
    """Move the minutes of a posted transfer back by a new one that names it; returns the new transfer.

    The surplus that an earned credit passed on to the county fund comes back with it.

    Raises:
        WrongState: the transfer was never posted.
        Conflict: already_reversed, insufficient_balance (the minutes were spent since), or key_reused.
    """
    if transfer.status != Transfer.Status.POSTED:
        raise WrongState(_("Only a posted transfer can be reversed."))
    draft = Transfer(
        key=key,
        kind=Transfer.Kind.REVERSAL,
        source=transfer.target,
        target=transfer.source,
        minutes=transfer.minutes,
        day=transfer.day,
        cause=transfer.cause,
        reversal_of=transfer,
        status=Transfer.Status.POSTED,
        created_at=now,
        created_by=actor,
    )
    with transaction.atomic():
        surplus = Transfer.objects.filter(key=_surplus_key(transfer.key), reversed_by__isnull=True).first()
        if surplus is not None:
            reverse(transfer=surplus, key=_surplus_key(key), actor=actor, now=now, reason=reason)
        return _post(draft, actor=actor, now=now, reason=reason)


def earn(
    *,
    person: Person,
    minutes: int,
    key: str,
    cause: str,
    actor: User | None,
    now: datetime,
    day: date | None = None,
) -> Transfer | None:
    """Credit a volunteer for verified work of `day` (default: today); None if a cap leaves nothing to credit.

    Above `daily_cap_minutes` the work is recorded as delivered but not credited. Above `holding_cap_minutes` the rule
    `overflow_rule` decides in the same transaction: STOP credits only what fits, DONATE and HONOUR credit all and pass
    the surplus on to the county fund (domain guide 3.4).

    Raises:
        Invalid: no positive whole minutes.
        Conflict: key_reused for other content.
    """
    _check_minutes(minutes)
    on = day or local_date(now)
    with transaction.atomic():
        fund, account = issuer_account(now), account_of(person, now)
        balances.claim(fund, account)
        first = Transfer.objects.filter(key=key).first()
        if first is not None:
            return _same_earning(first, account=account, delivered=minutes, cause=cause)
        credited, surplus = _share(account, minutes, on)
        if not credited:
            return None
        transfer = post_transfer(
            key=key,
            kind=Transfer.Kind.EARN,
            source=fund,
            target=account,
            minutes=credited,
            delivered_minutes=minutes,
            cause=cause,
            day=on,
            actor=actor,
            now=now,
        )
        if surplus:
            post_transfer(
                key=_surplus_key(key),
                kind=PASSED_ON[_overflow_rule(on)],
                source=account,
                target=fund,
                minutes=surplus,
                cause=cause,
                day=on,
                actor=actor,
                now=now,
            )
    return transfer


def grant(*, person: Person, minutes: int, key: str, cause: str, actor: User | None, now: datetime) -> Transfer:
    """Give a person minutes of the county fund, up to the holding cap. Raises as `post_transfer`."""
    return post_transfer(
        key=key,
        kind=Transfer.Kind.GRANT,
        source=issuer_account(now),
        target=account_of(person, now),
        minutes=minutes,
        cause=cause,
        actor=actor,
        now=now,
        ceiling=_holding_cap(local_date(now)),
    )


def donate(
    *,
    source: Account,
    target: Account | None = None,
    minutes: int,
    key: str,
    cause: str,
    actor: User | None,
    now: datetime,
) -> Transfer:
    """Give minutes away: to the county fund, or to another account up to the holding cap. Raises as `post_transfer`."""
    return post_transfer(
        key=key,
        kind=Transfer.Kind.DONATE,
        source=source,
        target=target or issuer_account(now),
        minutes=minutes,
        cause=cause,
        actor=actor,
        now=now,
        ceiling=_holding_cap(local_date(now)),
    )


def redeem(*, person: Person, minutes: int, key: str, cause: str, actor: User | None, now: datetime) -> Transfer:
    """Spend a person's minutes on care. Organisations may only donate. Raises as `post_transfer`."""
    return post_transfer(
        key=key,
        kind=Transfer.Kind.REDEEM,
        source=account_of(person, now),
        target=issuer_account(now),
        minutes=minutes,
        cause=cause,
        actor=actor,
        now=now,
    )


def rebuild_balances() -> int:
    """Set every cached balance to what postings and pending transfers say; returns how many were wrong."""
    with transaction.atomic():
        balances.claim(*Account.objects.all())
        truth = balances.true_balances()
        wrong = [a for a in Account.objects.order_by("pk") if (a.balance, a.held) != truth[a.pk]]
        for account in wrong:
            balance, held = truth[account.pk]
            Account.objects.filter(pk=account.pk).update(balance=balance, held=held)
    return len(wrong)


def _open(now: datetime, **owner: Person | Organisation) -> Account:
    issuer_account(now)  # So it has the lowest id, and every transfer locks it first.
    return Account.objects.get_or_create(**owner, defaults={"opened_at": now})[0]


def _post(
    draft: Transfer, *, actor: User | None, now: datetime, ceiling: int | None = None, reason: str = ""
) -> Transfer:
    with transaction.atomic():
        transfer, is_new = _enter(draft, actor=actor, now=now, reason=reason)
        if is_new:
            _write_postings(transfer, now=now)
            balances.shift(transfer, ceiling=ceiling)
    return transfer


def _enter(draft: Transfer, *, actor: User | None, now: datetime, reason: str = "") -> tuple[Transfer, bool]:
    """Write the transfer with its first event; or find the one that already has its key, which must say the same."""
    _check(draft)
    first = Transfer.objects.filter(key=draft.key).first()
    if first is None:
        try:
            with transaction.atomic():
                draft.save(force_insert=True)
        except IntegrityError as error:
            first = Transfer.objects.filter(key=draft.key).first()
            if first is None:
                raise _already_reversed(draft) or error from None
        else:
            record_birth(draft, actor=actor, now=now, reason=reason)
            return draft, True
    waits = first.status != draft.status == Transfer.Status.POSTED
    if waits or _content(first) != _content(draft):
        raise _key_reused(draft.key)
    return first, False


def _content(transfer: Transfer) -> tuple[object, ...]:
    """What a repeat must say again."""
    return (
        transfer.kind,
        transfer.source_id,
        transfer.target_id,
        transfer.minutes,
        transfer.cause,
        transfer.reversal_of_id,
    )


def _check(draft: Transfer) -> None:
    _check_minutes(draft.minutes)
    if draft.source_id == draft.target_id:
        raise Invalid(_("Minutes move between two different accounts."))
    check_fields(draft, exclude={"source", "target", "created_by", "reversal_of"})


def _check_minutes(minutes: int) -> None:
    if minutes <= 0:
        message = _("Give a positive number of minutes.")
        raise Invalid(message, fields={"minutes": [message]})


def _write_postings(transfer: Transfer, *, now: datetime) -> None:
    out, into = Posting.Side.DEBIT, Posting.Side.CREDIT
    Posting.objects.bulk_create(
        [
            Posting(transfer=transfer, account_id=account_id, side=side, minutes=minutes, posted_at=now)
            for account_id, side, minutes in (
                (transfer.source_id, out, -transfer.minutes),
                (transfer.target_id, into, transfer.minutes),
            )
        ]
    )


def _share(account: Account, minutes: int, on: date) -> tuple[int, int]:
    """How many of the delivered minutes are credited, and how many of those pass on to the county fund."""
    daily_cap = policy.minutes("daily_cap_minutes", on=on)
    if daily_cap:
        earned = Transfer.objects.filter(
            kind=Transfer.Kind.EARN, target=account, day=on, reversed_by__isnull=True
        ).aggregate(total=Sum("minutes"))["total"]
        minutes = min(minutes, max(daily_cap - (earned or 0), 0))
    account.refresh_from_db(fields=["balance"])
    surplus = max(minutes - max(_holding_cap(on) - account.balance, 0), 0)
    return (minutes, surplus) if _overflow_rule(on) in PASSED_ON else (minutes - surplus, 0)


def _surplus_key(key: str) -> str:
    return f"{key}:surplus"


def _same_earning(first: Transfer, *, account: Account, delivered: int, cause: str) -> Transfer:
    said = (first.kind, first.target_id, first.delivered_minutes, first.cause)
    if said != (Transfer.Kind.EARN, account.pk, delivered, cause):
        raise _key_reused(first.key)
    return first


def _holding_cap(on: date) -> int:
    return policy.minutes("holding_cap_minutes", on=on)


def _overflow_rule(on: date) -> str:
    return str(policy.value("overflow_rule", on=on))


def _already_reversed(draft: Transfer) -> Conflict | None:
    if draft.reversal_of_id is None:
        return None
    return Conflict(_("This transfer has been reversed already."), code="already_reversed")


def _key_reused(key: str) -> Conflict:
    return Conflict(_("This key already stands for another transfer."), code="key_reused", key=key)
