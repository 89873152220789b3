"""Putting the question: direct offers for a published plan, and the open pool (抢单)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dispatch.offers.models import Offer, OfferEvent
from dispatch.offers.selectors import declined_pairs
from dispatch.offers.services.answer import accept_by_contract
from dispatch.offers.services.together import WAITING
from dispatch.visits.eligibility import Eligibility
from dispatch.visits.hold import hold_visit
from dispatch.visits.models import Assignment
from dispatch.visits.refusals import refusals_in_plain_words
from dispatch.visits.services.assign import create_assignment
from orders.models import Visit
from orders.services.visits import move_visit
from people import policy
from people.clock import local_date
from people.errors import Conflict, WrongState
from people.transitions import move, record_birth, state_label
from volunteers.models import Carer

Status = Assignment.Status


@dataclass(frozen=True, slots=True)
class LegOffer:
    """What one carer is asked: which leg of which visit, when (aware times), and the travel to it in minutes."""

    visit: Visit
    leg: int
    carer: Carer
    planned_start: datetime
    planned_end: datetime
    travel_minutes: int = 0


def send_offers(*, legs: Sequence[LegOffer], actor: User | None, now: datetime) -> list[Offer]:
    """One open offer with its assignment per leg, in the order given; all or none.

    Each visit must be given whole: every leg that has no live assignment yet. Open visits become planned; carers who
    accept by contract accept at once, so a visit of such carers only is reserved.

    Raises:
        NotAllowed: a carer may not serve the visit on its day (the code says why).
        WrongState: a visit is not waiting for carers. Conflict: a leg is missing ("incomplete").
        Overlap: a carer has other work then. LostRace: a leg was taken meanwhile.
    """
    lives = _OfferLives(local_date(now))
    rules = _rules_by_day(legs)
    offers: dict[int, Offer] = {}
    order = sorted(range(len(legs)), key=lambda index: (legs[index].visit.pk, legs[index].leg))
    with transaction.atomic():
        for visit_id, indices in groupby(order, key=lambda index: legs[index].visit.pk):
            visit = hold_visit(visit_id).visit
            mine = list(indices)
            _require_waiting(visit)
            _withdraw_pool(visit, actor=actor, now=now)
            for index in mine:
                leg = legs[index]
                if hindrance := rules[visit.service_date].hindrance(
                    leg.carer, visit, leg=leg.leg, during=(leg.planned_start, leg.planned_end)
                ):
                    raise hindrance.as_error()
                offers[index] = _ask(leg, visit, expires_at=now + lives.of(visit), actor=actor, now=now)
            _require_whole(visit)
            if visit.status == Visit.Status.OPEN:
                start = min(legs[index].planned_start for index in mine)
                move_visit(visit=visit, to=Visit.Status.PLANNED, actor=actor, now=now, planned_start=start)
        for index in order:
            if legs[index].carer.auto_accept:
                accept_by_contract(offers[index], now=now)
    return [offers[index] for index in range(len(legs))]


def open_pool(
    *,
    visit: Visit,
    leg: int,
    carers: Sequence[Carer],
    start: datetime,
    end: datetime,
    actor: User | None,
    now: datetime,
) -> list[Offer]:
    """Open offers for one leg to every given carer who may serve it; the first acceptance gets the work.

    A carer who was asked already, or declined, is left out.

    Raises:
        WrongState: the visit is not waiting for carers. Conflict: the leg has a carer or waits for one ("leg_taken").
    """
    rules = Eligibility(carers, [visit.elder_id], visit.service_date)
    with refusals_in_plain_words():
        held = hold_visit(visit.pk).visit
        _require_waiting(held)
        if Assignment.objects.filter(visit=held, leg=leg, status__in=Assignment.LIVE).exists():
            raise Conflict(_("This part of the visit has a carer or waits for one."), code="leg_taken")
        asked = {carer for _visit, carer in declined_pairs([held.pk])}
        asked |= set(
            Offer.objects.filter(
                Q(leg=leg, status=Offer.Status.SENT) | Q(status=Offer.Status.ACCEPTED), visit=held
            ).values_list("carer_id", flat=True)
        )
        life = _OfferLives(local_date(now)).of(held)
        offers = Offer.objects.bulk_create(
            Offer(
                kind=Offer.Kind.POOL,
                visit=held,
                leg=leg,
                carer=carer,
                planned_start=start,
                planned_end=end,
                sent_at=now,
                expires_at=now + life,
            )
            for carer in carers
            if carer.pk not in asked and rules.hindrance(carer, held, leg=leg, during=(start, end)) is None
        )
        OfferEvent.objects.bulk_create(
            OfferEvent(subject=offer, old="", new=offer.status, actor=actor, at=now) for offer in offers
        )
    return offers


class _OfferLives:
    """How long offers wait for an answer on a day, read once."""

    def __init__(self, on: date) -> None:
        self._ordinary = timedelta(minutes=policy.minutes("offer_life_minutes", on=on))
        self._urgent = timedelta(minutes=policy.minutes("urgent_offer_life_minutes", on=on))

    def of(self, visit: Visit) -> timedelta:
        return self._urgent if visit.priority == Visit.Priority.URGENT else self._ordinary


def _rules_by_day(legs: Sequence[LegOffer]) -> dict[date, Eligibility]:
    by_day: dict[date, list[LegOffer]] = {}
    for leg in legs:
        by_day.setdefault(leg.visit.service_date, []).append(leg)
    return {
        day: Eligibility([leg.carer for leg in group], {leg.visit.elder_id for leg in group}, day)
        for day, group in by_day.items()
    }


def _ask(leg: LegOffer, visit: Visit, *, expires_at: datetime, actor: User | None, now: datetime) -> Offer:
    assignment = create_assignment(
        visit=visit,
        leg=leg.leg,
        carer=leg.carer,
        planned_start=leg.planned_start,
        planned_end=leg.planned_end,
        travel_minutes=leg.travel_minutes,
        actor=actor,
        now=now,
    )
    offer = Offer.objects.create(
        visit=visit,
        leg=leg.leg,
        carer=leg.carer,
        assignment=assignment,
        planned_start=leg.planned_start,
        planned_end=leg.planned_end,
        sent_at=now,
        expires_at=expires_at,
    )
    record_birth(offer, actor=actor, now=now)
    move(assignment, Status.OFFERED, actor=actor, now=now)
    return offer


def _withdraw_pool(visit: Visit, *, actor: User | None, now: datetime) -> None:
    """A direct question ends the open one."""
    for offer in Offer.objects.filter(visit=visit, kind=Offer.Kind.POOL, status=Offer.Status.SENT):
        move(offer, Offer.Status.WITHDRAWN, actor=actor, now=now, answered_at=now)


def _require_waiting(visit: Visit) -> None:
    if visit.status not in WAITING:
        raise WrongState(_("This cannot be done now: it is already “%(state)s”.") % {"state": state_label(visit)})


def _require_whole(visit: Visit) -> None:
    if Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE).count() != visit.carers_needed:
        raise Conflict(_("Every carer of the visit must be asked together."), code="incomplete")
