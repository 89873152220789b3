"""The annealing: no rule broken, its points exact, the same plan again, never worse than its start."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.engine.annealing import _Search, anneal, suits
from dispatch.engine.annealing_chain import Solution
from dispatch.engine.arrays import pack
from dispatch.engine.day import Day
from dispatch.engine.params import Params
from dispatch.engine.problem import Link, LinkKind, Lunch, Pin, Window
from dispatch.engine.schedule import Scheduler
from dispatch.engine.solve import solve
from dispatch.engine.stop import Cancelled, MaxSeconds, MaxSolutions
from dispatch.engine.verify import verify
from tests.dispatch.engine.random_days import random_day, random_prices
from tests.dispatch.engine.town import FIVE, NINE, TEN, carer, pair, placed, problem, visit

SOFT = Params(waiting=2, highest_idle=1, highest_lateness=3, lateness=5)


def packed(asked, params=SOFT):
    day = Day(asked, params)
    return pack(day, Scheduler(day))


def soft_day(visits=10, carers=3):
    together = Link(LinkKind.SIMULTANEOUS)
    made = [
        visit(f"v{n}", place=11 * n % 50, windows=(Window(NINE + 30 * n, NINE + 30 * n + 60),), max_lateness=120)
        for n in range(visits)
    ]
    made.append(pair("double", together, place=20, windows=(Window(TEN, 660),), max_lateness=60))
    return problem(made, [carer(f"c{n}", max_overtime=60) for n in range(carers)])


@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_random_soft_days_keep_every_rule_and_cost_what_they_say(seed):
    asked, prices = random_day(Random(seed)), random_prices(Random(seed))

    plan = solve(asked, stop=MaxSolutions(200), params=prices, seed=seed)

    assert verify(asked, plan).violations == ()


def test_the_points_of_the_search_are_the_cost_of_the_plan():
    asked = soft_day()

    found = anneal(packed(asked), None, stop=MaxSolutions(5000), seed=1)
    plan = solve(asked, stop=MaxSolutions(5000), params=SOFT, seed=1)

    assert plan.figures.cost == found.cost
    assert verify(asked, plan).violations == ()


def test_the_same_seed_and_iterations_give_the_same_plan():
    day = packed(soft_day())

    one, two = (anneal(day, None, stop=MaxSolutions(3000), seed=5) for _ in range(2))

    assert one == two


def test_short_chains_come_first_where_there_is_time_for_several(monkeypatch):
    day = packed(soft_day())
    monkeypatch.setattr("dispatch.engine.annealing.SHORT_CHAIN", 50)
    made = []
    chain = _Search.chain

    def noted(self, number):
        made.append(number)
        return chain(self, number)

    monkeypatch.setattr(_Search, "chain", noted)

    one, two = (anneal(day, None, stop=MaxSolutions(4000), seed=5, threads=2) for _ in range(2))

    assert sorted(made[:6]) == [0, 1, 2, 16, 17, 18]  # half of 4000 iterations, 50 for each of 12 legs: 3 a thread
    assert one == two


def test_a_plan_to_start_from_is_never_made_worse():
    day = packed(soft_day())
    known = anneal(day, None, stop=MaxSolutions(5000), seed=1)

    again = anneal(day, Solution.of_routes(known.routes), stop=MaxSolutions(0), seed=2)

    assert again.cost <= known.cost


def test_waiting_is_saved_by_beginning_later():
    # 30 minutes at place 0 any time, then fixed at 12:00: beginning at 11:30 leaves nothing to wait for.
    asked = problem(
        [
            visit("v1", place=0, windows=(Window(NINE, FIVE),)),
            visit("v2", place=0, windows=(Window(720, 720),)),
        ],
        [carer()],
    )

    plan = solve(asked, stop=MaxSolutions(500), params=Params(waiting=1))

    assert plan.figures.waiting == 0
    assert placed(plan) in ({"v1.1": ("ann", 690), "v2.1": ("ann", 720)}, {"v1.1": ("ann", 750), "v2.1": ("ann", 720)})


def test_work_is_spread_where_idleness_has_a_price():
    visits = [visit(f"v{n}", place=0, minutes=60, windows=(Window(NINE, FIVE),)) for n in range(4)]
    asked = problem(visits, [carer("ann"), carer("bob")])

    plan = solve(asked, stop=MaxSolutions(2000), params=Params(highest_idle=5))

    assert [len(route.stops) for route in plan.routes] == [2, 2]
    assert plan.figures.highest_idle == 360  # eight hours less two


def test_a_cancelled_search_ends_at_once_and_a_timed_one_in_time():
    day = packed(soft_day())

    cancelled = anneal(day, None, stop=Cancelled(lambda: True, otherwise=MaxSeconds(60)), seed=0)

    assert cancelled.iterations == 0


@pytest.mark.parametrize(
    ("asked", "params"),
    [
        (soft_day(), Params()),  # nothing needs it
        (problem([visit()], [carer()], pins=(Pin("v1.1", "ann", 600),)), SOFT),  # facts
        (problem([visit(person="p"), visit("v2", person="p")], [carer()]), SOFT),  # one visit at a time
        (problem([visit()], [carer(organisation="red")], organisation_minutes={"red": 60}), SOFT),
        (problem([visit(popular=True)], [carer()]), SOFT),  # fairness
        (problem([visit()], [carer()], published=(Pin("v1.1", "ann", 600),)), SOFT),  # what was told
    ],
)
def test_a_day_with_rules_that_it_does_not_know_goes_to_the_other_search(asked, params):
    assert not suits(packed(asked, params))


def test_a_soft_day_with_breaks_is_its_own():
    lunch = Lunch(Window(690, 780), 30)

    assert suits(packed(problem([visit()], [carer(lunch=lunch)]), SOFT))
