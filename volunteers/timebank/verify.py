"""Proves the ledger from its rows: what the constraints, triggers and services promise, checked independently of them."""

from collections.abc import Iterator

from django.db.models import Count, F, Q

from volunteers.timebank import balances
from volunteers.timebank.models import Account, Posting, Transfer, TransferEvent
from volunteers.timebank.selectors import ledger_sum


def verify_ledger() -> list[str]:
    """Every fault of the ledger in one sentence each; empty when it is sound.

    I1 all postings sum to zero. I2 a posted transfer has one debit on its source and one credit on its target of its
    minutes, any other none. I3 no account but the county fund is below what it holds. I4 work was earned at most once.
    I5 a transfer was resolved at most once, and its events end where it stands. I6 cached balances are true.
    """
    checks = (_sums_to_zero, _two_sides, _floors, _earned_once, _resolved_once, _cached_balances)
    return [fault for check in checks for fault in check()]


def _sums_to_zero() -> Iterator[str]:
    if total := ledger_sum():
        yield f"I1: the postings sum to {total} minutes instead of 0"


def _two_sides() -> Iterator[str]:
    debit = Q(postings__side=Posting.Side.DEBIT, postings__account=F("source"), postings__minutes=F("minutes") * -1)
    credit = Q(postings__side=Posting.Side.CREDIT, postings__account=F("target"), postings__minutes=F("minutes"))
    counted = Transfer.objects.annotate(
        lines=Count("postings"), debits=Count("postings", filter=debit), credits=Count("postings", filter=credit)
    )
    posted = Q(status=Transfer.Status.POSTED)
    for key in (
        counted.filter(posted).exclude(lines=2, debits=1, credits=1).order_by("pk").values_list("key", flat=True)
    ):
        yield f"I2: transfer {key} is posted without exactly one matching debit and credit"
    for key in counted.filter(~posted, lines__gt=0).order_by("pk").values_list("key", flat=True):
        yield f"I2: transfer {key} has postings though it is not posted"


def _floors() -> Iterator[str]:
    truth = balances.true_balances()
    for pk in Account.objects.filter(is_issuer=False).order_by("pk").values_list("pk", flat=True):
        balance, held = truth[pk]
        if balance < held:
            yield f"I3: account {pk} holds {balance} minutes, below its floor of {held}"


def _earned_once() -> Iterator[str]:
    earned = Transfer.objects.filter(kind=Transfer.Kind.EARN, status=Transfer.Status.POSTED, reversed_by__isnull=True)
    twice = earned.values("target_id", "cause").annotate(times=Count("pk")).filter(times__gt=1)
    for row in twice.order_by("target_id", "cause"):
        yield f"I4: account {row['target_id']} earned {row['times']} times for {row['cause']}"


def _resolved_once() -> Iterator[str]:
    events: dict[int, list[tuple[str, str]]] = {}
    for pk, old, new in TransferEvent.objects.order_by("pk").values_list("subject_id", "old", "new"):
        events.setdefault(pk, []).append((old, new))
    pending = Transfer.Status.PENDING.value
    for pk, key, status in Transfer.objects.order_by("pk").values_list("pk", "key", "status"):
        legal = [("", status)], [("", pending), (pending, status)]
        if events.get(pk) not in legal:
            yield f"I5: the events of transfer {key} do not lead to “{status}” exactly once"


def _cached_balances() -> Iterator[str]:
    truth = balances.true_balances()
    for account in Account.objects.order_by("pk"):
        if (account.balance, account.held) != truth[account.pk]:
            balance, held = truth[account.pk]
            yield (
                f"I6: account {account.pk} caches {account.balance} minutes ({account.held} held) "
                f"instead of {balance} ({held} held)"
            )
