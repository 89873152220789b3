"""The time credits that pay a visit: held while it is ahead, posted when it is verified, freed when it falls away.

Orders cannot see the time bank: whoever moves a visit calls `sync_credit_hold` in the same transaction. What orders'
own pages change (an order without carers is cancelled there) `put_credit_holds_right` finds a minute later.
"""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import BigIntegerField, Case, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import Cast, Substr

from dispatch.visits.evidence import visit_cause, visit_of
from dispatch.visits.hold import hold_visit
from orders.models import Elder, Visit
from orders.services import entitlements
from orders.services.visits import move_visit
from people.errors import Conflict
from volunteers.timebank.models import Transfer
from volunteers.timebank.services import account_of, claim_free_minutes, hold, issuer_account, settle, void

FREED = frozenset({Visit.Status.CANCELLED, Visit.Status.NOT_DONE, Visit.Status.UNSERVED})
BATCH = 100

_log = structlog.get_logger(__name__)


def claim_credits(*, elder: Elder) -> int:
    """The minutes of the elder's time account that can pay; nobody else can promise them until this transaction ends.

    Locks the entitlements first, as everybody does who goes on to government minutes.
    """
    entitlements.lock(elder=elder)
    return claim_free_minutes(person=elder.person)


def claim_credits_for(*, visit: Visit) -> int:
    """`claim_credits` for a held visit that is quoted anew: what is held for it can pay it again."""
    free = claim_credits(elder=visit.elder)
    return free + sum(transfer.minutes for transfer in _transfers(visit).filter(status=Transfer.Status.PENDING))


def sync_credit_hold(*, visit: Visit, actor: User | None, now: datetime) -> None:
    """Bring the hold for a visit's time credits to where the visit stands; a repeat changes nothing.

    Ahead, under way or disputed: its `credit_minutes` are held, on its day. Verified: they are posted to the county
    fund, for good. Cancelled, not done or unserved: they are free again. A hold of other minutes or of another day
    makes way for a new one. The caller holds the visit.

    Raises:
        Conflict: the account has too few free minutes; who quoted the visit claimed them first, so it does not happen.
    """
    earlier = list(_transfers(visit))
    standing = next((transfer for transfer in earlier if transfer.status != Transfer.Status.VOIDED), None)
    if standing is not None and standing.status == Transfer.Status.POSTED:
        return
    if standing is not None and not _fits(standing, visit):
        void(transfer=standing, actor=actor, now=now, reason=visit.status)
        standing = None
    if standing is None and _owed(visit):
        standing = hold(
            key=f"{visit_cause(visit.pk)}:credits:{len(earlier) + 1}",
            kind=Transfer.Kind.REDEEM,
            source=account_of(visit.elder.person, now),
            target=issuer_account(now),
            minutes=visit.credit_minutes,
            cause=visit_cause(visit.pk),
            day=visit.service_date,
            actor=actor,
            now=now,
        )
    if standing is not None and visit.status == Visit.Status.VERIFIED:
        settle(transfer=standing, actor=actor, now=now)


def sync_credit_holds(*, visits: Iterable[Visit], actor: User | None, now: datetime) -> None:
    """`sync_credit_hold` for each of several visits."""
    for visit in visits:
        sync_credit_hold(visit=visit, actor=actor, now=now)


def end_visit(*, visit: Visit, to: str, actor: User | None, now: datetime, reason: str = "") -> None:
    """`move_visit` to an end, with the time credits that pay it, in one transaction. Raises as `move_visit`."""
    with transaction.atomic(savepoint=False):
        move_visit(visit=visit, to=to, actor=actor, now=now, reason=reason)
        sync_credit_hold(visit=visit, actor=actor, now=now)


def put_credit_holds_right(*, now: datetime) -> int:
    """Sync every pending hold that its visit does not stand behind any more; returns how many. Finds none again.

    One that cannot be put right is logged and left for the next time; the others go on.
    """
    done, last = 0, 0
    while batch := _stray_holds().filter(pk__gt=last).order_by("pk").values_list("pk", "cause")[:BATCH]:
        for last, cause in batch:
            try:
                with transaction.atomic():
                    sync_credit_hold(visit=hold_visit(visit_of(cause)).visit, actor=None, now=now)
            except Conflict as refusal:
                _log.error("credit_hold_stays_wrong", transfer=last, code=refusal.code)
            else:
                done += 1
    return done


def _owed(visit: Visit) -> int:
    return 0 if visit.status in FREED else visit.credit_minutes


def _fits(transfer: Transfer, visit: Visit) -> bool:
    return (transfer.minutes, transfer.day) == (_owed(visit), visit.service_date)


def _stray_holds() -> QuerySet[Transfer]:
    """The pending holds that `sync_credit_hold` would settle, void or replace."""
    visit = Case(  # the database reads a key only where there is one
        When(cause__startswith=visit_cause(""), then=Cast(Substr("cause", len(visit_cause("")) + 1), BigIntegerField()))
    )
    ended = Q(status__in=[*FREED, Visit.Status.VERIFIED])
    differs = ~Q(credit_minutes=OuterRef("minutes"), service_date=OuterRef("day"))
    strays = Visit.objects.filter(ended | differs, pk=OuterRef("visit"))
    return _redeemed().filter(status=Transfer.Status.PENDING).annotate(visit=visit).filter(Exists(strays))


def _transfers(visit: Visit) -> QuerySet[Transfer]:
    """What the elder's time account was ever to pay for a visit; at most one of them is not voided."""
    return _redeemed().filter(source__person=visit.elder.person_id, cause=visit_cause(visit.pk))


def _redeemed() -> QuerySet[Transfer]:
    return Transfer.objects.filter(kind=Transfer.Kind.REDEEM, cause__startswith=visit_cause(""))
