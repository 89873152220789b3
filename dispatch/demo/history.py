"""Loads two past months of verified visits in bulk: rows as the services would have written them, event by event.

A loader, not a service: it invents a past that happened before this database existed. What it writes must satisfy
every constraint and trigger, `verify_ledger`, and the month's close.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction

from dispatch.demo.population import Population
from dispatch.offers.models import Offer, OfferEvent
from dispatch.visits.evidence import credit_key
from dispatch.visits.models import Assignment, AssignmentEvent, CheckEvent
from orders.models import (
    Elder,
    Entitlement,
    EntitlementUse,
    EntitlementUseEvent,
    Order,
    OrderEvent,
    OrderItem,
    Priority,
    ServiceItem,
    Visit,
    VisitEvent,
)
from people.models import Town
from volunteers.models import Carer
from volunteers.timebank.bulk import PastCredit, post_history

LOCAL = ZoneInfo(settings.TIME_ZONE)
SLOTS = (time(8, 0), time(10, 15), time(13, 30), time(15, 45))
REGULARS = 7  # elders a carer sees again and again
VISITS_A_DAY = 1.13  # of a carer on an average day: about 20,000 in two months
_BATCH = 1000

Row = TypeVar("Row", bound=models.Model)


@dataclass(slots=True)
class _Rows:
    """The rows of one town, in the order in which they must be written."""

    orders: dict[tuple[int, str], Order] = field(default_factory=dict)
    items: dict[tuple[int, str], OrderItem] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    checks: list[CheckEvent] = field(default_factory=list)
    uses: list[EntitlementUse] = field(default_factory=list)
    last_end: dict[str, datetime] = field(default_factory=dict)  # by order number


def months_before(today: date, count: int = 2) -> list[date]:
    """The first days of the `count` calendar months before the month of `today`, oldest first."""
    months = []
    first = today.replace(day=1)
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(first)
    return months[::-1]


def days_of(months: list[date]) -> list[date]:
    """Every day of the months, oldest first."""
    days = []
    for first in months:
        day = first
        while day.month == first.month:
            days.append(day)
            day += timedelta(days=1)
    return days


def load_town(town: Town, population: Population, *, days: list[date], rng: Random) -> int:
    """Write one town's verified visits on `days` with their evidence, hours and credits; returns how many."""
    catalogue = {item.code: item for item in ServiceItem.objects.filter(effective_to__isnull=True)}
    hours = _Hours(population.elders[town.pk])
    rows = _Rows()
    taken: set[tuple[int, datetime]] = set()
    for carer in population.carers[town.pk]:
        regulars = _regulars(carer, population, catalogue, rng=rng)
        for day in days:
            wanted = int(VISITS_A_DAY) + (rng.random() < VISITS_A_DAY % 1)
            for slot in sorted(rng.sample(SLOTS, k=wanted)):
                elder, item = rng.choice(regulars)
                start = datetime.combine(day, slot, LOCAL).astimezone(UTC)
                if (elder.pk, start) not in taken:
                    taken.add((elder.pk, start))
                    _one_visit(rows, carer, elder, item, start, hours, rng=rng)
    _write(rows)
    return len(rows.visits)


def _regulars(
    carer: Carer, population: Population, catalogue: dict[str, ServiceItem], *, rng: Random
) -> list[tuple[Elder, ServiceItem]]:
    codes = [
        code
        for code in sorted(population.skills[carer.pk])
        if code in catalogue and catalogue[code].carers_needed == 1 and code != "URGENT"
    ]
    elders = rng.sample(population.elders[carer.town_id], k=REGULARS)
    return [(elder, catalogue[rng.choice(codes)]) for elder in elders]


class _Hours:
    """The government minutes of one town's elders, taken month by month."""

    def __init__(self, elders: list[Elder]) -> None:
        self._of_elder = {row.elder_id: row for row in Entitlement.objects.filter(elder__in=elders)}
        self._used: defaultdict[tuple[int, date], int] = defaultdict(int)

    def take(self, elder: Elder, month: date, minutes: int) -> Entitlement | None:
        """The entitlement, when that many minutes of the month were left and are now taken."""
        entitlement = self._of_elder.get(elder.pk)
        if entitlement is None or self._used[elder.pk, month] + minutes > entitlement.minutes_per_month:
            return None
        self._used[elder.pk, month] += minutes
        return entitlement


def _one_visit(
    rows: _Rows, carer: Carer, elder: Elder, item: ServiceItem, start: datetime, hours: _Hours, *, rng: Random
) -> None:
    home = elder.person.home
    assert home is not None
    day = start.astimezone(LOCAL).date()
    minutes = item.duration_minutes
    begun = start + timedelta(minutes=rng.randint(-4, 6))
    ended = begun + timedelta(minutes=minutes + rng.randint(-3, 6))
    volunteer = carer.kind == Carer.Kind.VOLUNTEER
    entitlement = None if volunteer else hours.take(elder, day.replace(day=1), minutes)
    gov_minutes = minutes if entitlement else 0
    self_pay = 0 if entitlement or volunteer else item.price_fen
    visit = Visit(
        order_item=_order_item(rows, elder, item, before=start, gov_minutes=gov_minutes, self_pay=self_pay),
        elder=elder,
        item=item,
        town_id=elder.town_id,
        place=home,
        service_date=day,
        window_start=start - timedelta(minutes=30),
        window_end=start + timedelta(minutes=60),
        duration_minutes=minutes,
        priority=Priority.SUBSIDISED if entitlement else Priority.ORDINARY,
        status=Visit.Status.VERIFIED,
        gov_minutes=gov_minutes,
        self_pay_fen=self_pay,
        planned_start=start,
        verified_at=ended,
        created_at=start - timedelta(days=2),
    )
    assignment = Assignment(
        visit=visit,
        carer=carer,
        planned_start=start,
        planned_end=start + timedelta(minutes=minutes),
        travel_minutes=rng.randint(4, 18),
        status=Assignment.Status.CHECKED_OUT,
        accepted_by_id=carer.person.user_id,
        started_at=begun,
        ended_at=ended,
        created_at=start - timedelta(hours=14),
    )
    order = visit.order_item.order
    rows.last_end[order.number] = max(ended, rows.last_end.get(order.number, ended))
    rows.visits.append(visit)
    rows.assignments.append(assignment)
    rows.offers.append(
        Offer(
            visit=visit,
            carer=carer,
            assignment=assignment,
            planned_start=start,
            planned_end=assignment.planned_end,
            status=Offer.Status.ACCEPTED,
            sent_at=assignment.created_at,
            expires_at=assignment.created_at + timedelta(minutes=30),
            answered_at=assignment.created_at + timedelta(minutes=rng.randint(1, 25)),
        )
    )
    for kind, moment in ((CheckEvent.Kind.IN, begun), (CheckEvent.Kind.OUT, ended)):
        rows.checks.append(_check(assignment, kind, moment, home.latitude, home.longitude, rng=rng))
    if entitlement:
        rows.uses.append(
            EntitlementUse(
                entitlement=entitlement,
                visit=visit,
                month=day.replace(day=1),
                minutes=minutes,
                status=EntitlementUse.Status.CONSUMED,
            )
        )


def _order_item(
    rows: _Rows, elder: Elder, item: ServiceItem, *, before: datetime, gov_minutes: int, self_pay: int
) -> OrderItem:
    key = (elder.pk, item.code)
    if key not in rows.items:
        asked = before - timedelta(days=3)
        rows.orders[key] = Order(
            number=f"H{elder.pk:06d}-{item.code}",
            elder=elder,
            ordered_by=elder.person,
            status=Order.Status.COMPLETED,
            requested_at=asked,
            created_at=asked + timedelta(minutes=4),
        )
        rows.items[key] = OrderItem(
            order=rows.orders[key],
            item=item,
            duration_minutes=item.duration_minutes,
            gov_minutes=gov_minutes,
            self_pay_fen=self_pay,
        )
    return rows.items[key]


def _check(
    assignment: Assignment, kind: str, moment: datetime, latitude: float, longitude: float, *, rng: Random
) -> CheckEvent:
    return CheckEvent(
        assignment=assignment,
        client_id=uuid.UUID(int=rng.getrandbits(128), version=4),
        kind=kind,
        source=CheckEvent.Source.APP,
        device_time=moment,
        sent_at=moment,
        server_time=moment + timedelta(seconds=rng.randint(1, 9)),
        evidence_time=moment,
        latitude=latitude + rng.gauss(0, 0.0002),
        longitude=longitude + rng.gauss(0, 0.0002),
        accuracy_metres=rng.randint(5, 40),
        device=f"phone-{assignment.carer_id}",
        actor_id=assignment.accepted_by_id,
    )


@transaction.atomic
def _write(rows: _Rows) -> None:
    _create(Order, list(rows.orders.values()))
    _create(OrderItem, list(rows.items.values()))
    _create(Visit, rows.visits)
    _create(Assignment, rows.assignments)
    _create(Offer, rows.offers)
    _create(CheckEvent, rows.checks)
    _create(EntitlementUse, rows.uses)
    _create(
        OrderEvent,
        [event for order in rows.orders.values() for event in _order_events(order, rows.last_end[order.number])],
    )
    _create(
        VisitEvent,
        [event for pair in zip(rows.visits, rows.assignments, strict=True) for event in _visit_events(*pair)],
    )
    _create(EntitlementUseEvent, [event for use in rows.uses for event in _use_events(use)])
    _create(AssignmentEvent, [event for row in rows.assignments for event in _assignment_events(row)])
    _create(OfferEvent, [event for offer in rows.offers for event in _offer_events(offer)])
    post_history(
        [
            PastCredit(
                person=row.carer.person,
                minutes=_credit(row),
                key=credit_key(row.visit_id, row.carer_id),
                cause=f"visit:{row.visit_id}",
                at=row.visit.verified_at or row.created_at,
            )
            for row in rows.assignments
            if row.carer.kind == Carer.Kind.VOLUNTEER
        ]
    )


def _create(model: type[Row], rows: list[Row]) -> None:
    model._default_manager.bulk_create(rows, batch_size=_BATCH)


def _credit(row: Assignment) -> int:
    begun, ended = _happened(row)
    return round((ended - begun).total_seconds() / 60)


def _order_events(order: Order, done: datetime) -> Iterator[OrderEvent]:
    yield OrderEvent(subject=order, old="", new="received", at=order.created_at)
    yield OrderEvent(subject=order, old="received", new="confirmed", at=order.created_at)
    yield OrderEvent(subject=order, old="confirmed", new="completed", at=done)


def _visit_events(visit: Visit, part: Assignment) -> Iterator[VisitEvent]:
    begun, ended = _happened(part)
    moments = [
        ("", "open", visit.created_at),
        ("open", "planned", part.created_at),
        ("planned", "reserved", part.created_at + timedelta(minutes=20)),
        ("reserved", "started", begun),
        ("started", "finished", ended),
        ("finished", "verified", ended),
    ]
    return (VisitEvent(subject=visit, old=old, new=new, at=at) for old, new, at in moments)


def _use_events(use: EntitlementUse) -> Iterator[EntitlementUseEvent]:
    verified = use.visit.verified_at
    assert verified is not None
    yield EntitlementUseEvent(subject=use, old="", new="reserved", at=use.visit.created_at)
    yield EntitlementUseEvent(subject=use, old="reserved", new="consumed", at=verified)


def _assignment_events(part: Assignment) -> Iterator[AssignmentEvent]:
    begun, ended = _happened(part)
    moments = [
        ("", "proposed", part.created_at),
        ("proposed", "offered", part.created_at),
        ("offered", "accepted", part.created_at + timedelta(minutes=20)),
        ("accepted", "checked_in", begun),
        ("checked_in", "checked_out", ended),
    ]
    return (AssignmentEvent(subject=part, old=old, new=new, at=at) for old, new, at in moments)


def _happened(part: Assignment) -> tuple[datetime, datetime]:
    assert part.started_at is not None
    assert part.ended_at is not None
    return part.started_at, part.ended_at


def _offer_events(offer: Offer) -> Iterator[OfferEvent]:
    assert offer.answered_at is not None
    yield OfferEvent(subject=offer, old="", new="sent", at=offer.sent_at)
    yield OfferEvent(subject=offer, old="sent", new="accepted", at=offer.answered_at)
