"""Government minutes: reserved when a visit is made, consumed when it is verified, returned when it falls away.

The database holds the limit (migration 0003): what is reserved or consumed of an entitlement never exceeds its
minutes of a month, whoever writes.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from orders.models import Elder, Entitlement, EntitlementUse, Visit
from orders.wall_clock import month_of
from people.errors import LostRace
from people.transitions import move, record_births

_KEPT = (EntitlementUse.Status.RESERVED, EntitlementUse.Status.CONSUMED)


@dataclass(frozen=True, slots=True)
class Share:
    """Minutes that one entitlement can give to a visit."""

    entitlement: Entitlement
    minutes: int


def lock(*, elder: Elder) -> list[Entitlement]:
    """All of the elder's entitlements, locked until the transaction ends.

    Who reserves minutes takes these locks before the ones of the triggers (migration 0003); whoever did it the other
    way round would wait for a rival who waits for him.
    """
    return list(Entitlement.objects.filter(elder=elder).select_for_update().order_by("pk"))


def shares(*, elder: Elder, on: date, minutes: int) -> list[Share]:
    """Which entitlements valid on a day can give how much of `minutes`, those that end first in front.

    Locks the elder's entitlements until the transaction ends, so that two orders do not count on the same minutes.
    """
    valid = [each for each in lock(elder=elder) if each.valid_from <= on <= (each.valid_to or date.max)]
    found = sorted(valid, key=lambda entitlement: entitlement.valid_to or date.max)
    used = dict(
        EntitlementUse.objects.filter(entitlement__in=found, month=month_of(on), status__in=_KEPT)
        .values_list("entitlement")
        .annotate(Sum("minutes"))
    )
    result = []
    for entitlement in found:
        given = min(minutes, entitlement.minutes_per_month - used.get(entitlement.pk, 0))
        if given > 0:
            result.append(Share(entitlement, given))
            minutes -= given
    return result


def reserve(*, visit: Visit, shares: list[Share], actor: User | None, now: datetime) -> None:
    """Put a visit's government minutes aside.

    Raises:
        LostRace: another visit took the minutes since they were counted.
    """
    if not shares:
        return
    uses = [
        EntitlementUse(
            entitlement=share.entitlement,
            visit=visit,
            month=month_of(visit.service_date),
            minutes=share.minutes,
        )
        for share in shares
    ]
    try:
        with transaction.atomic():
            EntitlementUse.objects.bulk_create(uses)
            record_births(uses, actor=actor, now=now)
    except IntegrityError as error:
        raise LostRace(_("Another visit took these government minutes a moment ago. Try again.")) from error


def consume(*, visit: Visit, actor: User | None, now: datetime) -> int:
    """Mark the visit's reserved minutes as used; returns how many. A repeat finds none.

    Raises:
        LostRace: a rival settled them since they were read.
    """
    return _settle(visit, EntitlementUse.Status.CONSUMED, actor, now)


def give_back(*, visit: Visit, actor: User | None, now: datetime) -> int:
    """Return the visit's reserved minutes to their month; returns how many. A repeat finds none. Raises as `consume`."""
    return _settle(visit, EntitlementUse.Status.RETURNED, actor, now)


def _settle(visit: Visit, to: EntitlementUse.Status, actor: User | None, now: datetime) -> int:
    reserved = list(EntitlementUse.objects.filter(visit=visit, status=EntitlementUse.Status.RESERVED).order_by("pk"))
    with transaction.atomic(savepoint=False):
        # One by one: each takes the lock of its month (migration 0003), and rivals must take them in one order.
        for use in reserved:
            move(use, to, actor=actor, now=now)
    return sum(use.minutes for use in reserved)
