"""The bound: below every plan, exact where the relaxation is whole, and what is scarce."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.engine import bound
from dispatch.engine.arrays import pack
from dispatch.engine.bound import prove
from dispatch.engine.day import Day
from dispatch.engine.params import Params
from dispatch.engine.problem import Pin, Priority, Window
from dispatch.engine.ruin import RuinAndRecreate
from dispatch.engine.schedule import Scheduler
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from tests.dispatch.engine.random_days import random_day
from tests.dispatch.engine.town import FIVE, NINE, TEN, carer, problem, visit

ALL_DAY = (Window(NINE, FIVE),)
PLAIN = Params(fairness=0, strict_tiers=False)


def planned(asked, params=PLAIN):
    return solve(asked, stop=MaxSolutions(300), params=params, prove=100)


def test_the_bound_meets_the_best_plan_where_the_relaxation_is_whole():
    # One carer passes places 5, 10 and 20 on the way to 30 and back: 60 minutes, and nobody can do with less.
    asked = problem([visit(f"v{n}", place=n, windows=ALL_DAY) for n in (5, 10, 20, 30)], [carer("ann"), carer("bob")])

    plan = planned(asked)

    assert (plan.figures.cost, plan.bound, plan.gap) == (60, 60, 0.0)


def test_a_visit_that_cannot_be_served_is_in_the_bound():
    # Both at 10:00, one carer: 20 minutes for one, 1000 points for the other.
    asked = problem([visit("v1", windows=(Window(TEN, TEN),)), visit("v2", windows=(Window(TEN, TEN),))], [carer()])

    plan = planned(asked)

    assert (plan.figures.cost, plan.bound) == (1020, 1020)
    assert plan.scarce is not None
    # One more carer would serve v2 for 20 minutes; work that opens at ten is what is dear.
    assert plan.scarce.carers == (("ann", 980),)
    assert plan.scarce.hours == ((10, 1000),)


def test_nothing_is_scarce_where_carers_sit_idle():
    plan = planned(problem([visit()], [carer("ann"), carer("bob")]))

    assert plan.scarce is not None
    assert plan.scarce.carers == ()


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_no_plan_costs_less_than_the_bound(seed):
    asked = random_day(Random(seed), facts=False)

    plan = solve(asked, stop=MaxSolutions(50), params=Params(strict_tiers=seed % 2 == 0), seed=seed, prove=30)

    assert plan.bound is None or 0 < plan.bound <= plan.figures.cost


@pytest.mark.parametrize(
    ("asked", "params"),
    [
        (problem([visit()], [carer()], pins=(Pin("v1.1", "ann", 600),)), PLAIN),  # a fact
        # 60 urgent visits above 60 of each lower tier: more points than floats tell apart
        (problem([visit(f"v{n}", priority=Priority(n % 6 + 1)) for n in range(360)], [carer()]), Params()),
    ],
)
def test_where_the_pricing_knows_too_little_no_bound_is_known(asked, params):
    plan = solve(asked, stop=MaxSolutions(1), params=params, prove=5)

    assert (plan.bound, plan.gap) == (None, None)


def test_a_master_that_glop_does_not_vouch_for_gives_no_bound(monkeypatch):
    day = Day(problem([visit()], [carer()]), PLAIN)
    packed = pack(day, Scheduler(day))
    search = RuinAndRecreate(packed, 0)
    found = search.run(None, stop=MaxSolutions(5), until=None)
    monkeypatch.setattr(bound._Generation, "_master", lambda self: None)

    proof = prove(packed, search.pool.columns(), found.points, seconds=None, rounds=10)

    assert (proof.bound, proof.rounds, proof.carers, proof.hours) == (None, 0, {}, {})


def test_labels_that_do_not_fit_give_no_bound(monkeypatch):
    monkeypatch.setattr(bound, "MOST_LABELS", 2)
    asked = problem([visit(f"v{n}", place=n, windows=ALL_DAY) for n in (5, 10, 20, 30)], [carer("ann")])

    assert planned(asked).bound is None


def test_without_asking_nothing_is_proven():
    plan = solve(problem([visit()], [carer()]), stop=MaxSolutions(5))

    assert (plan.bound, plan.scarce) == (None, None)
