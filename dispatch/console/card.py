"""What the operator sees of an elder while the caller is on the line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet, Sum

from dispatch.visits.models import Assignment, CarerPreference
from dispatch.visits.selectors import departed_at
from orders.models import Assessment, Elder, ElderCategory, Order, OrderItem, Visit
from orders.selectors import entitlement_left, orders_visible_to, visits_visible_to, warnings_before_placing
from people.errors import Text
from people.row_keys import row_key
from volunteers.models import Carer
from volunteers.timebank.selectors import credits_available

CANCELLABLE = (Visit.Status.OPEN, Visit.Status.PLANNED, Visit.Status.RESERVED)
AMENDABLE = (*CANCELLABLE, Visit.Status.UNSERVED)
COMING = (*AMENDABLE, Visit.Status.STARTED)
_MOST_COMING, _MOST_ENDED, _MOST_USUAL = 15, 6, 5


@dataclass(frozen=True, slots=True)
class Card:
    """The facts of the elder card. Minutes are whole; `hours_granted` is None when no entitlement is set."""

    elder: Elder
    categories: QuerySet[ElderCategory]
    assessment: Assessment | None
    usual: Sequence[Carer]
    hours_left: int | None
    hours_granted: int | None
    credits: int  # minutes of the time account that are free
    coming: QuerySet[Visit]
    ended: QuerySet[Visit]


@dataclass(frozen=True, slots=True)
class Placed:
    """An order just entered, with its lines; the first visit of each is what the caller is told."""

    order: Order
    lines: Sequence["PlacedLine"]


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """One line of it: its first visit, how many were made so far, who comes, and what to think about."""

    line: OrderItem
    first: Visit | None
    visits: int
    carers: Sequence[Assignment]
    warnings: Sequence[Text]


def card_of(user: User, elder: Elder, now: datetime, today: date) -> Card:
    """The elder's card. The number of queries does not depend on how long the history is."""
    valid = elder.entitlements.filter(valid_from__lte=today).exclude(valid_to__lt=today)
    visits = with_carers(visits_visible_to(user).filter(elder=elder).select_related("item"))
    return Card(
        elder=elder,
        categories=elder.categories.filter(valid_from__lte=today).exclude(valid_to__lt=today),
        assessment=elder.assessments.order_by("-assessed_on").first(),
        usual=usual_carers(elder),
        hours_left=entitlement_left(elder=elder, month=today.replace(day=1), on=today),
        hours_granted=valid.aggregate(Sum("minutes_per_month"))["minutes_per_month__sum"],
        credits=credits_available(elder.person),
        coming=visits.filter(service_date__gte=today, status__in=COMING).order_by("window_start", "pk")[:_MOST_COMING],
        ended=visits.exclude(status__in=COMING).order_by("-window_start", "-pk")[:_MOST_ENDED],
    )


def usual_carers(elder: Elder) -> list[Carer]:
    """Those the elder prefers, then those who came in the latest verified visits; at most five."""
    preferred = CarerPreference.objects.filter(elder=elder, kind=CarerPreference.Kind.PREFERRED)
    found = {
        each.carer_id: each.carer
        for each in preferred.select_related("carer__person", "carer__start_place")[:_MOST_USUAL]
    }
    came = Assignment.objects.filter(visit__elder=elder, visit__status=Visit.Status.VERIFIED)
    for each in came.select_related("carer__person", "carer__start_place").order_by("-planned_start")[:20]:
        found.setdefault(each.carer_id, each.carer)
    return list(found.values())[:_MOST_USUAL]


def with_carers(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """The visits with who holds them now, as `held`, and since when each is on the way."""
    live = Assignment.objects.filter(status__in=Assignment.LIVE).select_related("carer__person").order_by("leg")
    return visits.prefetch_related(
        Prefetch("assignments", live.annotate(departed_at=departed_at()), to_attr="held"),
    )


def placed_order(user: User, elder: Elder, key: str) -> Placed | None:
    """The order just entered, to be read back to the caller; None when it is not this elder's."""
    pk = row_key(key)
    order = orders_visible_to(user).filter(elder=elder, pk=pk).first() if pk else None
    if order is None:
        return None
    return Placed(order, [_placed_line(elder, line) for line in order.items.select_related("item", "series")])


def _placed_line(elder: Elder, line: OrderItem) -> PlacedLine:
    visits = with_carers(line.visits.select_related("item").order_by("window_start", "pk"))
    first = visits.first()
    return PlacedLine(
        line=line,
        first=first,
        visits=line.visits.count(),
        carers=first.held if first else (),  # type: ignore[attr-defined]
        warnings=warnings_before_placing(
            elder=elder, item=line.item, minutes=line.duration_minutes, carers=line.carers_needed, line=line
        ),
    )
