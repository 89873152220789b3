"""CP-SAT's choice among routes: what no single route can see is kept, and the cheapest plan is found."""

import pytest

from dispatch.engine.arrays import pack
from dispatch.engine.day import Day
from dispatch.engine.params import Params
from dispatch.engine.pool import MOST_COLUMNS, Column, Pool, choose
from dispatch.engine.problem import Link, LinkKind, Pin, Window
from dispatch.engine.ruin import RuinAndRecreate
from dispatch.engine.schedule import Scheduler
from dispatch.engine.stop import MaxSolutions
from tests.dispatch.engine.town import NINE, carer, pair, problem, visit

TOGETHER, IN_ORDER = Link(LinkKind.SIMULTANEOUS), Link(LinkKind.SEQUENTIAL, 10, 20)
ANN, BOB = carer("ann"), carer("bob")


def arrays_of(asked):
    day = Day(asked, Params(fairness=0))
    return pack(day, Scheduler(day))


def chosen(asked, columns):
    found = choose(arrays_of(asked), columns, [], effort=1.0, seconds=None, seed=0)
    assert found is not None
    return set(found)


def column(who, legs, points, **starts):
    return Column(who, tuple(legs), tuple((int(leg[1:]), at) for leg, at in starts.items()), points)


def test_each_carer_gets_one_route_and_each_visit_is_served_once():
    asked = problem([visit("v0"), visit("v1")], [ANN, BOB])
    both, first, second, twice = (
        column(0, [0, 1], 50),
        column(0, [0], 20),
        column(1, [1], 25),
        column(1, [0, 1], 70),
    )

    assert chosen(asked, [both, first, second, twice]) == {first, second}  # 45 < 50


def test_a_visit_stays_out_where_serving_it_costs_more_than_its_absence():
    asked = problem([visit("v0")], [ANN])

    assert chosen(asked, [column(0, [0], 1001)]) == set()
    assert chosen(asked, [column(0, [0], 999)]) == {column(0, [0], 999)}


@pytest.mark.parametrize(
    ("link", "partner", "fits"),
    [
        (TOGETHER, 600, True),
        (TOGETHER, 601, False),
        (IN_ORDER, 610, True),
        (IN_ORDER, 609, False),
        (IN_ORDER, 621, False),
    ],
)
def test_linked_parts_are_taken_together_and_at_starts_that_keep_the_link(link, partner, fits):
    asked = problem([pair("v0", link)], [ANN, BOB])
    one, two = column(0, [0], 20, l0=600), column(1, [1], 20, l1=partner)

    assert chosen(asked, [one, two]) == ({one, two} if fits else set())
    assert chosen(asked, [one]) == set()  # half a double-up is none


@pytest.mark.parametrize(("other", "fits"), [(629, False), (630, True), (570, True), (571, False)])
def test_two_visits_to_one_person_do_not_overlap(other, fits):
    asked = problem([visit("v0", person="p"), visit("v1", person="p")], [ANN, BOB])
    one, two = column(0, [0], 20, l0=600), column(1, [1], 20, l1=other)

    assert len(chosen(asked, [one, two])) == (2 if fits else 1)


def test_an_organisation_keeps_its_limit_over_all_its_carers():
    red = [carer("ann", organisation="red"), carer("bob", organisation="red")]
    asked = problem([visit("v0"), visit("v1")], red, organisation_minutes={"red": 30})
    dear, cheap = column(0, [0], 30), column(1, [1], 20)

    assert chosen(asked, [dear, cheap]) == {cheap}


def test_a_carer_with_facts_keeps_them():
    asked = problem([visit("v0"), visit("v1")], [ANN], pins=(Pin("v0.1", "ann", 600),))
    bare, more = column(0, [0], 20), column(0, [0, 1], 1500)

    assert chosen(asked, [bare, more]) == {bare}  # though nothing at all would be cheapest


def test_a_pool_forgets_the_oldest_routes_and_keeps_the_cheapest_order(monkeypatch):
    visits = [visit(f"v{n}", place=5 * n, windows=(Window(NINE + 15 * n, NINE + 15 * n + 60),)) for n in range(8)]
    packed = arrays_of(problem(visits, [ANN, BOB]))
    search = RuinAndRecreate(packed, 0)
    search.run(None, stop=MaxSolutions(600), until=None)

    columns = search.pool.columns()
    sets = [(each.carer, frozenset(each.legs), each.starts) for each in columns]
    monkeypatch.setattr("dispatch.engine.pool.MOST_COLUMNS", 2)
    small = RuinAndRecreate(packed, 0)
    small.run(None, stop=MaxSolutions(600), until=None)

    assert len(sets) == len(set(sets)) > 2
    assert len(small.pool) == 2 < MOST_COLUMNS
    assert isinstance(small.pool, Pool)


def test_the_choice_never_makes_a_plan_dearer_and_is_the_same_again():
    visits = [visit(f"v{n}", place=7 * n % 50, windows=(Window(NINE + 20 * n, NINE + 20 * n + 90),)) for n in range(16)]
    packed = arrays_of(problem(visits, [carer(f"c{n}") for n in range(3)]))
    search = RuinAndRecreate(packed, 3)
    found = search.run(None, stop=MaxSolutions(40), until=None)

    one, two = (search.choose(found, effort=1.0, seconds=None) for _ in range(2))

    assert one.points <= found.points
    assert one == two
