"""Small random days with a bit of everything, and random prices: what property tests feed on."""

from __future__ import annotations

from random import Random

from dispatch.engine.params import Params
from dispatch.engine.problem import (
    Carer,
    CarerKind,
    Link,
    LinkKind,
    Lunch,
    Pin,
    Priority,
    Problem,
    Visit,
    Window,
    WindowRule,
)
from tests.dispatch.engine.town import FIVE, LINE, NINE, NOON, carer, problem, visit

LINKS = [Link(LinkKind.SIMULTANEOUS), Link(LinkKind.SEQUENTIAL, 10, 40), Link(LinkKind.INDEPENDENT)]
SLOW = tuple(tuple(3 * minutes for minutes in row) for row in LINE)
PEOPLE = ["p1", "p2", "p3"]


def random_day(luck: Random, *, carers: int = 4, visits: int = 8, facts: bool = True) -> Problem:
    """At most so many carers and visits; nothing mandatory, and every pin has its minute, so that a plan exists."""
    staff = [_carer(luck, f"c{number}") for number in range(luck.randint(1, carers))]
    asked = [_visit(luck, f"v{number}") for number in range(luck.randint(1, visits))]
    return problem(
        asked,
        staff,
        travel={"ebike": LINE, "walk": SLOW},
        pins=_facts(luck, asked, staff) if facts else (),
        published=_published(luck, asked),
        forbidden=frozenset({("v0", "c0")}) if luck.random() < 0.2 else frozenset(),
        organisation_minutes={"red": luck.choice([60, 120])} if luck.random() < 0.4 else {},
        buffer=luck.choice([0, 5]),
        earliest=luck.choice([0, 0, 620]),
    )


def random_prices(luck: Random) -> Params:
    """Every price is sometimes nothing and sometimes something."""
    return Params(
        lateness=luck.choice([0, 5]),
        highest_lateness=luck.choice([0, 7]),
        waiting=luck.choice([0, 2]),
        highest_idle=luck.choice([0, 1]),
        continuity=luck.choice([0, 1]),
        worker_minute=luck.choice([0, 3]),
        volunteer_minute=luck.choice([0, 1]),
        fairness=luck.choice([0, 2]),
        changed_carer=luck.choice([0, 30]),
        changed_start=luck.choice([0, 1]),
        strict_tiers=luck.random() < 0.8,
    )


def _carer(luck: Random, id_: str) -> Carer:
    return carer(
        id_,
        shifts=(Window(NINE, NOON), Window(780, FIVE)) if luck.random() < 0.3 else (Window(NINE, FIVE),),
        kind=luck.choice(list(CarerKind)),
        mode=luck.choice(["ebike", "ebike", "walk"]),
        skills=frozenset(luck.sample(["care", "cook"], luck.randint(1, 2))),
        gender=luck.choice(["f", "m"]),
        lunch=Lunch(Window(660, 780), 30, required=luck.random() < 0.7) if luck.random() < 0.6 else None,
        radius_metres=luck.choice([None, 3000]),
        max_visits=luck.choice([None, 3]),
        max_minutes=luck.choice([None, 120]),
        max_overtime=luck.choice([0, 30]),
        person=luck.choice([None, None, *PEOPLE]),
        organisation=luck.choice([None, "red", "blue"]),
        popular_before=luck.choice([0, 2]),
    )


def _visit(luck: Random, id_: str) -> Visit:
    opens = luck.randrange(NINE, 900, 15)
    windows = [Window(opens, opens + luck.choice([0, 30, 120]))]
    if luck.random() < 0.2:
        windows.append(Window(windows[0].end + 20, windows[0].end + 60))
    legs = luck.choice([2, 2, 3, 4]) if luck.random() < 0.35 else 1
    return visit(
        id_,
        place=luck.randrange(0, 40),
        minutes=luck.choice([20, 45]),
        legs=legs,
        link=luck.choice(LINKS) if legs > 1 else None,
        windows=tuple(windows),
        window_rule=luck.choice(list(WindowRule)),
        max_lateness=luck.choice([0, 0, 20]),
        priority=luck.choice(list(Priority)),
        gender=luck.choice([None, None, "f"]),
        workers_only=luck.random() < 0.2,
        barred=frozenset({"c1"}) if luck.random() < 0.1 else frozenset(),
        preferred=frozenset({"c0"}) if luck.random() < 0.2 else frozenset(),
        usual={"c1": 10} if luck.random() < 0.3 else {},
        person=luck.choice([None, "p1", "p1", "p2"]),
        popular=luck.random() < 0.3,
    )


def _facts(luck: Random, visits: list[Visit], carers: list[Carer]) -> tuple[Pin, ...]:
    pins, moment = [], luck.choice([NINE, NINE, -20])
    for made in visits[:2]:
        if luck.random() < 0.4:
            pins.append(Pin(made.legs[0].id, luck.choice(carers).id, luck.choice([moment, 700])))
            moment += luck.choice([20, 90])
    return tuple(pins)


def _published(luck: Random, visits: list[Visit]) -> tuple[Pin, ...]:
    """Some legs were told: inside or outside their window, to a carer who may no longer be there."""
    if luck.random() < 0.5:
        return ()
    return tuple(
        Pin(leg.id, luck.choice(["c0", "c1", "gone"]), made.windows[0].start + luck.choice([-10, 0, 10, 45]))
        for made in visits
        for leg in made.legs
        if luck.random() < 0.5
    )
