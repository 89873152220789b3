"""CP-SAT's exchanges: rings and chains over many carers at once, which no move between two of them pays for."""

import pytest

from dispatch.engine.problem import Link, LinkKind, Pin, Window
from dispatch.engine.ruin import RuinAndRecreate
from dispatch.engine.ruin_setup import Found
from dispatch.engine.stop import MaxSolutions
from tests.dispatch.engine.test_pool import arrays_of
from tests.dispatch.engine.town import NINE, NOON, TEN, carer, pair, problem, visit


def exchanged(asked, routes, fixed=None):
    """The routes after exchanges, and the points saved, from routes that nobody searched."""
    search = RuinAndRecreate(arrays_of(asked), 0)
    start = search.run(Found(routes, fixed or {}), stop=MaxSolutions(0), until=None)
    assert start.routes == routes
    found = search.exchange(start, effort=2.0, until=None)
    return found.routes, start.points - found.points


def lives(id_, place, **changes):
    """A carer with room for one visit."""
    return carer(id_, **({"start_place": place, "end_place": place, "max_visits": 1} | changes))


RING = [lives("c0", 0), lives("c1", 20), lives("c2", 40)]


def test_work_goes_round_a_ring_of_full_routes():
    asked = problem([visit("v0", place=0), visit("v1", place=20), visit("v2", place=40)], RING)

    assert exchanged(asked, [[1], [2], [0]]) == ([[0], [1], [2]], 40 + 40 + 80)


def test_a_chain_of_full_routes_makes_room_for_absent_work():
    only_c0 = frozenset({"c1", "c2"})
    asked = problem(
        [visit("v0", place=20, barred=frozenset({"c2"})), visit("v1", place=40), visit("v2", place=0, barred=only_c0)],
        RING,
    )

    assert exchanged(asked, [[0], [1], []]) == ([[2], [0], [1]], 1000 + 80)


def test_two_neighbouring_visits_give_way_to_one():
    others = [lives("c1", 20, max_minutes=60), lives("c2", 20, max_minutes=60)]
    only_c0 = frozenset({"c1", "c2"})
    asked = problem(
        [
            visit("v0", place=20),
            visit("v1", place=20),
            visit("v2", place=20, minutes=50, barred=only_c0),
            visit("v3", place=0, windows=(Window(NINE, TEN),), barred=only_c0),
        ],
        [carer("c0", max_minutes=90), *others],
    )

    routes, saved = exchanged(asked, [[3, 0, 1], [], []])

    assert (routes[0], sorted(routes[1] + routes[2])) == ([3, 2], [0, 1])
    assert saved == 1000


@pytest.mark.parametrize("rule", [{"max_visits": 1}, {"max_minutes": 59}])
def test_a_carer_gets_no_more_than_the_daily_maximum(rule):
    visits = [visit("v0", place=20), visit("v1", place=20)]
    near = {"start_place": 20, "end_place": 20}

    assert exchanged(problem(visits, [carer("c0"), carer("c1", **near)]), [[0], [1]])[1] == 40
    assert exchanged(problem(visits, [carer("c0"), carer("c1", **near, **rule)]), [[0], [1]]) == ([[0], [1]], 0)


def test_work_that_is_under_way_stays():
    asked = problem([visit("v0", place=20), visit("v1", place=20)], RING[:2], pins=(Pin("v0.1", "c0", TEN),))

    assert exchanged(asked, [[0], [1]]) == ([[0], [1]], 0)


def test_a_part_of_a_double_up_goes_to_nobody_who_has_the_other():
    asked = problem(
        [pair("v0", Link(LinkKind.SIMULTANEOUS), place=40)],
        [carer("c0"), carer("c1", start_place=40, end_place=40), carer("c2", start_place=30, end_place=30)],
    )

    for routes in ([[0], [1], []], [[0], [], [1]]):
        changed, saved = exchanged(asked, routes, {0: TEN + 50, 1: TEN + 50})
        assert changed[0] == []
        assert sorted(changed[1] + changed[2]) == [0, 1]
        assert len(changed[1]) == 1
        assert saved == (60 if routes[1] else 80)


def test_independent_parts_of_a_visit_stay_with_different_carers():
    asked = problem(
        [pair("v0", Link(LinkKind.INDEPENDENT), place=40)],
        [carer("c0"), carer("c1", start_place=40, end_place=40)],
    )

    assert exchanged(asked, [[0], [1]]) == ([[0], [1]], 0)


def test_a_part_with_a_start_is_tried_at_that_start_on_every_route():
    early, late = (Window(TEN, TEN + 40),), (Window(TEN + 90, NOON),)
    asked = problem(
        [
            pair("v0", Link(LinkKind.SIMULTANEOUS), place=40),
            visit("v1", place=30, windows=early, barred=frozenset({"c3"})),
            visit("v2", place=35, windows=late),
        ],
        [
            carer("c0"),
            lives("c1", 40),
            lives("c2", 30, max_visits=2),
            lives("c3", 35),
        ],
    )

    routes, _ = exchanged(asked, [[0], [1], [2, 3], []], {0: TEN + 50, 1: TEN + 50})

    assert routes[0] == []
    assert routes[2] in ([2, 0], [2, 1])


def test_the_most_promising_routes_are_offered_first_and_not_too_many(monkeypatch):
    asked = problem([visit("v0", place=0), visit("v1", place=20), visit("v2", place=40)], RING)
    search = RuinAndRecreate(arrays_of(asked), 0)
    found = Found([[1], [2], [0]], {})

    every = search.exchanges(found)
    monkeypatch.setattr("dispatch.engine.exchange.MOST_EXCHANGES", 3)

    assert (every[0].carer, every[0].legs, every[0].points) == (0, (0,), 0)  # saves the 80 that c2 goes for it
    assert {(0, (0,)), (1, (1,)), (2, (2,))} <= {(column.carer, column.legs) for column in every}
    assert search.exchanges(found) == every[:3]


def test_a_day_too_large_for_its_time_offers_what_was_ready():
    asked = problem([visit("v0", place=0), visit("v1", place=20), visit("v2", place=40)], RING)
    search = RuinAndRecreate(arrays_of(asked), 0)

    assert search.exchanges(Found([[1], [2], [0]], {}), until=0.0) == []
