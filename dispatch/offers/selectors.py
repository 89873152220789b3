"""Reading offers: everything starts from what a user may see."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from dispatch.offers.models import LateAlarm, Offer
from dispatch.visits.distance import metres_between
from dispatch.visits.evidence import credited_minutes
from dispatch.visits.models import Assignment
from dispatch.visits.selectors import assignments_visible_to, work_visible_to
from orders.models import Visit
from volunteers.models import Carer


def offers_visible_to(user: User | AnonymousUser) -> QuerySet[Offer]:
    """The offers the user may see: a carer own ones, a manager those to own carers, the office those of its towns."""
    return Offer.objects.filter(work_visible_to(user))


def late_alarms_visible_to(user: User | AnonymousUser) -> QuerySet[LateAlarm]:
    """The late alarms about work the user may see."""
    return LateAlarm.objects.filter(assignment__in=assignments_visible_to(user))


def pool_visible_to(user: User | AnonymousUser, now: datetime) -> QuerySet[Offer]:
    """The pool offers that can still be accepted, of those the user may see."""
    return offers_visible_to(user).filter(kind=Offer.Kind.POOL, status=Offer.Status.SENT, expires_at__gt=now)


def declined_pairs(visits: Iterable[int] | QuerySet[Visit]) -> set[tuple[int, int]]:
    """The (visit, carer) pairs not to be asked again: declined, let expire, given back, or did not come.

    A pool offer that nobody took forbids nothing.
    """
    refused = (
        Q(status=Offer.Status.DECLINED)
        | Q(status=Offer.Status.EXPIRED, kind=Offer.Kind.DIRECT)
        | (Q(status=Offer.Status.WITHDRAWN) & ~Q(decline_reason=""))
    )
    visits = visits if isinstance(visits, QuerySet) else list(visits)
    offers = Offer.objects.filter(refused, visit__in=visits).order_by().values_list("visit_id", "carer_id")
    absent = Assignment.objects.filter(status=Assignment.Status.NO_SHOW, visit__in=visits).order_by()
    return set(offers.union(absent.values_list("visit_id", "carer_id")))


def not_to_ask(visit: Visit, leg: int, now: datetime) -> set[int]:
    """The keys of the carers whom an open offer for a leg would ask in vain: asked already, on the other leg, refused."""
    held = Q(leg=leg, status=Offer.Status.SENT, expires_at__gt=now) | Q(status=Offer.Status.ACCEPTED)
    refused = {carer for _visit, carer in declined_pairs([visit.pk])}
    return refused | set(Offer.objects.filter(held, visit=visit).values_list("carer_id", flat=True))


def metres_to(offer: Offer) -> int:
    """Great-circle metres from where the carer starts to the visit."""
    start, place = offer.carer.start_place, offer.visit.place
    return round(metres_between((start.latitude, start.longitude), (place.latitude, place.longitude)))


def credit_of(offer: Offer) -> int:
    """The minutes that the visit will earn if it takes as long as planned; a paid worker earns none."""
    if offer.carer.kind != Carer.Kind.VOLUNTEER:
        return 0
    return credited_minutes(offer.visit.duration_minutes, offer.visit.item.credit_rate)


def nearest_first(offers: Iterable[Offer], *, most: int = 100) -> list[Offer]:
    """The nearest of the given offers."""
    return sorted(offers, key=lambda offer: (metres_to(offer), offer.planned_start, offer.pk))[:most]
