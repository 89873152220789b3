"""A running day is repaired: what need not change does not."""

from dataclasses import replace

from dispatch.engine.params import Params
from dispatch.engine.problem import Pin, Window
from dispatch.engine.repair import repair, told
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from dispatch.engine.verify import verify
from tests.dispatch.engine.town import FIVE, NINE, carer, placed, problem, visit

HOURS = [(600, 630), (660, 690), (720, 750), (780, 810), (840, 870), (900, 930)]


def a_day():
    """Six visits, two for each of three carers, and the plan that people were told."""
    visits = [visit(f"v{n}", place=10 * (n % 3) + 5, windows=(Window(*HOURS[n]),)) for n in range(6)]
    asked = problem(visits, [carer("ann"), carer("bob"), carer("cas")])
    plan = solve(asked, stop=MaxSolutions(100), params=Params(fairness=0))
    return asked, plan


def changes(before, after):
    old, new = placed(before), placed(after)
    return {leg for leg in old if old[leg] != new.get(leg)}


def test_only_the_work_of_the_carer_who_fell_ill_changes():
    day, plan = a_day()
    ill = next(route for route in plan.routes if route.stops)
    at_ten = told(replace(day, carers=tuple(each for each in day.carers if each.id != ill.carer), earliest=590), plan)

    repaired = repair(at_ten, plan, stop=MaxSolutions(200))

    assert verify(at_ten, repaired).violations == ()
    assert repaired.figures.unserved == 0
    assert changes(plan, repaired) == {stop.leg for stop in ill.stops}


def test_a_cancelled_visit_moves_nobody():
    day, plan = a_day()
    gone = told(replace(day, visits=tuple(each for each in day.visits if each.id != "v2")), plan)

    repaired = repair(gone, plan, stop=MaxSolutions(200))

    assert changes(plan, repaired) == {"v2.1"}
    assert (repaired.figures.changed_carers, repaired.figures.changed_minutes) == (0, 0)


def test_a_visit_that_overruns_makes_the_next_one_later_or_moves_it_but_no_other():
    day, plan = a_day()
    route = next(route for route in plan.routes if len(route.stops) > 1)
    first, second = route.stops[:2]
    longer = tuple(
        replace(each, legs=(replace(each.legs[0], minutes=200),)) if each.id == first.visit else each
        for each in day.visits
    )
    pins = (Pin(first.leg, route.carer, first.start),)
    running = told(replace(day, visits=longer, pins=pins, earliest=first.start + 10), plan)

    repaired = repair(running, plan, stop=MaxSolutions(200))

    assert verify(running, repaired).violations == ()
    after = [stop.leg for stop in route.stops[1:]]
    assert changes(plan, repaired) <= set(after)
    assert second.leg in placed(repaired)


def test_a_small_saving_of_travel_is_no_reason_to_send_somebody_else():
    # bob lives nearer, but ann was told to come.
    asked = problem(
        [visit("v1", place=20, windows=(Window(NINE, FIVE),))],
        [carer("ann"), replace(carer("bob"), start_place=20, end_place=20)],
        published=(Pin("v1.1", "ann", 600),),
    )
    plan = solve(replace(asked, carers=asked.carers[:1]), stop=MaxSolutions(5))

    assert placed(repair(asked, plan, stop=MaxSolutions(50))) == {"v1.1": ("ann", 600)}
