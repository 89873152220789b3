"""Who races for what: carers with telephones, and jobs in the open pool that each of them is asked to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from dispatch.demo.live import at
from dispatch.demo.population import load_population
from dispatch.offers.services.send import open_pool
from orders import catalogue
from orders.models import Elder, Order, ServiceItem, Visit
from orders.requests import ItemRequest
from orders.selectors import catalogue_on
from orders.services.orders import place_order
from people import clock
from people.services import log_in_device
from volunteers.models import Carer, CarerSkill

_TOWNS = 16  # of the demonstration's county
_SERVICE = "CLEAN"
_OPENS, _CLOSES = time(9), time(11)


@dataclass(frozen=True, slots=True)
class Rival:
    """A carer's telephone: its token, and the offer of each job in the order of the jobs."""

    token: str
    offers: Sequence[int]


def load(*, carers: int, jobs: int, seed: int) -> list[Rival]:
    """Write the people and the jobs; every rival is asked for every job.

    Each job is on a day of its own, so that whoever gets one is as free as before for the next: whoever does not get it
    has lost a race, and nothing else.
    """
    now = clock.now()
    today = clock.local_date(now)
    catalogue.load(effective_from=today - timedelta(days=30))
    load_population(
        rng=Random(seed),
        now=now - timedelta(days=1),
        today=today,
        elders=_TOWNS * -(-jobs // _TOWNS),
        carers_per_town=-(-carers // _TOWNS),
    )
    rivals = list(Carer.objects.select_related("person__user").order_by("pk")[:carers])
    CarerSkill.objects.bulk_create([CarerSkill(carer=carer, code=_SERVICE) for carer in rivals], ignore_conflicts=True)
    [service] = (item for item in catalogue_on(today) if item.code == _SERVICE)
    offers: dict[int, list[int]] = {carer.pk: [] for carer in rivals}
    for number, elder in enumerate(Elder.objects.order_by("pk")[:jobs], start=1):
        visit = _order(elder, service, today + timedelta(days=number), now)
        starts = dict.fromkeys(rivals, visit.window_start)
        for offer in open_pool(visit=visit, leg=1, starts=starts, actor=None, now=now):
            offers[offer.carer_id].append(offer.pk)
    return [Rival(_token(carer, now), offers[carer.pk]) for carer in rivals]


def winners() -> list[int]:
    """How many carers hold each job, in the order of the jobs."""
    visits = Visit.objects.order_by("pk").prefetch_related("assignments")
    return [sum(part.status == "accepted" for part in visit.assignments.all()) for visit in visits]


def _order(elder: Elder, service: ServiceItem, day: date, now: datetime) -> Visit:
    order = place_order(
        elder=elder,
        items=[ItemRequest(service, at(day, _OPENS), at(day, _CLOSES))],
        requested_at=now,
        channel=Order.Channel.PHONE,
        actor=None,
        now=now,
    )
    return Visit.objects.get(order_item__order=order)


def _token(carer: Carer, now: datetime) -> str:
    assert carer.person.user is not None
    return log_in_device(user=carer.person.user, name="phone", now=now)[1]
