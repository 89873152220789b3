"""Each price of the catalogue exactly: a plan that pays it and one that does not, the sum in a comment.

Places lie on a line: from place 0, where carers live, to place 10 it takes 10 minutes.
"""

from dataclasses import replace

import pytest

from dispatch.engine.problem import CarerKind, Link, LinkKind, Lunch, Pin, Priority, Window, WindowRule
from dispatch.engine.rules import Rule
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from dispatch.engine.verify import verify
from tests.dispatch.engine.town import (
    FIVE,
    LINE,
    NINE,
    NOON,
    TEN,
    carer,
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

LATE = [carer(shifts=(Window(NOON, FIVE),))]  # leaves at 12:00, so that the visit at place 10 begins at 12:10
ONE_LUNCH = Lunch(Window(600, 630), 30, required=False)
POPULAR = [visit("v1", popular=True), visit("v2", popular=True)]
TOLD = (Pin("v1.1", "ann", 600),)

# For each price: the day, the prices, the figure with its amount, and the cost of the plan.
# A visit at place 10 costs 20 minutes of travel; that is all where the rule does not bite.
SOFT = [
    (Rule.TRAVEL, problem([visit()], [ANN]), {}, ("travel", 20), 20),
    (Rule.TRAVEL, problem([visit(place=0)], [ANN]), {}, ("travel", 0), 0),
    (Rule.TRAVEL, problem([visit()], [ANN]), {"travel": 3}, ("travel", 20), 60),
    # on foot 20 there and 20 back
    (
        Rule.TRAVEL,
        problem([visit()], [replace(ANN, mode="walk")], travel={"ebike": LINE, "walk": TWICE}),
        {},
        ("travel", 40),
        40,
    ),
    # from place 5, and home to place 30: 5 + 20
    (Rule.TRAVEL, problem([visit()], [replace(ANN, start_place=5, end_place=30)]), {}, ("travel", 25), 25),
    # 10 past noon, 5 points each
    (Rule.LATENESS, problem([visit(max_lateness=30)], LATE), {}, ("lateness", 10), 20 + 50),
    (Rule.LATENESS, problem([visit(windows=(Window(TEN, 730),), max_lateness=30)], LATE), {}, ("lateness", 0), 20),
    # the end counts: 730 + 30 is 40 past noon
    (
        Rule.LATENESS,
        problem([visit(max_lateness=60, window_rule=WindowRule.END)], LATE),
        {},
        ("lateness", 40),
        20 + 200,
    ),
    # late against the window that is open: 730 is 5 past the second one, not 130 past the first
    (
        Rule.LATENESS,
        problem([visit(windows=(Window(560, 600), Window(700, 725)), max_lateness=30)], LATE),
        {},
        ("lateness", 5),
        20 + 25,
    ),
    # the two begin at 730 and 760: 10 and 40 late; the larger counts once more, 7 points each
    (
        Rule.HIGHEST_LATENESS,
        problem([visit("v1", max_lateness=40), visit("v2", max_lateness=40)], LATE),
        {"highest_lateness": 7},
        ("highest_lateness", 40),
        20 + 5 * 50 + 7 * 40,
    ),
    (Rule.HIGHEST_LATENESS, problem([visit()], [ANN]), {"highest_lateness": 7}, ("highest_lateness", 0), 20),
    # 630 to 650 between two fixed minutes, 2 points each
    (
        Rule.WAITING,
        problem([visit(windows=AT_TEN), visit("v2", windows=(Window(650, 650),))], [ANN]),
        {"waiting": 2},
        ("waiting", 20),
        20 + 40,
    ),
    # the first begins at 620 instead of 600, and nobody waits
    (
        Rule.WAITING,
        problem([visit(), visit("v2", windows=(Window(650, 650),))], [ANN]),
        {"waiting": 2},
        ("waiting", 0),
        20,
    ),
    # 50 minutes between them, 30 of them lunch
    (
        Rule.WAITING,
        problem(
            [visit(windows=AT_TEN), visit("v2", windows=(Window(680, 680),))],
            [carer(lunch=Lunch(Window(620, 680), 30))],
        ),
        {"waiting": 2},
        ("waiting", 20),
        20 + 40,
    ),
    # 480 minutes of shift - 20 on the road - 30 of service
    (Rule.HIGHEST_IDLE, problem([visit()], [ANN]), {"highest_idle": 1}, ("highest_idle", 430), 20 + 430),
    # 30 less for her break; Bob without work is idle for all his 100 minutes
    (
        Rule.HIGHEST_IDLE,
        problem([visit()], [carer(lunch=Lunch(Window(700, 800), 30)), carer("bob", shifts=(Window(NINE, 640),))]),
        {"highest_idle": 1},
        ("highest_idle", 400),
        20 + 400,
    ),
    # on duty 9:50 to 10:40: 50 - 20 - 30
    (
        Rule.HIGHEST_IDLE,
        problem([visit()], [carer(shifts=(Window(590, 640),))]),
        {"highest_idle": 1},
        ("highest_idle", 0),
        20,
    ),
    # back at 640, shift ends 630: 3 points each
    (
        Rule.OVERTIME,
        problem([visit()], [carer(shifts=(Window(NINE, 630),), max_overtime=30)]),
        {},
        ("overtime", 10),
        20 + 30,
    ),
    (
        Rule.OVERTIME,
        problem([visit()], [carer(shifts=(Window(NINE, 640),), max_overtime=30)]),
        {},
        ("overtime", 0),
        20,
    ),
    (
        Rule.MISSED_LUNCH,
        problem([visit(windows=AT_TEN)], [carer(lunch=ONE_LUNCH)]),
        {},
        ("missed_lunches", 1),
        20 + 200,
    ),
    (
        Rule.MISSED_LUNCH,
        problem([visit(windows=(Window(640, 640),))], [carer(lunch=ONE_LUNCH)]),
        {},
        ("missed_lunches", 0),
        20,
    ),
    (Rule.NOT_PREFERRED, problem([visit(preferred=frozenset({"cem"}))], [ANN]), {}, ("not_preferred", 1), 20 + 20),
    (Rule.NOT_PREFERRED, problem([visit(preferred=frozenset({"ann"}))], [ANN]), {}, ("not_preferred", 0), 20),
    # Ann has weight 3, the most usual 10
    (Rule.CONTINUITY, problem([visit(usual={"ann": 3, "cem": 10})], [ANN]), {}, ("continuity_lost", 7), 20 + 7),
    (Rule.CONTINUITY, problem([visit(usual={"ann": 10, "cem": 3})], [ANN]), {}, ("continuity_lost", 0), 20),
    # 30 minutes of a paid worker at 2 points
    (
        Rule.PAID_MINUTES,
        problem([visit()], [ANN]),
        {"worker_minute": 2, "volunteer_minute": 1},
        ("worker_minutes", 30),
        20 + 60,
    ),
    # the volunteer costs 1 point a minute and is taken, though her way is 10 minutes longer
    (
        Rule.PAID_MINUTES,
        problem([visit()], [ANN, carer("vic", kind=CarerKind.VOLUNTEER, start_place=25, end_place=25)][::-1]),
        {"worker_minute": 2, "volunteer_minute": 1},
        ("volunteer_minutes", 30),
        30 + 30,
    ),
    (
        Rule.PAID_MINUTES,
        problem([visit()], [carer(kind=CarerKind.VOLUNTEER)]),
        {"worker_minute": 2},
        ("worker_minutes", 0),
        20,
    ),
    # she had 3 popular ones before: the next counts 3, the one after it 4; 2 points each
    (Rule.FAIRNESS, problem(POPULAR, [carer(popular_before=3)]), {}, ("unfairness", 7), 20 + 14),
    # one each: 20 more minutes of travel are dearer than 2 points, so Ann has both, the second counts 1
    (Rule.FAIRNESS, problem(POPULAR, [ANN, BOB]), {}, ("unfairness", 1), 20 + 2),
    # at 30 points they share
    (Rule.FAIRNESS, problem(POPULAR, [ANN, BOB]), {"fairness": 30}, ("unfairness", 0), 40),
    (Rule.FAIRNESS, problem([visit(), visit("v2")], [carer(popular_before=3)]), {}, ("unfairness", 0), 20),
    (Rule.CHANGED_CARER, problem([visit()], [BOB], published=TOLD), {}, ("changed_carers", 1), 20 + 30),
    (Rule.CHANGED_CARER, problem([visit()], [BOB, ANN], published=TOLD), {}, ("changed_carers", 0), 20),
    # on duty from 10:00, she begins at 10:10
    (
        Rule.CHANGED_START,
        problem([visit()], [carer(shifts=(Window(TEN, FIVE),))], published=TOLD),
        {},
        ("changed_minutes", 10),
        20 + 10,
    ),
    (Rule.CHANGED_START, problem([visit()], [ANN], published=TOLD), {}, ("changed_minutes", 0), 20),
    # 10:30 was told: she does not come at 10:00 though she could
    (
        Rule.CHANGED_START,
        problem([visit()], [ANN], published=(Pin("v1.1", "ann", 630),)),
        {},
        ("changed_minutes", 0),
        20,
    ),
    # told a minute that the window no longer has: 5 minutes earlier is the best there is
    (
        Rule.CHANGED_START,
        problem([visit(windows=AT_TEN)], [ANN], published=(Pin("v1.1", "ann", 605),)),
        {},
        ("changed_minutes", 5),
        20 + 5,
    ),
    # a fact counts too
    (
        Rule.CHANGED_START,
        problem([visit()], [ANN], published=TOLD, pins=(Pin("v1.1", "ann", 595),)),
        {},
        ("changed_minutes", 5),
        20 + 5,
    ),
    # nobody for the second one
    (Rule.UNSERVED, problem([visit(), visit("v2", gender="f")], [ANN]), {}, ("unserved", 1), 20 + 1000),
    (Rule.UNSERVED, problem([visit(), visit("v2")], [ANN]), {}, ("unserved", 0), 20),
]


@pytest.mark.parametrize(("rule", "asked", "prices", "figure", "cost"), SOFT, ids=[str(row[0]) for row in SOFT])
def test_each_price_is_counted_exactly(rule, asked, prices, figure, cost):
    plan = simply_planned(asked, **prices)

    name, amount = figure
    assert (getattr(plan.figures, name), plan.figures.cost) == (amount, cost)
    assert verify(asked, plan) == replace(verify(asked, plan), violations=(), figures=plan.figures)


def test_all_figures_of_a_plan():
    visits = [visit("v1", windows=AT_TEN, max_lateness=5), visit("v2", windows=(Window(650, 650),), gender="f")]

    plan = simply_planned(problem([*visits, visit("v3", windows=(Window(650, 650),))], [ANN]))

    sums = dict.fromkeys(plan.figures.__slots__, 0) | {
        "served": 2,
        "unserved": 1,
        "travel": 20,
        "service": 60,
        "waiting": 20,
        "highest_idle": 400,  # 480 - 20 - 60
        "worker_minutes": 60,
        "cost": 20 + 1000,
    }
    assert {name: getattr(plan.figures, name) for name in plan.figures.__slots__} == sums


@pytest.mark.parametrize("above", [tier for tier in Priority if tier > Priority.COMPANIONSHIP])
def test_one_visit_of_a_tier_outweighs_many_of_the_tier_below(above):
    # Either the long one, from 10:00 to 12:00, or eight short ones in the same two hours.
    many = [visit(f"v{n}", minutes=15, windows=(Window(TEN, 705),), priority=Priority(above - 1)) for n in range(8)]
    asked = problem([*many, visit("one", minutes=120, windows=AT_TEN, priority=above)], [ANN])

    assert placed(solve(asked, stop=MaxSolutions(5))) == {"one.1": ("ann", 600)}


def test_the_first_stops_wait_at_home_where_waiting_has_a_price():
    # v3 begins at 700 whatever happens; v2 may begin until 660, v1 until 640.
    visits = [
        visit("v1", windows=(Window(TEN, 640),)),
        visit("v2", windows=(Window(630, 660),)),
        visit("v3", windows=(Window(700, 700),)),
    ]
    asked = problem(visits, [ANN])

    cheap = simply_planned(asked)
    dear = simply_planned(asked, waiting=1)

    assert {leg: start for leg, (_, start) in placed(cheap).items()} == {"v1.1": 600, "v2.1": 630, "v3.1": 700}
    # 630 is the latest v1 that leaves v2 its window: 10 minutes of waiting remain
    assert {leg: start for leg, (_, start) in placed(dear).items()} == {"v1.1": 630, "v2.1": 660, "v3.1": 700}
    assert (cheap.figures.waiting, dear.figures.waiting) == (40, 10)
