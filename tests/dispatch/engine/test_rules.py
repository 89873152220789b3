"""Each rule with a plan that keeps it and one that breaks it, and each price exactly.

A plan made for `kept` is judged against `broken`, which differs in one thing.
"""

from dataclasses import replace

import pytest

from dispatch.engine.params import Params
from dispatch.engine.plan import Plan, Unserved
from dispatch.engine.problem import CarerKind, Link, LinkKind, Lunch, Pin, Window, WindowRule
from dispatch.engine.rules import CATALOGUE, Rule
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from dispatch.engine.verify import verify
from tests.dispatch.engine.town import (
    FIVE,
    NINE,
    NOON,
    TEN,
    broken_rules,
    carer,
    changed_stop,
    pair,
    problem,
    visit,
)

TOGETHER = Link(LinkKind.SIMULTANEOUS)
ANN, BOB = carer("ann"), carer("bob")


def planned(asked, **params):
    return solve(asked, stop=MaxSolutions(2), params=Params(**params))


HARD = {
    Rule.SKILLS: (problem([visit()], [ANN]), problem([visit()], [carer(skills=frozenset({"cook"}))])),
    Rule.GENDER: (
        problem([visit(gender="f")], [carer(gender="f")]),
        problem([visit(gender="f")], [carer(gender="m")]),
    ),
    Rule.BARRED: (problem([visit()], [ANN]), problem([visit(barred=frozenset({"ann"}))], [ANN])),
    Rule.OWN_PERSON: (
        problem([visit(person="p1")], [carer(person="p2")]),
        problem([visit(person="p1")], [carer(person="p1")]),
    ),
    Rule.WORKERS_ONLY: (
        problem([visit(workers_only=True)], [ANN]),
        problem([visit(workers_only=True)], [carer(kind=CarerKind.VOLUNTEER)]),
    ),
    Rule.FORBIDDEN: (
        problem([visit()], [ANN]),
        problem([visit()], [ANN], forbidden=frozenset({("v1", "ann")})),
    ),
    Rule.RADIUS: (
        problem([visit(place=10)], [carer(radius_metres=1000)]),
        problem([visit(place=10)], [carer(radius_metres=999)]),
    ),
    Rule.MAX_VISITS: (
        problem([visit("v1"), visit("v2")], [carer(max_visits=2)]),
        problem([visit("v1"), visit("v2")], [carer(max_visits=1)]),
    ),
    Rule.MAX_MINUTES: (
        problem([visit("v1"), visit("v2")], [carer(max_minutes=60)]),
        problem([visit("v1"), visit("v2")], [carer(max_minutes=59)]),
    ),
    Rule.WINDOW: (problem([visit()], [ANN]), problem([visit(windows=(Window(601, 720),))], [ANN])),
    Rule.SHIFT: (
        problem([visit()], [ANN]),  # leaves 9:50 for 10:00
        problem([visit()], [carer(shifts=(Window(NINE, 620), Window(640, FIVE)))]),
    ),
    Rule.EARLIEST: (problem([visit()], [ANN]), problem([visit()], [ANN], earliest=595)),
    Rule.LUNCH: (
        problem([visit(minutes=60)], [carer(lunch=Lunch(Window(690, 750), 30))]),
        problem([visit(minutes=60)], [carer(lunch=Lunch(Window(755, 790), 30))]),
    ),
    Rule.OVERTIME_LIMIT: (
        problem([visit()], [carer(shifts=(Window(NINE, 640),))]),  # back at 640
        problem([visit()], [carer(shifts=(Window(NINE, 639),), max_overtime=0)]),
    ),
    Rule.MANDATORY: (
        problem([visit(), visit("v2", gender="f")], [ANN]),
        problem([visit(), visit("v2", gender="f", mandatory=True)], [ANN]),
    ),
    Rule.SEQUENCE: (
        problem([visit("v1"), visit("v2")], [ANN]),
        problem([visit("v1"), visit("v2")], [ANN], buffer=1),
    ),
    Rule.DURATION: (problem([visit(minutes=30)], [ANN]), problem([visit(minutes=31)], [ANN])),
    Rule.LINK: (
        problem([pair("v1", TOGETHER)], [ANN, BOB]),
        problem([pair("v1", Link(LinkKind.SEQUENTIAL, 10, 20))], [ANN, BOB]),
    ),
    Rule.PINNED: (
        problem([visit()], [ANN, BOB], pins=(Pin("v1.1", "ann", 600),)),
        problem([visit()], [ANN, BOB], pins=(Pin("v1.1", "ann", 601),)),
    ),
}


@pytest.mark.parametrize("rule", HARD)
def test_a_plan_that_breaks_one_hard_rule_is_refused_for_it(rule):
    kept, broken = HARD[rule]

    plan = planned(kept)

    assert broken_rules(kept, plan) == set()
    assert rule in broken_rules(broken, plan)
    assert broken_rules(broken, plan) <= {rule, Rule.FIGURES}


def test_the_legs_of_one_visit_need_different_carers():
    asked = problem([pair("v1", Link(LinkKind.INDEPENDENT))], [ANN, BOB])
    plan = planned(asked)
    ann, bob = plan.routes
    both = replace(ann, stops=(*ann.stops, *bob.stops))

    judged = replace(plan, routes=(both, replace(bob, stops=(), travel=0)))

    assert Rule.DISTINCT_CARERS in broken_rules(asked, judged)


def test_half_a_double_up_is_refused():
    asked = problem([pair("v1", TOGETHER)], [ANN, BOB])
    plan = planned(asked)
    ann, bob = plan.routes

    halved = replace(
        plan, routes=(ann, replace(bob, stops=(), travel=0, depart=bob.back)), unserved=(Unserved("v1", ()),)
    )

    assert broken_rules(asked, halved) == {Rule.ALL_OR_NONE, Rule.FIGURES}


def _twice(plan: Plan) -> Plan:
    route = plan.routes[0]
    return replace(plan, routes=(replace(route, stops=route.stops * 2),))


MUTATIONS = [
    # what is done to a good plan, and the rule that must complain
    (lambda plan: replace(plan, routes=()), Rule.ONCE),
    (lambda plan: replace(plan, routes=plan.routes * 2), Rule.ONCE),
    (_twice, Rule.ONCE),
    (lambda plan: replace(plan, unserved=(Unserved("v1", ()),)), Rule.ONCE),
    (lambda plan: replace(plan, unserved=(Unserved("v9", ()),)), Rule.ONCE),
    (lambda plan: changed_stop(plan, "v1.1", leg="v9.1"), Rule.ONCE),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], stops=()),)), Rule.ONCE),
    (lambda plan: changed_stop(plan, "v1.1", end=629), Rule.DURATION),
    (lambda plan: changed_stop(plan, "v1.1", start=599, end=629), Rule.WINDOW),
    (lambda plan: changed_stop(plan, "v1.1", start=569, end=599), Rule.SEQUENCE),
    (lambda plan: changed_stop(plan, "v1.1", start=721, end=751), Rule.WINDOW),
    (lambda plan: changed_stop(plan, "v1.1", travel=9), Rule.FIGURES),
    (lambda plan: changed_stop(plan, "v1.1", arrive=569), Rule.FIGURES),  # ten minutes after 560
    (lambda plan: changed_stop(plan, "v1.1", arrive=601), Rule.FIGURES),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], depart=591),)), Rule.SEQUENCE),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], depart=539),)), Rule.SHIFT),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], back=639),)), Rule.SEQUENCE),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], back=1021),)), Rule.OVERTIME_LIMIT),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], lunch=None),)), Rule.LUNCH),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], lunch=(610, 640)),)), Rule.LUNCH),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], lunch=(575, 605)),)), Rule.LUNCH),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], lunch=(640, 669)),)), Rule.LUNCH),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], lunch=(541, 571)),)), Rule.LUNCH),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], lunch=(632, 662)),)), Rule.LUNCH),
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], overtime=1),)), Rule.FIGURES),
    *(
        (lambda plan, name=name: replace(plan, figures=replace(plan.figures, **{name: 99})), Rule.FIGURES)
        for name in ("served", "unserved", "travel", "service", "waiting", "lateness", "overtime", "cost")
    ),
]


@pytest.mark.parametrize(("mutate", "rule"), MUTATIONS)
def test_a_changed_plan_is_refused(mutate, rule):
    asked = problem([visit()], [carer(lunch=Lunch(Window(570, 800), 30))])
    plan = planned(asked)
    assert verify(asked, plan).ok

    assert rule in broken_rules(asked, mutate(plan))


COSTS = [
    # place 10: 10 minutes there, 10 back
    (problem([visit()], [ANN]), {"travel": 20}, 20),
    # only Ann from 12:10 on: starts 730, 10 after the end of a soft window, 5 points each
    (
        problem([visit(max_lateness=30)], [carer(shifts=(Window(NOON, FIVE),))]),
        {"travel": 20, "lateness": 10, "highest_lateness": 10},
        20 + 50,
    ),
    # the end counts: 730 + 30 is 40 past noon
    (
        problem([visit(max_lateness=60, window_rule=WindowRule.END)], [carer(shifts=(Window(NOON, FIVE),))]),
        {"travel": 20, "lateness": 40, "highest_lateness": 40},
        20 + 200,
    ),
    # back at 640, shift ends 630: 10 minutes at 3 points
    (
        problem([visit()], [carer(shifts=(Window(NINE, 630),), max_overtime=30)]),
        {"travel": 20, "overtime": 10},
        20 + 30,
    ),
    # a wished break that the visit leaves no room for
    (
        problem(
            [visit(windows=(Window(600, 600),))],
            [carer(lunch=Lunch(Window(600, 630), 30, required=False))],
        ),
        {"travel": 20, "missed_lunches": 1},
        20 + 200,
    ),
    # Cem was asked for
    (problem([visit(preferred=frozenset({"cem"}))], [ANN]), {"travel": 20, "not_preferred": 1}, 20 + 20),
    (problem([visit(preferred=frozenset({"ann"}))], [ANN]), {"travel": 20}, 20),
    # Ann has weight 3, the most usual 10
    (problem([visit(usual={"ann": 3, "cem": 10})], [ANN]), {"travel": 20, "continuity_lost": 7}, 20 + 7),
    # nobody for the second one
    (problem([visit(), visit("v2", gender="f")], [ANN]), {"travel": 20, "unserved": 1}, 20 + 1000),
    # 20 minutes idle between two windows
    (
        problem([visit(windows=(Window(600, 600),)), visit("v2", windows=(Window(650, 650),))], [ANN]),
        {"travel": 20, "waiting": 20, "served": 2, "service": 60},
        20,
    ),
]


@pytest.mark.parametrize(("asked", "figures", "cost"), COSTS)
def test_each_price_is_counted_exactly(asked, figures, cost):
    plan = planned(asked)

    expected = dict.fromkeys(plan.figures.__slots__, 0) | {"served": 1, "service": 30, "cost": cost} | figures
    assert {name: getattr(plan.figures, name) for name in plan.figures.__slots__} == expected
    assert verify(asked, plan).figures == plan.figures


def test_every_rule_stands_in_the_catalogue_once_with_unit_and_text():
    assert CATALOGUE.keys() == set(Rule)
    assert all(entry.rule is rule and entry.unit and entry.text for rule, entry in CATALOGUE.items())


def test_facts_may_overlap_and_break_rules_but_nothing_is_added_wrongly():
    facts = (Pin("v1.1", "ann", 600), Pin("v2.1", "ann", 610))
    asked = problem([visit("v1", gender="f"), visit("v2"), visit("v3")], [carer(max_visits=3)], pins=facts)

    plan = planned(asked)

    assert broken_rules(asked, plan) == set()
    assert [(stop.leg, stop.start) for stop in plan.routes[0].stops] == [("v1.1", 600), ("v2.1", 610), ("v3.1", 640)]


def test_facts_that_leave_no_room_excuse_the_carer_from_lunch():
    lunch = Lunch(Window(600, 640), 30)
    asked = problem([visit()], [carer(lunch=lunch)], pins=(Pin("v1.1", "ann", 605),))

    plan = planned(asked)

    assert plan.routes[0].lunch is None
    assert broken_rules(asked, plan) == set()


def test_a_break_that_cuts_the_way_between_two_visits_is_refused():
    lunch = Lunch(Window(631, 700), 30)
    visits = [visit("v1", windows=(Window(600, 600),)), visit("v2", place=20, windows=(Window(675, 675),))]
    asked = problem(visits, [carer(lunch=lunch)])
    plan = planned(asked)
    [route] = plan.routes

    for begin, allowed in ((635, True), (638, False), (640, True)):  # 10 minutes of way between 630 and 675
        moved = replace(plan, routes=(replace(route, lunch=(begin, begin + 30)),))
        assert (Rule.LUNCH not in broken_rules(asked, moved)) is allowed


def test_work_before_a_late_fact_still_lies_in_a_shift():
    late = visit("v2", windows=(Window(1050, 1200),))
    asked = problem([visit(windows=(Window(TEN, 1200),)), late], [ANN], pins=(Pin("v2.1", "ann", 1100),))
    plan = planned(asked)
    assert broken_rules(asked, plan) == set()

    moved = changed_stop(plan, "v1.1", start=FIVE - 29, end=FIVE + 1)

    assert Rule.SHIFT in broken_rules(asked, moved)
