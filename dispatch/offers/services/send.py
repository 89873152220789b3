"""Putting the question: direct offers for a published plan, and the open pool (抢单)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter

from django.contrib.auth.models import User
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from dispatch.offers.models import Offer
from dispatch.offers.selectors import not_to_ask
from dispatch.offers.services.answer import accept_by_contract
from dispatch.offers.services.tell_carers import forget, tell_asked
from dispatch.offers.services.together import WAITING
from dispatch.visits.booked import Booked
from dispatch.visits.eligibility import Eligibility
from dispatch.visits.hold import hold_visit, hold_visits
from dispatch.visits.models import Assignment
from dispatch.visits.refusals import refusals_in_plain_words
from dispatch.visits.services.assign import create_assignments
from orders.models import Visit
from orders.services.visits import promise_visits
from orders.wall_clock import QUIET_HOURS, first_waking_moment
from people import policy
from people.clock import local_date
from people.errors import Conflict, WrongState
from people.transitions import move_all, record_births, state_label
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
    order = sorted(range(len(legs)), key=lambda index: (legs[index].visit.pk, legs[index].leg))
    asked = [legs[index] for index in order]
    with refusals_in_plain_words():
        held = hold_visits({leg.visit.pk for leg in asked})
        visits = {key: each.visit for key, each in held.items()}
        for visit in visits.values():
            _require_waiting(visit)
        _require_able(asked, visits)
        _withdraw_pool(visits, actor=actor, now=now)
        offers = _ask(asked, visits, actor=actor, now=now)
        _require_whole(visits)
        _plan(asked, visits, actor=actor, now=now)
        if by_contract := [offer for offer in offers if offer.carer.auto_accept]:
            accept_by_contract(by_contract, held.values(), now=now)
    return [offer for _index, offer in sorted(zip(order, offers, strict=True), key=itemgetter(0))]


def open_pool(
    *,
    visit: Visit,
    leg: int,
    starts: Mapping[Carer, datetime],
    until: datetime | None = None,
    actor: User | None,
    now: datetime,
) -> list[Offer]:
    """Open offers for one leg to every given carer who may serve it and has room for it; the first acceptance gets it.

    `starts`: when each carer would begin. `until`: how long the pool stands, but for each carer at most until the own
    start; without it each offer lives as long as any. A carer who is asked already, or declined, is left out; one whose time to
    answer an earlier open offer is over may be asked again.

    Raises:
        WrongState: the visit is not waiting for carers. Conflict: the leg has a carer or waits for one ("leg_taken").
    """
    rules = Eligibility(starts.keys(), [visit.elder_id], visit.service_date)
    booked = Booked(starts.keys(), visit.service_date)
    with refusals_in_plain_words():
        held = hold_visit(visit.pk).visit
        _require_waiting(held)
        if Assignment.objects.filter(visit=held, leg=leg, status__in=Assignment.LIVE).exists():
            raise Conflict(_("This part of the visit has a carer or waits for one."), code="leg_taken")
        _expire_pool(held, leg, now=now)
        asked = not_to_ask(held, leg, now)
        times, duration = _AnswerTimes(now), timedelta(minutes=held.duration_minutes)
        offers = [
            Offer(
                kind=Offer.Kind.POOL,
                visit=held,
                leg=leg,
                carer=carer,
                planned_start=start,
                planned_end=start + duration,
                sent_at=now,
                expires_at=times.end(held, start) if until is None else min(until, start),
            )
            for carer, start in starts.items()
            if carer.pk not in asked
            and rules.hindrance(carer, held, leg=leg, during=(start, start + duration)) is None
            and booked.hindrance(carer, held, (start, start + duration)) is None
        ]
        return _send(offers, actor=actor, now=now)


class _AnswerTimes:
    """Until when offers made now wait for an answer, read once. In quiet hours an ordinary one has time from the morning."""

    @policy.read_once()
    def __init__(self, now: datetime) -> None:
        on = local_date(now)
        self._now = now
        self._morning = first_waking_moment(now, until=datetime.max.replace(tzinfo=UTC), hours=QUIET_HOURS)
        self._ordinary = timedelta(minutes=policy.minutes("offer_life_minutes", on=on))
        self._urgent = timedelta(minutes=policy.minutes("urgent_offer_life_minutes", on=on))

    def end(self, visit: Visit, start: datetime) -> datetime:
        """When the question is over; whoever begins before the morning must answer at night."""
        if visit.priority == Visit.Priority.URGENT:
            return self._now + self._urgent
        if self._now < self._morning < start:
            return min(self._morning + self._ordinary, start)
        return self._now + self._ordinary


def _require_able(legs: Sequence[LegOffer], visits: Mapping[int, Visit]) -> None:
    by_day: dict[date, list[LegOffer]] = {}
    for leg in legs:
        by_day.setdefault(visits[leg.visit.pk].service_date, []).append(leg)
    for day, group in by_day.items():
        carers = {leg.carer.pk: leg.carer for leg in group}
        rules = Eligibility(carers.values(), {leg.visit.elder_id for leg in group}, day)
        for leg in group:
            during = (leg.planned_start, leg.planned_end)
            if hindrance := rules.hindrance(leg.carer, visits[leg.visit.pk], leg=leg.leg, during=during):
                raise hindrance.as_error()


def _ask(legs: Sequence[LegOffer], visits: Mapping[int, Visit], *, actor: User | None, now: datetime) -> list[Offer]:
    """An offered assignment and its offer for each leg, with their events."""
    times = _AnswerTimes(now)
    work = [
        Assignment(
            visit=visits[leg.visit.pk],
            leg=leg.leg,
            carer=leg.carer,
            planned_start=leg.planned_start,
            planned_end=leg.planned_end,
            travel_minutes=leg.travel_minutes,
            created_at=now,
        )
        for leg in legs
    ]
    create_assignments(work, actor=actor, now=now)
    move_all(work, Status.OFFERED, actor=actor, now=now)
    offers = [
        Offer(
            visit=each.visit,
            leg=each.leg,
            carer=each.carer,
            assignment=each,
            planned_start=each.planned_start,
            planned_end=each.planned_end,
            sent_at=now,
            expires_at=times.end(each.visit, each.planned_start),
        )
        for each in work
    ]
    return _send(offers, actor=actor, now=now)


def _send(offers: Sequence[Offer], *, actor: User | None, now: datetime) -> list[Offer]:
    sent = Offer.objects.bulk_create(offers)
    record_births(sent, actor=actor, now=now)
    tell_asked(sent, now=now)
    return sent


def _withdraw_pool(visits: Collection[int], *, actor: User | None, now: datetime) -> None:
    """A direct question ends the open one."""
    pool = list(Offer.objects.filter(visit__in=visits, kind=Offer.Kind.POOL, status=Offer.Status.SENT).order_by("pk"))
    forget(pool, now=now)
    move_all(pool, Offer.Status.WITHDRAWN, actor=actor, now=now, answered_at=now)


def _expire_pool(visit: Visit, leg: int, *, now: datetime) -> None:
    """End the open questions for a leg whose time is up, without waiting for beat."""
    pool = Offer.objects.filter(visit=visit, leg=leg, kind=Offer.Kind.POOL, status=Offer.Status.SENT)
    overdue = list(pool.filter(expires_at__lte=now).order_by("pk"))
    move_all(overdue, Offer.Status.EXPIRED, actor=None, now=now, answered_at=now)


def _plan(legs: Sequence[LegOffer], visits: Mapping[int, Visit], *, actor: User | None, now: datetime) -> None:
    """Open visits become planned, from the start of their first leg."""
    starts: dict[int, datetime] = {}
    for leg in legs:
        starts[leg.visit.pk] = min(leg.planned_start, starts.get(leg.visit.pk, leg.planned_start))
    still_open = [visit for visit in visits.values() if visit.status == Visit.Status.OPEN]
    promise_visits(visits=still_open, to=Visit.Status.PLANNED, actor=actor, now=now, starts=starts)


def _require_waiting(visit: Visit) -> None:
    if visit.status not in WAITING:
        raise WrongState(_("This cannot be done now: it is already “%(state)s”.") % {"state": state_label(visit)})


def _require_whole(visits: Mapping[int, Visit]) -> None:
    live = Assignment.objects.filter(visit__in=visits, status__in=Assignment.LIVE).order_by()
    legs = dict(live.values_list("visit_id").annotate(Count("pk")))
    if any(legs[key] != visit.carers_needed for key, visit in visits.items()):
        raise Conflict(_("Every carer of the visit must be asked together."), code="incomplete")
