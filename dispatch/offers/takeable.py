"""Which open work a carer is able and allowed to take at this moment; much may have changed since the question was put."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from dispatch.offers.models import Offer
from dispatch.visits.booked import Booked
from dispatch.visits.eligibility import Eligibility, Hindrance
from volunteers.models import Carer


def answerable_by(carer: Carer, now: datetime) -> list[Offer]:
    """What the carer is asked and may still accept, soonest first; of the pool only what is takeable."""
    rows = Offer.objects.filter(carer=carer, status=Offer.Status.SENT, expires_at__gt=now).select_related(
        "carer__person", "visit__elder", "visit__item", "visit__place__town"
    )
    offers = list(rows.order_by("planned_start", "pk"))
    open_ones = takeable([offer for offer in offers if offer.kind == Offer.Kind.POOL])
    return [offer for offer in offers if offer.kind == Offer.Kind.DIRECT or offer in open_ones]


def takeable(offers: Collection[Offer]) -> list[Offer]:
    """The given pool offers, in their order, without those that would be refused.

    Needs `carer__person` and `visit__elder` at hand. The queries depend on how many days the offers are for, not on how
    many offers there are.
    """
    by_day: dict[date, list[Offer]] = defaultdict(list)
    for offer in offers:
        by_day[offer.visit.service_date].append(offer)
    kept = set()
    for day, group in by_day.items():
        rules = _Rules(day, group)
        kept |= {offer.pk for offer in group if rules.hindrance(offer) is None and not rules.is_busy(offer)}
    return [offer for offer in offers if offer.pk in kept]


def hindrance_now(offer: Offer) -> Hindrance | None:
    """Why the carer may not accept this now, or None; other work at that time is for the database to find.

    A direct offer holds its place in the carer's day since it was sent.
    """
    rules = _Rules(offer.visit.service_date, [offer])
    return rules.hindrance(offer) if offer.kind == Offer.Kind.POOL else rules.inability(offer)


class _Rules:
    """Who may serve, and who has room, on one day."""

    def __init__(self, day: date, offers: Sequence[Offer]) -> None:
        carers = {offer.carer_id: offer.carer for offer in offers}.values()
        self._able = Eligibility(carers, {offer.visit.elder_id for offer in offers}, day)
        self._booked = Booked(carers, day)

    def inability(self, offer: Offer) -> Hindrance | None:
        during = (offer.planned_start, offer.planned_end)
        return self._able.hindrance(offer.carer, offer.visit, leg=offer.leg, during=during)

    def hindrance(self, offer: Offer) -> Hindrance | None:
        during = (offer.planned_start, offer.planned_end)
        return self.inability(offer) or self._booked.hindrance(offer.carer, offer.visit, during)

    def is_busy(self, offer: Offer) -> bool:
        return self._booked.is_busy(offer.carer, (offer.planned_start, offer.planned_end))
