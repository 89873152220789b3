"""Loads a verified past: thousands of earned credits at once, with the rows that `services.earn` would have written.

The caps are not applied: what was credited then was credited.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from people.clock import local_date
from people.errors import Conflict, Invalid
from people.models import Person
from volunteers.timebank.models import Account, Posting, Transfer, TransferEvent
from volunteers.timebank.services import issuer_account

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class PastCredit:
    """Minutes a person earned at a moment of the past, under the same key and cause as `services.earn` would get."""

    person: Person
    minutes: int
    key: str
    cause: str
    at: datetime


def post_history(credits: Collection[PastCredit]) -> int:
    """Post the credits that are not in the ledger yet; returns how many were new.

    Raises:
        Invalid: a credit without positive minutes, or one key twice.
        Conflict: key_reused, if a key is known for another person, other minutes or another cause.
    """
    if any(credit.minutes <= 0 for credit in credits) or len({credit.key for credit in credits}) < len(credits):
        raise Invalid(_("Each past credit needs positive minutes and a key of its own."))
    if not credits:
        return 0
    with transaction.atomic():
        known = Transfer.objects.select_related("target").in_bulk([c.key for c in credits], field_name="key")
        for credit in credits:
            if credit.key in known and not _same(known[credit.key], credit):
                raise Conflict(_("This key already stands for another transfer."), code="key_reused", key=credit.key)
        fresh = [credit for credit in credits if credit.key not in known]
        if fresh:
            _write(fresh)
    return len(fresh)


def _write(credits: list[PastCredit]) -> None:
    fund = issuer_account(min(credit.at for credit in credits))
    accounts = _accounts(credits)
    transfers = Transfer.objects.bulk_create(
        [
            Transfer(
                key=credit.key,
                kind=Transfer.Kind.EARN,
                source_id=fund.pk,
                target_id=accounts[credit.person.pk],
                minutes=credit.minutes,
                delivered_minutes=credit.minutes,
                day=local_date(credit.at),
                status=Transfer.Status.POSTED,
                cause=credit.cause,
                created_at=credit.at,
            )
            for credit in credits
        ],
        batch_size=_BATCH,
    )
    TransferEvent.objects.bulk_create(
        [TransferEvent(subject_id=row.pk, old="", new=row.status, at=row.created_at) for row in transfers],
        batch_size=_BATCH,
    )
    Posting.objects.bulk_create([line for row in transfers for line in _lines(row)], batch_size=2 * _BATCH)
    gained: Counter[int] = Counter()
    for row in transfers:
        gained[row.source_id] -= row.minutes
        gained[row.target_id] += row.minutes
    for pk, minutes in sorted(gained.items()):
        Account.objects.filter(pk=pk).update(balance=F("balance") + minutes)


def _accounts(credits: list[PastCredit]) -> dict[int, int]:
    """The account id of each person, opened at the person's first credit if there was none."""
    first: dict[int, datetime] = {}
    for credit in credits:
        first[credit.person.pk] = min(credit.at, first.get(credit.person.pk, credit.at))
    known = set(Account.objects.filter(person__in=first).values_list("person_id", flat=True))
    Account.objects.bulk_create(
        [Account(person_id=pk, opened_at=at) for pk, at in sorted(first.items()) if pk not in known],
        batch_size=_BATCH,
    )
    return {
        person_id: pk
        for person_id, pk in Account.objects.filter(person__in=first).values_list("person_id", "pk")
        if person_id is not None
    }


def _lines(row: Transfer) -> tuple[Posting, Posting]:
    return (
        Posting(
            transfer_id=row.pk,
            account_id=row.source_id,
            side=Posting.Side.DEBIT,
            minutes=-row.minutes,
            posted_at=row.created_at,
        ),
        Posting(
            transfer_id=row.pk,
            account_id=row.target_id,
            side=Posting.Side.CREDIT,
            minutes=row.minutes,
            posted_at=row.created_at,
        ),
    )


def _same(first: Transfer, credit: PastCredit) -> bool:
    return (first.kind, first.target.person_id, first.minutes, first.cause) == (
        Transfer.Kind.EARN,
        credit.person.pk,
        credit.minutes,
        credit.cause,
    )
