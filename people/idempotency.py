"""A request that carries a key is carried out once: sent again, it gets the answer of the first time.

The services are safe to repeat by themselves; the key spares a phone that did not hear the answer any thought about it.
After the rules of Stripe's API and draft-ietf-httpapi-idempotency-key-header-07.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from people.errors import Conflict, Unprocessable
from people.models import KeyedRequest

KEPT_FOR = timedelta(days=30)  # a phone may be without signal for days, and a carer on holiday for weeks
# Longer than any request lives (gunicorn ends it after 60 s): a claim this old belongs to a process that died.
LEASE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time: the status, and the body as JSON text, empty if there was none."""

    status: int
    body: str


def claim(*, user: User, key: str, digest: UUID, now: datetime) -> KeyedRequest | Answer:
    """The claim under which this request is carried out, or the answer that an equal one got before.

    Raises:
        Unprocessable: the key stood for another request ("idempotency_mismatch").
        Conflict: an equal request is being carried out at this moment ("idempotency_in_progress").
    """
    try:
        with transaction.atomic():
            return KeyedRequest.objects.create(user=user, key=key, digest=digest, claimed_at=now)
    except IntegrityError:
        earlier = KeyedRequest.objects.filter(user=user, key=key).first()
    if earlier is None:  # refused and given up in this very moment
        raise _in_progress()
    if earlier.claimed_at <= now - KEPT_FOR:
        return _take_over(earlier, digest, now)
    if earlier.digest != digest:
        raise Unprocessable(
            _("This key was used for another request. Make a new key for each thing to do."),
            code="idempotency_mismatch",
        )
    if earlier.status is not None:
        return Answer(earlier.status, earlier.body)
    if earlier.claimed_at > now - LEASE:
        raise _in_progress()
    return _take_over(earlier, digest, now)


def keep(*, claimed: KeyedRequest, answer: Answer) -> None:
    """Store the answer of a request that was carried out; nothing if another process has taken the claim over."""
    KeyedRequest.objects.filter(pk=claimed.pk, claimed_at=claimed.claimed_at, status=None).update(
        status=answer.status, body=answer.body
    )


def give_up(*, claimed: KeyedRequest) -> None:
    """Free the key of a request that was refused: it changed nothing, and may be tried again when the world has changed."""
    KeyedRequest.objects.filter(pk=claimed.pk, claimed_at=claimed.claimed_at, status=None).delete()


def forget_old(*, now: datetime) -> int:
    """Delete the answers that are older than 30 days; how many."""
    return KeyedRequest.objects.filter(claimed_at__lte=now - KEPT_FOR).delete()[0]


def _take_over(earlier: KeyedRequest, digest: UUID, now: datetime) -> KeyedRequest:
    taken = KeyedRequest.objects.filter(pk=earlier.pk, claimed_at=earlier.claimed_at)
    if taken.update(claimed_at=now, digest=digest, status=None, body="") != 1:
        raise _in_progress()
    earlier.refresh_from_db()
    return earlier


def _in_progress() -> Conflict:
    return Conflict(
        _("The same request is being carried out at this moment. Try again in a few seconds."),
        code="idempotency_in_progress",
    )
