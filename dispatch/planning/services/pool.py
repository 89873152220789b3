"""Opening ordinary work to the pool (抢单) once planning found nobody, and what becomes of it there.

Urgent help has a clock of its own, and linked visits are for a plan or a dispatcher: both are left alone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from dispatch.offers.models import Offer
from dispatch.offers.services.send import open_pool
from dispatch.offers.services.together import WAITING, take_apart
from dispatch.planning.pool import free_carers, possible_starts
from dispatch.planning.reading import popular_before
from dispatch.visits.hold import Held, hold_visit
from dispatch.visits.models import Assignment
from orders.models import Visit
from orders.wall_clock import QUIET_HOURS, first_waking_moment
from people import policy
from volunteers.models import Carer

NO_PARTNER = "no partner found in the pool"

_Starts = dict[Carer, datetime]


@policy.read_once()
def ask_everybody(*, visit_id: int, now: datetime) -> list[Offer]:
    """The new pool offers of a waiting visit, for each leg without a carer; none while it stands in the pool.

    Safe to run twice. Popular work is open first to those who had no more of it than the others, then, in the second
    call after their head start, to the rest. Both legs of a double-up are opened from one start, or none; when nobody is
    left to ask for the second one, the visit is released whole.
    """
    with transaction.atomic():
        held = hold_visit(visit_id)
        visit = held.visit
        if visit.status not in WAITING or visit.priority == Visit.Priority.URGENT or len(held.together) > 1:
            return []
        asking = list(Offer.objects.filter(visit=visit, status=Offer.Status.SENT).order_by("sent_at", "pk"))
        if asking and not _second_wave_is_due(visit, asking, now):
            return []
        partner = Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE).first()
        starts = _starts(visit, partner, asking, now)
        legs = [leg for leg in range(1, visit.carers_needed + 1) if partner is None or partner.leg != leg]
        found = {leg: free_carers(visit, leg, starts, now) for leg in legs}
        chosen = _at_one_time(found, starts) if visit.carers_needed > 1 else _each_at_first(found)
        if not asking and not _enough(chosen):
            if partner is not None:
                take_apart(held, reason=NO_PARTNER, actor=None, now=now)
            return []
        return _open(held, chosen, asking, until=_until(visit, starts, asking, now), now=now)


def watch_pools(*, now: datetime) -> int:
    """Send second waves, and look after double-ups whose other leg waits for nobody; the number of visits asked for."""
    return sum(bool(ask_everybody(visit_id=key, now=now)) for key in sorted({*_popular(now), *_half_filled()}))


def _popular(now: datetime) -> Iterable[int]:
    """Visits of popular items that stand in the pool."""
    pool = Offer.objects.filter(kind=Offer.Kind.POOL, status=Offer.Status.SENT, expires_at__gt=now)
    ordinary = pool.filter(visit__item__is_popular=True).exclude(visit__priority=Visit.Priority.URGENT)
    return ordinary.order_by().values_list("visit", flat=True).distinct()


def _half_filled() -> Iterable[int]:
    """Double-ups with one carer from the pool, for whose other leg nobody is being asked."""
    live = Count("assignments", filter=Q(assignments__status__in=Assignment.LIVE))
    asking = Offer.objects.filter(visit=OuterRef("pk"), status=Offer.Status.SENT)
    planned = Visit.objects.filter(~Exists(asking), status=Visit.Status.PLANNED, carers_needed__gt=1)
    return planned.order_by().annotate(live=live).filter(live=1).values_list("pk", flat=True)


def _second_wave_is_due(visit: Visit, asking: Sequence[Offer], now: datetime) -> bool:
    if not visit.item.is_popular or any(offer.kind != Offer.Kind.POOL for offer in asking):
        return False
    head_start = timedelta(minutes=policy.minutes("pool_head_start_minutes", on=visit.service_date))
    return asking[0].sent_at == asking[-1].sent_at <= now - head_start


def _starts(visit: Visit, partner: Assignment | None, asking: Sequence[Offer], now: datetime) -> list[datetime]:
    """When the visit may begin: two carers come together, whoever answered or was asked first sets the time."""
    if partner is not None:
        return [partner.planned_start] if partner.planned_start > now else []
    if asking and visit.carers_needed > 1:
        return [asking[0].planned_start]
    return possible_starts(visit, now)


def _each_at_first(found: dict[int, dict[Carer, list[datetime]]]) -> dict[int, _Starts]:
    return {leg: {carer: starts[0] for carer, starts in carers.items()} for leg, carers in found.items()}


def _at_one_time(found: dict[int, dict[Carer, list[datetime]]], starts: Sequence[datetime]) -> dict[int, _Starts]:
    """The carers of each leg at the start that most could come to, the first of such."""
    possible = [
        {leg: {carer: start for carer, free in carers.items() if start in free} for leg, carers in found.items()}
        for start in starts
    ]
    return max(possible, key=lambda legs: (_enough(legs), sum(map(len, legs.values()))), default={})


def _enough(chosen: dict[int, _Starts]) -> bool:
    """Whether each leg could have a carer of its own."""
    return all(chosen.values()) and len(set().union(*chosen.values())) >= max(len(chosen), 1)


def _until(visit: Visit, starts: Sequence[datetime], asking: Sequence[Offer], now: datetime) -> datetime:
    if asking:
        return max(offer.expires_at for offer in asking)
    counted_from = first_waking_moment(now, until=starts[-1], hours=QUIET_HOURS)
    return min(counted_from + timedelta(minutes=policy.minutes("pool_life_minutes", on=visit.service_date)), starts[-1])


def _open(
    held: Held, chosen: dict[int, _Starts], asking: Sequence[Offer], *, until: datetime, now: datetime
) -> list[Offer]:
    visit, sent = held.visit, []
    most = policy.minutes("pool_asked_at_most", on=visit.service_date)
    for leg, starts in chosen.items():
        nearest = list(starts)[: max(most - sum(offer.leg == leg for offer in asking), 0)]
        wave = nearest if asking else _first_wave(nearest, visit)
        if wave:
            asked = {carer: starts[carer] for carer in wave}
            sent += open_pool(visit=visit, leg=leg, starts=asked, until=until, actor=None, now=now)
    return sent


def _first_wave(carers: list[Carer], visit: Visit) -> list[Carer]:
    """Of popular work: those who did not have more of it lately, and on the day itself, than the average of all."""
    if not visit.item.is_popular:
        return carers
    day_after = visit.service_date + timedelta(days=1)
    had = popular_before(Carer.objects.filter(pk__in=[carer.pk for carer in carers]), day_after)
    return [carer for carer in carers if had.get(carer.pk, 0) * len(carers) <= sum(had.values())]
