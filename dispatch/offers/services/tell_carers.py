"""What carers hear of their offers: asked, promised together, withdrawn, and of work that is late. Called in the transaction of the change.

Each takes a fixed number of queries for any number of offers. Texts and channels are notices' (dispatch/notices).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from dispatch.notices import texts
from dispatch.notices.models import Notice
from dispatch.notices.services.notify import Draft, notify, take_back
from dispatch.notices.texts import Work
from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment
from orders.models import Visit

Kind = Notice.Kind

_TEXTS: dict[Kind, Callable[[Work], str]] = {
    Kind.OFFER: texts.offer,
    Kind.POOL: texts.pool_offer,
    Kind.WORK: texts.by_contract,
    Kind.WITHDRAWN: texts.withdrawn,
    Kind.CANCELLED: texts.cancelled,
    Kind.MOVED: texts.moved,
    Kind.CONFIRMED: texts.confirmed,
    Kind.FELL_APART: texts.fell_apart,
}


def tell_asked(offers: Sequence[Offer], *, now: datetime) -> None:
    """That an offer has arrived and until when it waits; to whom the contract answers for, that there is a visit."""
    visits = _visits_of(offers)
    notify([_asked(offer, visits[offer.visit_id]) for offer in offers], now=now)


def forget(offers: Sequence[Offer], *, now: datetime) -> set[int]:
    """Say nothing any more of questions and promises that are over; the keys of the offers that nobody had been told of."""
    steps = ("asked", "confirmed")
    dropped = take_back([_event(offer, step) for offer in offers for step in steps], now=now)
    return {offer.pk for offer in offers if _event(offer, "asked") in dropped}


def tell_ended(offers: Sequence[Offer], kind: Notice.Kind, *, now: datetime) -> None:
    """That offers which are about to be withdrawn need not be answered, or (as `kind` says) work that was promised is off.

    Of what had not been told yet, and of the pool's questions, nothing is said.
    """
    unheard = forget(offers, now=now)
    heard = [offer for offer in offers if offer.pk not in unheard and offer.assignment_id is not None]
    visits = _visits_of(heard)
    notify([_ended(offer, visits[offer.visit_id], kind) for offer in heard], now=now)


def tell_confirmed(visits: Sequence[Visit], *, now: datetime) -> None:
    """That visits which no carer does alone are reserved: everybody has accepted."""
    if not visits:
        return
    accepted = Offer.objects.filter(visit__in=visits, status=Offer.Status.ACCEPTED)
    offers = accepted.select_related("visit__item", "visit__town").order_by("pk")
    notify([_draft(Kind.CONFIRMED, "confirmed", offer, offer.visit, offer.planned_start) for offer in offers], now=now)


def tell_late(part: Assignment, *, now: datetime) -> None:
    """That promised work should have begun; once for each start that was promised."""
    visit = Visit.objects.select_related("item", "town").get(pk=part.visit_id)
    work = Work(visit.item.name, visit.town.name, part.planned_start, answer_until=part.planned_start)
    event = f"work:{part.pk}:late:{part.planned_start.astimezone(UTC):%Y-%m-%dT%H:%M}"
    until = max(visit.window_end, part.planned_end)
    notify([Draft(Kind.LATE, event, part.carer_id, partial(texts.late, work), until, visit)], now=now)


def _asked(offer: Offer, visit: Visit) -> Draft:
    if offer.kind == Offer.Kind.POOL:
        return _draft(Kind.POOL, "asked", offer, visit, offer.expires_at)
    if offer.carer.auto_accept:
        return _draft(Kind.WORK, "asked", offer, visit, offer.planned_start)
    return _draft(Kind.OFFER, "asked", offer, visit, offer.expires_at)


def _ended(offer: Offer, visit: Visit, kind: Notice.Kind) -> Draft:
    promised = offer.status == Offer.Status.ACCEPTED
    until = max(visit.window_end, offer.planned_end)  # who is late may still set out
    return _draft(kind if promised else Kind.WITHDRAWN, "ended", offer, visit, until)


def _draft(kind: Notice.Kind, step: str, offer: Offer, visit: Visit, until: datetime) -> Draft:
    work = Work(visit.item.name, visit.town.name, offer.planned_start, offer.expires_at)
    return Draft(kind, _event(offer, step), offer.carer_id, partial(_TEXTS[kind], work), until, visit)


def _event(offer: Offer, step: str) -> str:
    return f"offer:{offer.pk}:{step}"


def _visits_of(offers: Sequence[Offer]) -> dict[int, Visit]:
    return Visit.objects.select_related("item", "town").in_bulk({offer.visit_id for offer in offers})
