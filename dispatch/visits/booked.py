"""Whether a carer's day has room for one more visit: no other work then, the rest kept, limits not reached.

Overlap is also a rule of the database. The limits are not: two answers of one carer in the same moment may both pass.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from dispatch.visits.eligibility import Hindrance
from dispatch.visits.models import Assignment
from dispatch.visits.rest import breaks, rests_around
from dispatch.visits.selectors import day_bounds
from orders.models import Visit
from people.clock import local_date
from volunteers.models import Carer, Organisation


@dataclass(frozen=True, slots=True)
class _Work:
    """The planned time of live work."""

    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds()) // 60


class Booked:
    """What a set of carers have to do on one day. Each table is read once, when first asked for."""

    def __init__(self, carers: Collection[Carer], on: date) -> None:
        self._carers = carers
        self._on = on

    def is_busy(self, carer: Carer, during: tuple[datetime, datetime], *, gap: timedelta = timedelta(0)) -> bool:
        """Whether the carer has other work in that planned time, or nearer to it than the gap."""
        start, end = during
        return any(each.start - gap < end and each.end + gap > start for each in self._work[carer.pk])

    def hindrance(self, carer: Carer, visit: Visit, during: tuple[datetime, datetime]) -> Hindrance | None:
        """Why the carer, though free then, has no room for the visit, or None. Nothing of it binds urgent help."""
        if visit.priority == Visit.Priority.URGENT:
            return None
        if breaks(self._rests.get(carer.pk, ()), *during):
            return Hindrance("carer_resting", _("The carer needs the rest between two days of work."))
        own = [each for each in self._work[carer.pk] if local_date(each.start) == self._on]
        minutes = sum(each.minutes for each in own) + visit.duration_minutes
        too_many = carer.max_visits_a_day is not None and len(own) >= carer.max_visits_a_day
        too_long = carer.max_minutes_a_day is not None and minutes > carer.max_minutes_a_day
        if too_many or too_long:
            return Hindrance("fully_booked", _("The carer has as much work that day as allowed."))
        left = self._left.get(carer.organisation_id)
        if left is not None and visit.duration_minutes > left:
            return Hindrance("organisation_full", _("The organisation has as many minutes that day as allowed."))
        return None

    @cached_property
    def _work(self) -> dict[int, list[_Work]]:
        """The live work of the day, by carer key."""
        begin, end = day_bounds(self._on)
        rows = Assignment.objects.filter(
            carer__in=self._carers, status__in=Assignment.LIVE, planned_start__lte=end, planned_end__gte=begin
        ).order_by()
        work: dict[int, list[_Work]] = defaultdict(list)
        for carer, first, last in rows.values_list("carer_id", "planned_start", "planned_end"):
            work[carer].append(_Work(first, last))
        return work

    @cached_property
    def _rests(self) -> dict[int, list[tuple[datetime, datetime]]]:
        return rests_around(self._carers, self._on)

    @cached_property
    def _left(self) -> dict[int | None, int]:
        """The agreed minutes left to each organisation with a daily limit, by its key."""
        keys = {carer.organisation_id for carer in self._carers if carer.organisation_id is not None}
        limits = dict(Organisation.objects.filter(pk__in=keys, daily_minutes__gt=0).values_list("pk", "daily_minutes"))
        if not limits:
            return {}
        held = Assignment.objects.filter(
            carer__organisation__in=limits, status__in=Assignment.LIVE, visit__service_date=self._on
        )
        sums = dict(held.order_by().values_list("carer__organisation").annotate(Sum("visit__duration_minutes")))
        return {key: limit - sums.get(key, 0) for key, limit in limits.items()}
