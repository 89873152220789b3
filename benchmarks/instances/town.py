"""Seeded town days: made from a seed alone, as plain data that every solver and the checker reads.

Nothing here knows a solver. Times are integer minutes from midnight, travel integer
minutes, places rows of the travel matrix.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

SIDE_METRES = 6_600  # of the square that holds the town
ESTATES = 8  # places where many elders live close together
IN_ESTATES = 0.6  # share of the elders
ESTATE_METRES = 400  # spread of an estate, one standard deviation
METRES_PER_MINUTE = 18_000 / 60  # 18 km/h
DETOUR = 1.35  # road over straight line


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of work: its share of the visits, its minutes, and how its window is drawn."""

    name: str
    share: float
    minutes: tuple[int, ...]
    window: tuple[int, ...]  # widths to draw from, minutes
    opens: tuple[int, int]  # earliest and latest start of the window
    carers: float  # share of the carers who may do it


SERVICES = (
    Service("meal", 0.30, (20, 25, 30), (90,), (11 * 60, 11 * 60), 0.7),
    Service("medical", 0.15, (30, 40, 45, 60), (60,), (8 * 60 + 30, 16 * 60), 0.35),
    Service("hygiene", 0.25, (30, 40, 50), (120, 180), (8 * 60, 14 * 60), 0.7),
    Service("housework", 0.12, (60, 75, 90), (180, 240), (8 * 60, 13 * 60), 0.6),
    Service("company", 0.18, (30, 45), (120, 180, 240), (8 * 60, 13 * 60), 0.8),
)

SHIFTS = ((8 * 60, 17 * 60), (8 * 60, 17 * 60 + 30), (9 * 60, 18 * 60))


@dataclass(frozen=True, slots=True)
class TownVisit:
    """A visit that starts inside its window; `carers` of them start together."""

    id: str
    place: int
    service: str
    minutes: int
    opens: int  # earliest start
    closes: int  # latest start
    carers: int = 1


@dataclass(frozen=True, slots=True)
class TownCarer:
    """Leaves home at `start` or later and is back there by `end`."""

    id: str
    home: int
    start: int
    end: int
    services: frozenset[str]


@dataclass(frozen=True, slots=True)
class TownDay:
    """Serve as many visits as possible, then travel as little as possible."""

    seed: int
    visits: tuple[TownVisit, ...]
    carers: tuple[TownCarer, ...]
    travel: tuple[tuple[int, ...], ...]  # minutes[from][to], rounded up, so the triangle inequality holds

    @property
    def name(self) -> str:
        return f"town-{len(self.visits)}x{len(self.carers)}-seed{self.seed}"


def town_day(seed: int, *, visits: int, carers: int, double_ups: int = 0) -> TownDay:
    """The day of this seed; the visits of a seed are the same for any number of carers.

    The first `double_ups` of the hygiene visits need two carers who start together.
    """
    luck = random.Random(f"town {seed}")
    estates = [(luck.uniform(0, SIDE_METRES), luck.uniform(0, SIDE_METRES)) for _ in range(ESTATES)]
    where = [_address(luck, estates) for _ in range(visits)]
    work = [_visit(luck, number) for number in range(visits)]
    lifted = [visit.id for visit in work if visit.service == "hygiene"][:double_ups]
    if len(lifted) < double_ups:
        raise ValueError(f"{double_ups} double-ups asked, the day of seed {seed} has {len(lifted)} hygiene visits")
    work = [TownVisit(v.id, v.place, v.service, v.minutes, v.opens, v.closes, 2) if v.id in lifted else v for v in work]
    luck = random.Random(f"carers {seed}")
    people = []
    for number in range(carers):
        where.append(_address(luck, estates))
        people.append(_carer(luck, number, home=visits + number))
    return TownDay(seed, tuple(work), tuple(people), _travel(where))


def _address(luck: random.Random, estates: list[tuple[float, float]]) -> tuple[float, float]:
    if luck.random() >= IN_ESTATES:
        return luck.uniform(0, SIDE_METRES), luck.uniform(0, SIDE_METRES)
    x, y = luck.choice(estates)
    return luck.gauss(x, ESTATE_METRES), luck.gauss(y, ESTATE_METRES)


def _visit(luck: random.Random, number: int) -> TownVisit:
    service = luck.choices(SERVICES, [each.share for each in SERVICES])[0]
    opens = luck.randrange(service.opens[0], service.opens[1] + 1, 5)
    closes = opens + luck.choice(service.window)
    return TownVisit(f"v{number}", number, service.name, luck.choice(service.minutes), opens, closes)


def _carer(luck: random.Random, number: int, home: int) -> TownCarer:
    start, end = luck.choice(SHIFTS)
    can = {each.name for each in SERVICES if luck.random() < each.carers}
    # Each carer can do something, and each service has somebody: they take turns.
    can.add(SERVICES[number % len(SERVICES)].name)
    return TownCarer(f"c{number}", home, start, end, frozenset(can))


def _travel(where: list[tuple[float, float]]) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(math.ceil(math.dist(here, there) * DETOUR / METRES_PER_MINUTE) for there in where) for here in where
    )
