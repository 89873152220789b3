"""The county's day in accepted work: who opens the phone in the morning, and what stands there."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta
from itertools import cycle
from random import Random

from django.contrib.auth.models import User

from dispatch.demo.live import at
from dispatch.demo.population import load_population
from dispatch.demo.today import place_orders
from dispatch.visits.models import Assignment
from orders import catalogue
from orders.models import Visit
from people import clock
from people.services import log_in_device
from volunteers.models import Carer

_TOWNS = 16  # of the demonstration's county
_FIRST, _APART = time(8), timedelta(minutes=110)  # every carer's visits, one after the other


def load(*, carers: int, visits: int, seed: int) -> list[str]:
    """Write the people and a day of visits, all promised; the tokens of the carers' phones.

    The rows of the promises are written as they would stand; how they came about is another benchmark.
    """
    now = clock.now()
    today = clock.local_date(now)
    rng = Random(seed)
    catalogue.load(effective_from=today - timedelta(days=30))
    population = load_population(
        rng=rng,
        now=now - timedelta(days=1),
        today=today,
        elders=visits + _TOWNS * _TOWNS,  # the first town also takes the remainder of the visits
        carers_per_town=-(-carers // _TOWNS),
    )
    operator = User.objects.get(username="operator")
    begin = at(today, time(6))
    list(place_orders(population, operator=operator, today=today, now=begin, rng=rng, visits=visits))
    _promise(begin)
    rows = Carer.objects.filter(assignments__isnull=False).distinct().select_related("person__user")
    return [_token(carer, now) for carer in rows.order_by("pk")]


def _promise(begin: datetime) -> None:
    """Share each town's visits out among its carers, in turn."""
    of_town: dict[int, list[Carer]] = defaultdict(list)
    for carer in Carer.objects.order_by("pk"):
        of_town[carer.town_id].append(carer)
    turns = {town: cycle(carers) for town, carers in of_town.items()}
    first = at(clock.local_date(begin), _FIRST)
    free: dict[int, datetime] = defaultdict(lambda: first)
    work = []
    for visit in Visit.objects.order_by("pk"):
        carer = next(turns[visit.town_id])
        start = free[carer.pk]
        free[carer.pk] = start + _APART
        work.append(
            Assignment(
                visit=visit,
                carer=carer,
                planned_start=start,
                planned_end=start + timedelta(minutes=60),
                status=Assignment.Status.ACCEPTED,
                created_at=begin,
            )
        )
    Assignment.objects.bulk_create(work, batch_size=1_000)
    Visit.objects.update(status=Visit.Status.RESERVED)


def _token(carer: Carer, now: datetime) -> str:
    assert carer.person.user is not None
    return log_in_device(user=carer.person.user, name="phone", now=now)[1]
