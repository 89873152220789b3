"""What would serve an absent visit: one day for each kind, and every relaxation of random days holds when granted."""

from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.explain import MOST_RELAXED, unserved
from dispatch.engine.plan import Relaxation, RelaxationKind
from dispatch.engine.problem import CarerKind, Link, LinkKind, Pin, Priority, Problem, Window
from dispatch.engine.relax import relaxation_of
from dispatch.engine.schedule import Scheduler
from tests.dispatch.engine.random_days import random_day, random_prices
from tests.dispatch.engine.test_draft import shuffled
from tests.dispatch.engine.town import FIVE, NINE, NOON, TEN, carer, day_of, filled, pair, problem, visit

AT_TEN = (Window(TEN, TEN),)
TOGETHER = Link(LinkKind.SIMULTANEOUS)
Kind = RelaxationKind
BUSY = visit("v1", windows=AT_TEN, priority=Priority.URGENT)  # at place 10, from 600 to 630


def relaxed(asked: Problem) -> Relaxation | None:
    """The relaxation of the visit x, which insertion leaves out."""
    (absent,) = unserved(filled(day_of(asked)))
    assert absent.visit == "x"
    return absent.relaxation


KINDS = [
    # Ann is at the same place until 630, and not before 580
    (
        problem([BUSY, visit("x", windows=AT_TEN)], [carer(shifts=(Window(570, FIVE),))]),
        Relaxation(Kind.LATER, 30, ("ann",), 630, 0),
    ),
    # the window is past
    (
        problem([visit("x", windows=(Window(TEN, 630),))], [carer()], earliest=640),
        Relaxation(Kind.LATER, 20, ("ann",), 650, 20),
    ),
    # not between 590 and 720: she must be done by 600, at place 10; the shift ends 640
    (
        problem([BUSY, visit("x", windows=(Window(590, 620),))], [carer(shifts=(Window(NINE, 640),))]),
        Relaxation(Kind.EARLIER, 20, ("ann",), 570, 0),
    ),
    # back at 640, the shift and its overtime end 630
    (
        problem([visit("x", windows=AT_TEN)], [carer(shifts=(Window(590, 620),), max_overtime=10)]),
        Relaxation(Kind.OVERTIME, 10, ("ann",), 600, 20),
    ),
    # leaves at 590, the shift begins 600 and ends before it could be any later
    (
        problem([visit("x", windows=AT_TEN)], [carer(shifts=(Window(TEN, 641),))]),
        Relaxation(Kind.EARLY_SHIFT, 10, ("ann",), 600, 20),
    ),
    (
        problem([BUSY, visit("x")], [carer(max_visits=1)]),
        Relaxation(Kind.MORE_VISITS, 1, ("ann",), 630, 0),
    ),
    (
        problem([BUSY, visit("x")], [carer(max_minutes=40)]),
        Relaxation(Kind.MORE_MINUTES, 20, ("ann",), 630, 0),
    ),
    (
        problem([visit("x")], [carer(radius_metres=900)]),
        Relaxation(Kind.FURTHER, 100, ("ann",), 600, 20),
    ),
    (
        problem([visit("x")], [carer()], forbidden=frozenset({("x", "ann")})),
        Relaxation(Kind.ASK_AGAIN, 1, ("ann",), 600, 20),
    ),
    (
        problem([visit("x", workers_only=True)], [carer(kind=CarerKind.VOLUNTEER)]),
        Relaxation(Kind.VOLUNTEER, 1, ("ann",), 600, 20),
    ),
    # both later, together: Ann is free at 630, Bob at any time
    (
        problem([BUSY, pair("x", TOGETHER, windows=AT_TEN)], [carer("ann", shifts=(Window(570, FIVE),)), carer("bob")]),
        Relaxation(Kind.LATER, 30, ("ann", "bob"), 630, 20),
    ),
    # the partner stays where it is pinned, the second may do one visit only
    (
        problem(
            [BUSY, pair("x", TOGETHER)],
            [carer("ann", max_visits=1), carer("bob", max_visits=1)],
            pins=(Pin("v1.1", "ann", TEN), Pin("x.1", "bob", 700)),
        ),
        Relaxation(Kind.MORE_VISITS, 1, ("ann",), 700, 0),
    ),
    # one after the other: the first at any time, the second carer is free from 660 on and the gap is 20 at most
    (
        problem(
            [pair("x", Link(LinkKind.SEQUENTIAL, 10, 20), windows=(Window(TEN, 620),))],
            [carer("ann"), carer("bob", shifts=(Window(650, FIVE),))],
        ),
        Relaxation(Kind.LATER, 40, ("bob", "ann"), 640, 40),
    ),
]


@pytest.mark.parametrize(("asked", "expected"), KINDS, ids=[str(row[1].kind) for row in KINDS])
def test_each_kind_of_relaxation_is_found(asked, expected):
    assert relaxed(asked) == expected


NEVER = [
    problem([visit("x")], [carer(skills=frozenset())]),
    problem([visit("x", gender="f")], [carer(gender="m")]),
    problem([visit("x", barred=frozenset({"ann"}))], [carer()]),
    problem([visit("x", person="p")], [carer(person="p")]),
    # two things at once
    problem([visit("x", workers_only=True)], [carer(kind=CarerKind.VOLUNTEER, radius_metres=900)]),
    problem([BUSY, visit("x")], [carer(max_visits=1, max_minutes=40)]),
    # 121 minutes later, or on duty 121 minutes before the shift
    problem([visit("x", windows=AT_TEN)], [carer(shifts=(Window(711, FIVE),))]),
]


@pytest.mark.parametrize("asked", NEVER)
def test_what_is_not_negotiable_or_takes_two_relaxations_is_not_offered(asked):
    assert relaxed(asked) is None


def test_the_cheapest_of_several_relaxations_is_named():
    # Ann 30 minutes later: 30 points. Bob, who declined: 60. Cem 10 minutes earlier: 10, and 20 on the road.
    carers = [carer("ann", shifts=(Window(570, FIVE),)), carer("bob"), carer("cem", shifts=(Window(NINE, 630),))]
    asked = problem([BUSY, visit("x", windows=AT_TEN)], carers, forbidden=frozenset({("x", "bob"), ("v1", "bob")}))

    assert relaxed(asked) == Relaxation(Kind.LATER, 30, ("ann",), 630, 0)
    nearer = replace(asked, carers=(*carers[:2], replace(carers[2], start_place=15)))
    assert relaxed(nearer) == Relaxation(Kind.EARLIER, 10, ("cem",), 590, 15)


def test_a_visit_that_would_fit_needs_no_relaxation():
    day = day_of(problem([visit("x")], [carer()]))

    (absent,) = unserved(Draft(day, Scheduler(day)))

    assert absent.relaxation is None


def test_forty_absent_visits_and_forty_carers_take_few_timetables(monkeypatch):
    full = [visit(f"b{n}", place=n, minutes=130, windows=(Window(TEN, NOON),)) for n in range(40)]
    day = day_of(problem([*full, *(visit(f"x{n}", place=n) for n in range(40))], [carer(f"c{n}") for n in range(40)]))
    draft = Draft(day, Scheduler(day))
    for number in range(40):
        draft.routes[number], draft.fixed[number] = [number], TEN
        timing = draft.scheduler.time(number, [number], draft.fixed)
        assert timing is not None
        draft.timings[number] = timing
        draft.carer_of[number] = number
    timed = []
    earliest = Scheduler.earliest

    def counted(self, *given, **named):
        timed.append(given)
        return earliest(self, *given, **named)

    monkeypatch.setattr(Scheduler, "earliest", counted)

    found = [relaxation_of(draft, visit) for visit in draft.absent()]

    assert len(found) == 40 and all(found)
    assert len(timed) < 10_000  # of some 15 microseconds each


def test_only_the_dearest_of_very_many_get_a_relaxation():
    dear = [visit(f"d{n}", windows=AT_TEN, priority=Priority.OBLIGATION) for n in range(MOST_RELAXED + 1)]
    cheap = [visit(f"c{n}", windows=AT_TEN) for n in range(3)]

    found = unserved(filled(day_of(problem([*cheap, *dear], [carer()]))))

    assert [each.relaxation is not None for each in found] == [False] * 3 + [True] * MOST_RELAXED


def granted(day: Day, number: int, relaxation: Relaxation) -> Day:
    """The day with the one thing agreed to; what was told of this visit is forgotten."""
    kind, amount, asked = relaxation.kind, relaxation.amount, day.problem
    visit, carer = day.visits[number], day.carers[day.carer_number[relaxation.carers[0]]]
    if kind in (Kind.LATER, Kind.EARLIER):
        opens = min(
            [low for leg in day.legs_of[number] for low, _ in day.window_starts(leg)] or [visit.windows[0].start]
        )
        last = visit.windows[-1].end + amount
        visit = replace(visit, windows=(Window(min(opens - amount * (kind is Kind.EARLIER), last), last),))
    first, *later = carer.shifts
    if kind is Kind.OVERTIME:
        carer = replace(carer, max_overtime=carer.max_overtime + amount)
    if kind is Kind.EARLY_SHIFT:
        carer = replace(carer, shifts=(Window(first.start - amount, first.end), *later))
    if kind is Kind.MORE_VISITS:
        carer = replace(carer, max_visits=(carer.max_visits or 0) + amount)
    if kind is Kind.MORE_MINUTES:
        carer = replace(carer, max_minutes=(carer.max_minutes or 0) + amount)
    if kind is Kind.FURTHER:
        carer = replace(carer, radius_metres=(carer.radius_metres or 0) + amount)
    if kind is Kind.VOLUNTEER:
        visit = replace(visit, workers_only=False)
    forbidden = asked.forbidden - {(visit.id, carer.id)} if kind is Kind.ASK_AGAIN else asked.forbidden
    agreed = replace(
        asked,
        visits=tuple(visit if each.id == visit.id else each for each in asked.visits),
        carers=tuple(carer if each.id == carer.id else each for each in asked.carers),
        forbidden=forbidden,
        published=tuple(told for told in asked.published if told.leg not in {leg.id for leg in visit.legs}),
    )
    return Day(agreed, day.params)


def fits(draft: Draft, number: int, relaxation: Relaxation) -> bool:
    """The carers of the relaxation can do it in some order, the first part at its start, others as the link asks."""
    visit, missing = draft.day.visits[number], [leg for leg in draft.day.legs_of[number] if leg not in draft.carer_of]
    begun = relaxation.start
    starts_of: dict[LinkKind, list[int | None]] = {LinkKind.SIMULTANEOUS: [begun], LinkKind.INDEPENDENT: [None]}
    if visit.link is not None and visit.link.kind is LinkKind.SEQUENTIAL:
        starts_of[visit.link.kind] = list(range(begun + visit.link.min_gap, begun + visit.link.max_gap + 1))

    def can(leg: int, carer: int) -> bool:
        starts = [begun] if leg == missing[0] or visit.link is None else starts_of[visit.link.kind]
        some = any(draft.place_with(leg, carer, start) is not None for start in starts)
        return some and draft.day.barrier(leg, carer) is None

    carers = [draft.day.carer_number[carer] for carer in relaxation.carers]
    return any(
        draft.organisation_excess(list(zip(order, missing, strict=True))) <= 0
        and all(can(leg, carer) for leg, carer in zip(missing, order, strict=True))
        for order in permutations(carers)
    )


@settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_every_relaxation_serves_its_visit_once_it_is_granted(seed):
    luck = Random(seed)
    day = Day(random_day(luck, visits=12), random_prices(luck))
    draft = shuffled(day, luck)

    for absent in unserved(draft):
        if absent.relaxation is not None:
            number = day.visit_number[absent.visit]
            agreed = granted(day, number, absent.relaxation)
            again = Draft.of_routes(agreed, Scheduler(agreed), draft.routes, draft.fixed)
            assert again.routes == draft.routes
            assert fits(again, number, absent.relaxation)
