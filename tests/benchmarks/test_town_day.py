"""Town days come from their seed alone, and our engine's plan of one passes the judge."""

import pytest

from benchmarks.checkers.town import check_town
from benchmarks.instances.town import SERVICES, town_day
from benchmarks.instances.town_problem import problem_of, routes_of
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions


def test_the_same_seed_makes_the_same_day():
    assert town_day(3, visits=40, carers=6) == town_day(3, visits=40, carers=6)
    assert town_day(3, visits=40, carers=6) != town_day(4, visits=40, carers=6)


def test_more_carers_leave_the_visits_as_they_are():
    few, many = town_day(3, visits=40, carers=6), town_day(3, visits=40, carers=12)

    assert few.visits == many.visits
    assert few.carers == tuple(many.carers[:6])


def test_a_day_keeps_to_its_description():
    day = town_day(1, visits=250, carers=40)
    kinds = {service.name: service for service in SERVICES}

    assert {visit.service for visit in day.visits} == set(kinds)
    assert all(20 <= visit.minutes <= 90 for visit in day.visits)
    assert {(v.opens, v.closes) for v in day.visits if v.service == "meal"} == {(660, 750)}
    assert {v.closes - v.opens for v in day.visits if v.service == "medical"} == {60}
    assert all(v.closes - v.opens <= 240 for v in day.visits)
    assert all(any(visit.service in carer.services for carer in day.carers) for visit in day.visits)


def test_travel_keeps_the_triangle_inequality():
    """What the levelling of served visits relies on."""
    way = town_day(2, visits=20, carers=3).travel

    assert all(way[a][c] <= way[a][b] + way[b][c] for a in range(23) for b in range(23) for c in range(23))


def test_double_ups_are_made_of_hygiene_visits():
    day = town_day(1, visits=60, carers=8, double_ups=4)

    assert [visit.service for visit in day.visits if visit.carers == 2] == ["hygiene"] * 4


def test_more_double_ups_than_such_visits_are_refused():
    with pytest.raises(ValueError, match="60 double-ups asked"):
        town_day(1, visits=60, carers=8, double_ups=60)


def test_our_plan_passes_the_judge():
    day = town_day(5, visits=20, carers=5, double_ups=2)

    plan = solve(problem_of(day), stop=MaxSolutions(20), seed=1)
    verdict = check_town(day, routes_of(day, plan))

    assert verdict.broken == ()
    assert verdict.terms == {"served": float(plan.figures.served), "travel": float(plan.figures.travel)}
