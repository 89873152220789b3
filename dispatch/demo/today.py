"""Places the demonstration day's orders, one call after the other, through the same service the operators use."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User

from dispatch.demo.county import SHARES, Share
from dispatch.demo.population import Population
from dispatch.visits.services.paid_orders import place_paid_order
from orders.models import Elder, Order, OrderItem, ServiceItem
from orders.requests import ItemRequest
from orders.selectors import catalogue_on

LOCAL = ZoneInfo(settings.TIME_ZONE)
VISITS = 900


def place_orders(
    population: Population, *, operator: User, today: date, now: datetime, rng: Random, visits: int = VISITS
) -> Iterator[Order]:
    """Place so many visits for `today` over all towns, yielding each order as it is saved."""
    catalogue = {item.code: item for item in catalogue_on(today)}
    per_town = visits // len(population.towns)
    for town in population.towns:
        left = per_town + (town == population.towns[0]) * (visits % len(population.towns))
        for elder in rng.sample(population.elders[town.pk], k=left):
            if left <= 0:
                break
            requests = _requests(catalogue, elder, today=today, rng=rng)[:left]
            left -= len(requests)
            asked = now - timedelta(hours=rng.randint(2, 40))
            yield place_paid_order(
                elder=elder,
                items=requests,
                requested_at=asked,
                channel=Order.Channel.PHONE,
                ordered_by=elder.person,
                actor=operator,
                now=now,
            )


def _requests(catalogue: dict[str, ServiceItem], elder: Elder, *, today: date, rng: Random) -> list[ItemRequest]:
    """One service, sometimes two, each in one of its usual windows."""
    shares = rng.choices(SHARES, weights=[share.weight for share in SHARES], k=rng.choice((1, 1, 1, 2)))
    return [
        _request(catalogue[share.code], share, today=today, rng=rng) for share in {s.code: s for s in shares}.values()
    ]


def _request(item: ServiceItem, share: Share, *, today: date, rng: Random) -> ItemRequest:
    start, end = (datetime.combine(today, time.fromisoformat(text), LOCAL) for text in rng.choice(share.windows))
    critical = share.code == "MEDICAL" and rng.random() < 0.3
    return ItemRequest(
        item=item,
        window_start=start,
        window_end=end,
        carers_needed=2 if rng.random() < share.double else 1,
        time_critical_reason=OrderItem.CriticalReason.MEDICINE if critical else "",
    )
