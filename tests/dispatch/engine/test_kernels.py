"""The compiled kernels say the same as their plain form, on small random days."""

from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.engine.arrays import FORBIDDEN, NO_MINUTE, pack
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.kernels import time_route
from dispatch.engine.params import Params
from dispatch.engine.problem import Window
from dispatch.engine.ruin import RuinAndRecreate
from dispatch.engine.ruin_setup import Found
from dispatch.engine.schedule import Scheduler
from dispatch.engine.stop import MaxSolutions
from tests.dispatch.engine.random_days import random_day
from tests.dispatch.engine.town import FIVE, NINE, carer, problem, visit

often = settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
seeds = given(seed=st.integers(0, 10**6))


def a_day(seed, **changes):
    # Waiting and the worst of the day are priced by the annealing, not by these kernels.
    return Day(random_day(Random(seed), **changes), Params(worker_minute=seed % 3, fairness=2, changed_start=1))


def a_draft(day, seed):
    """Some of the visits put in one after the other."""
    luck, draft = Random(seed), Draft(day, Scheduler(day))
    for number in luck.sample(range(len(day.visits)), len(day.visits)):
        if luck.random() < 0.7 and not draft.is_served(number):
            draft.insert(number)
    return draft


def beside_a_fact(day, leg):
    """True when facts of its visit leave fewer starts and carers to the leg, or it is one itself."""
    return any(other in day.facts for other in day.legs_of[day.visit_of[leg]])


@often
@seeds
def test_who_may_do_what_at_what_price_is_the_same(seed):
    day = a_day(seed)
    packed = pack(day, Scheduler(day))

    for leg in range(len(day.legs)):
        able = np.flatnonzero(packed.price[leg] < FORBIDDEN).tolist()
        if leg in day.facts:
            assert able == [day.facts[leg].carer]
            continue
        holders = {day.facts[other].carer for other in day.legs_of[day.visit_of[leg]] if other in day.facts}
        if not holders:
            assert able == day.eligible(leg)
        assert set(able) <= set(day.eligible(leg)) - holders
        assert packed.price[leg, able].tolist() == [day.leg_price(leg, carer_number) for carer_number in able]


@often
@seeds
def test_a_route_costs_the_same_or_is_as_impossible(seed):
    day = a_day(seed)
    scheduler = Scheduler(day)
    packed = pack(day, scheduler)
    luck = Random(seed)
    fixed = np.full(len(day.legs), NO_MINUTE, np.int64)

    for number in range(len(day.carers)):
        legs = [leg for leg in range(len(day.legs)) if number in day.eligible(leg) and not beside_a_fact(day, leg)]
        route = luck.sample(legs, min(len(legs), luck.randint(0, 3)))
        facts = sorted((fact.start, leg) for leg, fact in day.facts.items() if fact.carer == number)
        for _, leg in facts:
            route.insert(luck.randint(0, len(route)), leg)
        if [leg for leg in route if leg in day.facts] != [leg for _, leg in facts]:
            continue  # facts lie in the order of their minutes
        timing = scheduler.time(number, route, {})
        points = time_route(packed, number, np.array([*route, 0], np.int64), len(route), fixed)
        if timing is None:
            assert points >= FORBIDDEN
        else:
            assert points == timing.cost + sum(day.leg_price(leg, number) for leg in route)


@often
@seeds
def test_the_cheapest_places_of_a_single_leg_are_the_same(seed):
    day = a_day(seed, facts=False)
    draft = a_draft(day, seed)
    search = RuinAndRecreate(pack(day, draft.scheduler), seed=0)
    start = Found([list(route) for route in draft.routes], dict(draft.fixed))

    for number in draft.absent():
        if len(day.legs_of[number]) > 1:
            continue
        leg = day.legs_of[number][0]
        plain = {place.carer: place.cost for place in draft.places(leg)}
        compiled: dict[int, int] = {}
        for place in search.places(start, number):
            points = compiled.get(place.carers[0], FORBIDDEN)
            compiled[place.carers[0]] = min(points, place.points)
        limits = day.problem.organisation_minutes
        plain = {who: cost for who, cost in plain.items() if day.carers[who].organisation not in limits}
        compiled = {who: cost for who, cost in compiled.items() if day.carers[who].organisation not in limits}
        if day.siblings[number]:  # its start is fixed when it is put in, so that the kernel may know fewer places
            assert compiled.keys() <= plain.keys()
        elif len(day.visits[number].windows) > 1:  # a later window may be the cheaper one
            assert compiled.keys() == plain.keys() and all(compiled[who] <= plain[who] for who in plain)
        else:
            assert compiled == plain


@often
@seeds
def test_the_points_of_a_search_are_the_cost_of_its_plan(seed):
    day = a_day(seed)
    scheduler = Scheduler(day)
    found = RuinAndRecreate(pack(day, scheduler), seed).run(None, stop=MaxSolutions(30), until=None)

    draft = Draft.of_routes(day, scheduler, found.routes, found.fixed)

    assert draft.routes == found.routes
    assert draft.cost() == found.points


def test_the_same_seed_finds_the_same_routes_and_another_one_others():
    visits = [visit(f"v{n}", place=7 * n % 60, windows=(Window(NINE, FIVE),)) for n in range(30)]
    day = Day(problem(visits, [carer(f"c{n}") for n in range(4)]), Params())
    packed = pack(day, Scheduler(day))

    one, same, other = (
        RuinAndRecreate(packed, seed).run(None, stop=MaxSolutions(200), until=None) for seed in (1, 1, 2)
    )

    assert one == same
    assert one.routes != other.routes


@pytest.mark.parametrize("visits", [0, 1])
def test_a_day_without_work_or_without_carers_is_searched_too(visits):
    day = Day(problem([visit(f"v{n}") for n in range(visits)], []), Params())

    found = RuinAndRecreate(pack(day, Scheduler(day)), 0).run(None, stop=MaxSolutions(5), until=None)

    assert (found.routes, found.points) == ([], 1000 * visits)


def test_ten_thousand_visits_for_one_carer_are_searched_too():
    visits = [visit(f"v{n}", place=n % 60, windows=(Window(NINE, FIVE),)) for n in range(10_000)]
    day = Day(problem(visits, [carer()]), Params())

    found = RuinAndRecreate(pack(day, Scheduler(day)), 0).run(None, stop=MaxSolutions(3), until=None)

    assert found.iterations == 3
    assert found.points == Draft.of_routes(day, Scheduler(day), found.routes, {}).cost()
