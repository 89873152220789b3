"""The rest at night: between the work of one day and the next a carer has `least_rest_minutes`.

A day of work begins at 5:00: who was called out before belongs to the day that has passed. Urgent help is bound by no rest.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce

from dispatch.visits.models import Assignment
from dispatch.visits.selectors import day_bounds
from people import policy
from volunteers.models import Carer

DAWN = timedelta(hours=5)

Rest = tuple[datetime, datetime]


def rests_around(carers: Collection[Carer] | Collection[int], on: date) -> dict[int, list[Rest]]:
    """From when to when carers rest before and after a day of work, by carer key, as their other work stands; one query.

    Work that has ended counts until it really did. Who has no work on the days beside it is missing.
    """
    rest = timedelta(minutes=policy.minutes("least_rest_minutes", on=on))
    dawn, next_dawn = day_bounds(on)[0] + DAWN, day_bounds(on + timedelta(days=1))[0] + DAWN
    before = Q(planned_start__range=(dawn - timedelta(days=1), dawn), left__gt=dawn - rest)
    after = Q(planned_start__range=(next_dawn, next_dawn + rest))
    work = Assignment.objects.annotate(left=Coalesce("ended_at", "planned_end"))
    beside = work.filter(before | after, carer__in=carers, status__in=Assignment.LIVE).order_by()
    rests: dict[int, list[Rest]] = {}
    for carer, start, end in beside.values_list("carer_id", "planned_start", "left"):
        rests.setdefault(carer, []).append((end, end + rest) if start < dawn else (start - rest, start))
    return rests


def breaks(rests: Collection[Rest], start: datetime, end: datetime) -> bool:
    """Whether work from `start` to `end` would fall into one of the rests."""
    return any(begin < end and finish > start for begin, finish in rests)
