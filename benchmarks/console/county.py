"""The county at its full size in the product's own database: who lives and works there, what is ordered, what is planned.

Rows come from the demonstration's loaders, orders and plans from the services. The same seed loads the same county.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.contrib.auth.models import Group, User

from benchmarks.console.calls import Caller, Wish
from dispatch.demo import history
from dispatch.demo.county import SHARES
from dispatch.demo.day import Clock, plan_and_publish
from dispatch.demo.live import at
from dispatch.demo.population import Population, load_population
from dispatch.demo.progress import Progress
from dispatch.demo.today import place_orders
from dispatch.planning.models import Plan
from orders import catalogue
from orders.models import Visit
from orders.selectors import catalogue_on
from people.models import Phone, Town
from people.roles import Role
from volunteers.models import Availability, Carer, Organisation

# A Wednesday without a holiday, a quarter of an hour before the first visits, when the lines are busiest.
DAY = date(2026, 11, 25)
MORNING = time(7, 45)
PUBLISHED = time(6, 30)

ELDERS, CARERS, VISITS = 39_300, 1_000, 5_250  # of the county; visits a day
OPERATORS = 20
_LONGEST_PLANNING = 900  # seconds, on a busy machine


@dataclass(frozen=True, slots=True)
class County:
    """What the load needs to know of the loaded county."""

    towns: Sequence[Town]
    tomorrow: date
    last_month: date
    callers: Sequence[Caller]
    wishes: Sequence[Wish]
    operators: Sequence[str]


def load(*, scale: float, rng: Random, progress: Progress) -> County:
    """Write a share of the county: people, a month of verified visits, the orders of today and of tomorrow."""
    now = at(DAY, PUBLISHED)
    last_month, tomorrow = history.months_before(DAY, 1)[0], DAY + timedelta(days=1)
    with progress.step("people"):
        catalogue.load(effective_from=last_month - timedelta(days=400))
        population = load_population(
            rng=rng,
            now=now - timedelta(days=100),
            today=DAY,
            elders=round(ELDERS * scale),
            carers_per_town=round(CARERS * scale / 16),
        )
        _put_to_work()
        operators = _operators()
    with progress.step("history"):
        for town in progress.bar(population.towns, len(population.towns), "last month by town"):
            history.load_town(town, population, days=history.days_of([last_month]), rng=rng)
    with progress.step("orders"):
        _orders(population, [DAY, tomorrow], round(VISITS * scale), now=now, rng=rng, progress=progress)
    return County(
        towns=population.towns,
        tomorrow=tomorrow,
        last_month=last_month,
        callers=_callers(),
        wishes=_wishes([DAY, tomorrow]),
        operators=operators,
    )


def publish_today(county: County, clock: Clock, progress: Progress) -> str:
    """Let the workers plan every town's day and offer it to its carers, who accept by contract; the figures in words."""
    with progress.step("plans"):
        dispatcher = User.objects.get(username="dispatcher")
        runs = plan_and_publish(
            towns=county.towns, today=DAY, dispatcher=dispatcher, clock=clock, seconds=_LONGEST_PLANNING
        )
        published = [run.pk for run in progress.bar(runs, len(county.towns), "plans, solved and published")]
    plans = Plan.objects.filter(run__in=published).values_list("served", "unserved")
    served, unserved = (sum(column) for column in zip(*plans, strict=True))
    return f"{served} of {served + unserved} visits of the day planned and accepted"


def _put_to_work() -> None:
    """Let all carers be employed, by contract and the whole day: the volunteers' three visits would leave one visit in
    four open, and nobody's telephone is there to accept."""
    Carer.objects.filter(organisation=None).update(organisation=Organisation.objects.first())
    Carer.objects.update(kind=Carer.Kind.WORKER, auto_accept=True, max_visits_a_day=None, max_minutes_a_day=600)
    Availability.objects.update(start_minute=8 * 60, end_minute=18 * 60)


def _operators() -> list[str]:
    """Operators with the password of the demonstration's one."""
    password = User.objects.get(username="operator").password
    names = [f"operator{number:02d}" for number in range(1, OPERATORS + 1)]
    users = User.objects.bulk_create(User(username=name, password=password) for name in names)
    Group.objects.get(name=Role.OPERATOR).user_set.add(*users)
    return names


def _orders(
    population: Population, days: Sequence[date], visits: int, *, now: datetime, rng: Random, progress: Progress
) -> None:
    operator = User.objects.get(username="operator")
    for day in days:
        orders = place_orders(population, operator=operator, today=day, now=now, rng=rng, visits=visits)
        for _order in progress.bar(orders, visits, f"orders for {day}"):
            pass


def _callers() -> list[Caller]:
    """The elders for whom nobody comes today or tomorrow: what they order cannot repeat what they have."""
    visited = Visit.objects.filter(service_date__gte=DAY).values("elder")
    phones = Phone.objects.filter(person__elder__isnull=False).exclude(person__elder__in=visited)
    return [
        Caller(phone.person.elder.pk, phone.number) for phone in phones.select_related("person__elder").order_by("pk")
    ]


def _wishes(days: Sequence[date]) -> list[Wish]:
    """What callers ask for: the services in the shares of the day's orders, each in one of its usual windows."""
    catalogue_now = {item.code: item.pk for item in catalogue_on(DAY)}
    return [
        Wish(catalogue_now[share.code], day, start, end, share.weight / len(share.windows))
        for share in SHARES
        for start, end in share.windows
        for day in days
    ]
