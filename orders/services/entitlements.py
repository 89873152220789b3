"""Government minutes: reserved when a visit is made, consumed when it is verified, returned when it falls away.

The database holds the limit (migration 0003): what is reserved or consumed of an entitlement never exceeds its
minutes of a month, whoever writes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Hours:
    """What an elder's entitlements have left, month by month, less what was taken from this count of it."""

    entitlements: Sequence[Entitlement]
    _used: dict[date, Counter[int]] = field(default_factory=dict)

    def valid_on(self, day: date) -> list[Entitlement]:
        """The entitlements valid on a day, those that end first in front."""
        valid = [each for each in self.entitlements if each.valid_from <= day <= (each.valid_to or date.max)]
        return sorted(valid, key=lambda entitlement: entitlement.valid_to or date.max)

    def left(self, entitlement: Entitlement, day: date) -> int:
        """The minutes an entitlement has left in the month of a day."""
        return entitlement.minutes_per_month - self._used_in(month_of(day))[entitlement.pk]

    def shares(self, *, on: date, minutes: int) -> list[Share]:
        """Which entitlements valid on a day can give how much of `minutes`."""
        result = []
        for entitlement in self.valid_on(on):
            given = min(minutes, self.left(entitlement, on))
            if given > 0:
                result.append(Share(entitlement, given))
                minutes -= given
        return result

    def take(self, shares: Sequence[Share], day: date) -> None:
        """Count shares as used in the month of a day; nothing is written."""
        self._used_in(month_of(day)).update({share.entitlement.pk: share.minutes for share in shares})

    def _used_in(self, month: date) -> Counter[int]:
        if month not in self._used:
            kept = EntitlementUse.objects.filter(entitlement__in=self.entitlements, month=month, status__in=_KEPT)
            self._used[month] = Counter(dict(kept.values_list("entitlement").annotate(Sum("minutes"))))
        return self._used[month]


def lock(*, elder: Elder) -> list[Entitlement]:
    """All of the elder's entitlements, locked until the transaction ends, so that no two orders count on one minute.

    Who reserves, consumes or returns minutes takes these locks before the ones of the triggers (migration 0003) and
    of time accounts; whoever did it the other way round would wait for a rival who waits for him.
    """
    return list(Entitlement.objects.filter(elder=elder).select_for_update().order_by("pk"))


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
        if reserved:
            lock(elder=visit.elder)
        # One by one: each takes the lock of its month (migration 0003), and rivals must take them in one order.
        for use in reserved:
            move(use, to, actor=actor, now=now)
    return sum(use.minutes for use in reserved)
