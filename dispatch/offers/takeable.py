"""Which open work a carer is able and allowed to take at this moment; much may have changed since the question was put."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dispatch.offers.models import Offer
from dispatch.visits.eligibility import Eligibility
from dispatch.visits.models import Assignment
from dispatch.visits.selectors import day_bounds
from orders.models import Visit
from people.clock import local_date
from volunteers.models import Carer


@dataclass(frozen=True, slots=True)
class _Work:
    """The planned time of live work."""

    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds()) // 60


def answerable_by(carer: Carer, now: datetime) -> list[Offer]:
    """What the carer is asked and may still accept, soonest first; of the pool only what is takeable."""
    rows = Offer.objects.filter(carer=carer, status=Offer.Status.SENT, expires_at__gt=now).select_related(
        "carer__person", "visit__elder", "visit__item", "visit__place__town"
    )
    offers = list(rows.order_by("planned_start", "pk"))
    open_ones = takeable([offer for offer in offers if offer.kind == Offer.Kind.POOL])
    return [offer for offer in offers if offer.kind == Offer.Kind.DIRECT or offer in open_ones]


def takeable(offers: Collection[Offer]) -> list[Offer]:
    """The given pool offers, in their order, without those that would be refused or break the carer's day.

    Needs `carer__person` and `visit__elder` at hand. The queries depend on how many days the offers are for, not on how
    many offers there are. Limits of a day bind no call for urgent help, as in urgent help itself.
    """
    by_day: dict[date, list[Offer]] = defaultdict(list)
    for offer in offers:
        by_day[offer.visit.service_date].append(offer)
    kept = {offer.pk for day, group in by_day.items() for offer in _of_day(day, group)}
    return [offer for offer in offers if offer.pk in kept]


def _of_day(day: date, offers: Sequence[Offer]) -> list[Offer]:
    carers = {offer.carer_id: offer.carer for offer in offers}
    rules = Eligibility(carers.values(), {offer.visit.elder_id for offer in offers}, day)
    work = _work_of(carers.values(), day)
    return [
        offer
        for offer in offers
        if _has_room(offer, work[offer.carer_id])
        and rules.hindrance(offer.carer, offer.visit, leg=offer.leg, during=(offer.planned_start, offer.planned_end))
        is None
    ]


def _work_of(carers: Collection[Carer], day: date) -> dict[int, list[_Work]]:
    """The live work of each carer on the day, by carer id."""
    begin, end = day_bounds(day)
    rows = Assignment.objects.filter(
        carer__in=carers, status__in=Assignment.LIVE, planned_start__lte=end, planned_end__gt=begin
    ).order_by()
    work: dict[int, list[_Work]] = defaultdict(list)
    for carer_id, first, last in rows.values_list("carer_id", "planned_start", "planned_end"):
        work[carer_id].append(_Work(first, last))
    return work


def _has_room(offer: Offer, work: Sequence[_Work]) -> bool:
    """Whether nothing overlaps, and the visit still fits into the carer's own limits of a day."""
    if any(each.start < offer.planned_end and each.end > offer.planned_start for each in work):
        return False
    if offer.visit.priority == Visit.Priority.URGENT:
        return True
    carer, own = offer.carer, [each for each in work if local_date(each.start) == offer.visit.service_date]
    minutes = sum(each.minutes for each in own) + offer.visit.duration_minutes
    too_many = carer.max_visits_a_day is not None and len(own) >= carer.max_visits_a_day
    too_long = carer.max_minutes_a_day is not None and minutes > carer.max_minutes_a_day + carer.overtime_minutes
    return not (too_many or too_long)
