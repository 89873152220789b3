"""Each hard rule with a plan that keeps it and one that breaks it.

A plan made for `kept` is judged against `broken`, which differs in one thing. Places lie
on a line: from place 0, where carers live, to place 10 it takes 10 minutes.
"""

from dataclasses import replace

import pytest

from dispatch.engine.plan import Plan, Unserved
from dispatch.engine.problem import CarerKind, Link, LinkKind, Lunch, Pin, Window, WindowRule
from dispatch.engine.rules import CATALOGUE, Rule
from dispatch.engine.verify import verify
from tests.dispatch.engine.test_prices import SOFT
from tests.dispatch.engine.town import (
    FIVE,
    LINE,
    NINE,
    TEN,
    broken_rules,
    carer,
    changed_stop,
    pair,
    placed,
    problem,
    simply_planned,
    visit,
)

TOGETHER = Link(LinkKind.SIMULTANEOUS)
IN_ORDER = Link(LinkKind.SEQUENTIAL, 10, 20)
ANN, BOB = carer("ann"), carer("bob")
AT_TEN = (Window(TEN, TEN),)
RED = [carer("ann", organisation="red"), carer("bob", organisation="red")]


TWICE = tuple(tuple(2 * minutes for minutes in row) for row in LINE)


def _certified():
    asked = visit()
    return replace(asked, legs=(replace(asked.legs[0], skills=frozenset({"care", "cert:nurse"})),))


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
    Rule.ORGANISATION_LIMIT: (
        problem([visit("v1", windows=AT_TEN), visit("v2", windows=AT_TEN)], RED, organisation_minutes={"red": 60}),
        problem([visit("v1", windows=AT_TEN), visit("v2", windows=AT_TEN)], RED, organisation_minutes={"red": 59}),
    ),
    Rule.WINDOW: (problem([visit()], [ANN]), problem([visit(windows=(Window(601, 720),))], [ANN])),
    Rule.SHIFT: (
        problem([visit()], [ANN]),  # leaves 9:50 for 10:00
        problem([visit()], [carer(shifts=(Window(NINE, 620), Window(640, FIVE)))]),
    ),
    Rule.EARLIEST: (problem([visit()], [ANN]), problem([visit()], [ANN], earliest=595)),
    Rule.NOT_EARLIER: (
        problem([visit()], [ANN], published=(Pin("v1.1", "ann", 600),)),
        problem([visit()], [ANN], published=(Pin("v1.1", "ann", 601),)),
    ),
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
    Rule.ONE_AT_A_TIME: (
        problem([visit("v1", windows=AT_TEN, person="p1"), visit("v2", windows=AT_TEN, person="p2")], [ANN, BOB]),
        problem([visit("v1", windows=AT_TEN, person="p1"), visit("v2", windows=AT_TEN, person="p1")], [ANN, BOB]),
    ),
    Rule.PINNED: (
        problem([visit()], [ANN, BOB], pins=(Pin("v1.1", "ann", 600),)),
        problem([visit()], [ANN, BOB], pins=(Pin("v1.1", "ann", 601),)),
    ),
}


MORE_HARD = [
    # a certificate that is not valid on the day is not among the carer's skills
    (
        Rule.SKILLS,
        problem([_certified()], [carer(skills=frozenset({"care", "cert:nurse"}))]),
        problem([_certified()], [ANN]),
    ),
    # several windows: between two of them is outside both
    (
        Rule.WINDOW,
        problem([visit(windows=(Window(560, 610), Window(700, 720)))], [ANN], earliest=590),
        problem([visit(windows=(Window(560, 599), Window(700, 720)))], [ANN], earliest=590),
    ),
    # hard lateness: ten minutes are allowed, not nine
    (
        Rule.WINDOW,
        problem([visit(windows=(Window(540, 590),), max_lateness=10)], [ANN], earliest=590),
        problem([visit(windows=(Window(540, 590),), max_lateness=9)], [ANN], earliest=590),
    ),
    # the end of the visit counts
    (
        Rule.WINDOW,
        problem([visit(windows=(Window(600, 630),), window_rule=WindowRule.END)], [ANN]),
        problem([visit(windows=(Window(600, 629),), window_rule=WindowRule.END)], [ANN]),
    ),
    # a late start, but in overtime
    (
        Rule.SHIFT,
        problem([visit()], [carer(shifts=(Window(NINE, 610),), max_overtime=30)]),
        problem([visit()], [carer(shifts=(Window(NINE, 560), Window(640, FIVE)), max_overtime=30)]),
    ),
    # the first part may not start before the second
    (
        Rule.LINK,
        problem([pair("v1", Link(LinkKind.INDEPENDENT))], [ANN, BOB]),
        problem([pair("v1", IN_ORDER)], [ANN, BOB]),
    ),
    # the way home to where the day ends: place 30 is 20 minutes from place 10
    (
        Rule.SEQUENCE,
        problem([visit()], [ANN]),
        problem([visit()], [replace(ANN, end_place=30)]),
    ),
    # the carer's own matrix: twice as slow on foot
    (
        Rule.SEQUENCE,
        problem([visit()], [ANN], travel={"ebike": LINE, "walk": TWICE}),
        problem([visit()], [replace(ANN, mode="walk")], travel={"ebike": LINE, "walk": TWICE}),
    ),
]


@pytest.mark.parametrize(("rule", "kept", "broken"), [*((rule, *days) for rule, days in HARD.items()), *MORE_HARD])
def test_a_plan_that_breaks_one_hard_rule_is_refused_for_it(rule, kept, broken):
    plan = simply_planned(kept)

    assert broken_rules(kept, plan) == set()
    assert rule in broken_rules(broken, plan)
    assert broken_rules(broken, plan) <= {rule, Rule.FIGURES}


@pytest.mark.parametrize(("rule", "strict"), [(rule, broken) for rule, _, broken in MORE_HARD])
def test_insertion_keeps_each_hard_rule(rule, strict):
    assert broken_rules(strict, simply_planned(strict)) == set()


def test_the_legs_of_one_visit_need_different_carers():
    asked = problem([pair("v1", Link(LinkKind.INDEPENDENT))], [ANN, BOB])
    plan = simply_planned(asked)
    ann, bob = plan.routes
    both = replace(ann, stops=(*ann.stops, *bob.stops))

    judged = replace(plan, routes=(both, replace(bob, stops=(), travel=0)))

    assert Rule.DISTINCT_CARERS in broken_rules(asked, judged)


def test_half_a_double_up_is_refused():
    asked = problem([pair("v1", TOGETHER)], [ANN, BOB])
    plan = simply_planned(asked)
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
    (lambda plan: replace(plan, routes=(replace(plan.routes[0], lunch=(640, 671)),)), Rule.LUNCH),
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
    plan = simply_planned(asked)
    assert verify(asked, plan).ok

    assert rule in broken_rules(asked, mutate(plan))


def test_every_rule_stands_in_the_catalogue_once_with_unit_and_text():
    assert CATALOGUE.keys() == set(Rule)
    assert all(entry.rule is rule and entry.unit and entry.text for rule, entry in CATALOGUE.items())


def test_every_rule_of_the_catalogue_is_tested_here():
    by_a_changed_plan = {rule for _, rule in MUTATIONS} | {Rule.ALL_OR_NONE, Rule.DISTINCT_CARERS}
    hard = {rule for rule, entry in CATALOGUE.items() if entry.hard}

    assert hard == HARD.keys() | by_a_changed_plan
    assert CATALOGUE.keys() - hard == {row[0] for row in SOFT}  # test_prices.py


@pytest.mark.parametrize("limit", [89, 60, 0])
def test_facts_may_pass_the_limit_of_an_organisation_but_nothing_is_added_then(limit):
    facts = (Pin("v1.1", "ann", 600), Pin("v2.1", "bob", 600))
    visits = [visit("v1"), visit("v2"), visit("v3")]
    asked = problem(visits, RED, pins=facts, organisation_minutes={"red": limit})

    plan = simply_planned(asked)

    assert broken_rules(asked, plan) == set()
    assert placed(plan).keys() == {"v1.1", "v2.1"}
    assert "v3.1" in placed(simply_planned(replace(asked, organisation_minutes={"red": 90})))


def test_both_parts_of_a_double_up_count_against_one_limit():
    both = problem([pair("v1", TOGETHER)], [*RED, carer("cem", start_place=40, end_place=40)])

    one_of_red = simply_planned(replace(both, organisation_minutes={"red": 59}))

    assert {who for who, _ in placed(one_of_red).values()} == {"ann", "cem"}
    alone = replace(both, carers=both.carers[:2], organisation_minutes={"red": 59})
    assert placed(simply_planned(alone)) == {}


def test_two_visits_to_one_person_follow_each_other():
    visits = [visit("v1", person="p1"), visit("v2", person="p1"), visit("v3")]

    plan = simply_planned(problem(visits, [carer("ann", max_visits=1), carer("bob", max_visits=2)]))

    starts = {leg: start for leg, (_, start) in placed(plan).items()}
    assert sorted([starts["v1.1"], starts["v2.1"]]) == [600, 630]


def test_both_carers_of_a_double_up_may_be_with_the_person_at_once():
    asked = problem([pair("v1", TOGETHER, person="p1"), visit("v2", person="p1")], [ANN, BOB])

    plan = simply_planned(asked)

    assert broken_rules(asked, plan) == set()
    assert sorted(start for _, start in placed(plan).values()) == [600, 600, 630]


def test_facts_may_bring_two_visits_to_one_person_at_once_but_nothing_joins_them():
    facts = (Pin("v1.1", "ann", 600), Pin("v2.1", "bob", 610))
    visits = [visit(f"v{n}", person="p1") for n in (1, 2, 3)]
    asked = problem(visits, [ANN, BOB, carer("cem")], pins=facts)

    plan = simply_planned(asked)

    assert broken_rules(asked, plan) == set()
    assert placed(plan)["v3.1"][1] == 640


def test_a_told_minute_holds_as_long_as_it_is_allowed():
    told = (Pin("v1.1", "ann", 740),)  # 20 past noon
    late = visit(max_lateness=30)

    kept = simply_planned(problem([late], [ANN], published=told))
    free = simply_planned(problem([late], [ANN], published=told), changed_start=0)
    hard = simply_planned(problem([visit()], [ANN], published=told))

    assert placed(kept) == {"v1.1": ("ann", 740)}
    assert placed(free) == placed(hard) == {"v1.1": ("ann", 600)}


def test_facts_may_overlap_and_break_rules_but_nothing_is_added_wrongly():
    facts = (Pin("v1.1", "ann", 600), Pin("v2.1", "ann", 610))
    asked = problem([visit("v1", gender="f"), visit("v2"), visit("v3")], [carer(max_visits=3)], pins=facts)

    plan = simply_planned(asked)

    assert broken_rules(asked, plan) == set()
    assert [(stop.leg, stop.start) for stop in plan.routes[0].stops] == [("v1.1", 600), ("v2.1", 610), ("v3.1", 640)]


def test_facts_that_leave_no_room_excuse_the_carer_from_lunch():
    lunch = Lunch(Window(600, 640), 30)
    asked = problem([visit()], [carer(lunch=lunch)], pins=(Pin("v1.1", "ann", 605),))

    plan = simply_planned(asked)

    assert plan.routes[0].lunch is None
    assert broken_rules(asked, plan) == set()


def test_a_break_that_cuts_the_way_between_two_visits_is_refused():
    lunch = Lunch(Window(631, 700), 30)
    visits = [visit("v1", windows=(Window(600, 600),)), visit("v2", place=20, windows=(Window(675, 675),))]
    asked = problem(visits, [carer(lunch=lunch)])
    plan = simply_planned(asked)
    [route] = plan.routes

    for begin, allowed in ((635, True), (638, False), (640, True)):  # 10 minutes of way between 630 and 675
        moved = replace(plan, routes=(replace(route, lunch=(begin, begin + 30)),))
        assert (Rule.LUNCH not in broken_rules(asked, moved)) is allowed


def test_work_before_a_late_fact_still_lies_in_a_shift():
    late = visit("v2", windows=(Window(1050, 1200),))
    asked = problem([visit(windows=(Window(TEN, 1200),)), late], [ANN], pins=(Pin("v2.1", "ann", 1100),))
    plan = simply_planned(asked)
    assert broken_rules(asked, plan) == set()

    moved = changed_stop(plan, "v1.1", start=FIVE - 29, end=FIVE + 1)

    assert Rule.SHIFT in broken_rules(asked, moved)
