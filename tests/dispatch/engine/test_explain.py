"""Each reason from a day that has it; candidates and moves name the rule that prevents them."""

from dataclasses import replace

import pytest

from dispatch.engine.answer import routes_of
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.explain import Candidate, Move, candidates, check_move, unserved, why_absent
from dispatch.engine.params import Params
from dispatch.engine.plan import Reason, ReasonCode
from dispatch.engine.problem import CarerKind, Link, LinkKind, Pin, Priority, Window
from dispatch.engine.rules import Rule
from dispatch.engine.schedule import Scheduler
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from tests.dispatch.engine.town import FIVE, NINE, TEN, carer, day_of, filled, pair, placed, problem, visit

TOGETHER = Link(LinkKind.SIMULTANEOUS)
AT_TEN = (Window(TEN, TEN),)
VOLUNTEER = CarerKind.VOLUNTEER

CASES = [
    # code, proven, the day
    (ReasonCode.NO_CERTIFIED_CARER_ON_DUTY, True, problem([visit("x")], [carer(skills=frozenset())])),
    (ReasonCode.NO_CARER_ON_SHIFT, True, problem([visit("x")], [carer(shifts=(Window(780, FIVE),))])),
    (ReasonCode.NO_CARER_ON_SHIFT, True, problem([visit("x")], [carer()], earliest=721)),
    (ReasonCode.GENDER, True, problem([visit("x", gender="f")], [carer(gender="m")])),
    (ReasonCode.BARRED, True, problem([visit("x", barred=frozenset({"ann"}))], [carer()])),
    (ReasonCode.BARRED, True, problem([visit("x", person="p")], [carer(person="p")])),
    (ReasonCode.WORKERS_ONLY, True, problem([visit("x", workers_only=True)], [carer(kind=VOLUNTEER)])),
    (
        ReasonCode.DECLINED_BY_ALL,
        True,
        problem([visit("x")], [carer()], forbidden=frozenset({("x", "ann")})),
    ),
    (ReasonCode.OUT_OF_EVERY_RADIUS, True, problem([visit("x")], [carer(radius_metres=900)])),
    (
        ReasonCode.DAILY_MAXIMUM_REACHED,
        False,
        problem([visit("v1", priority=Priority.URGENT), visit("x")], [carer(max_visits=1)]),
    ),
    (ReasonCode.DAILY_MAXIMUM_REACHED, True, problem([visit("x")], [carer(max_minutes=29)])),
    (
        ReasonCode.NO_CARER_FREE_IN_WINDOW,
        False,
        problem([visit("v1", windows=AT_TEN, priority=Priority.URGENT), visit("x", windows=AT_TEN)], [carer()]),
    ),
    # too far to be reached at ten even by an idle carer
    (ReasonCode.NO_CARER_FREE_IN_WINDOW, True, problem([visit("x", 60, windows=(Window(599, 599),))], [carer()])),
    (ReasonCode.DOUBLE_UP_HAS_ONLY_ONE, True, problem([pair("x", TOGETHER)], [carer()])),
    # one carer passes every rule, so he names the reason; the other's gender does not
    (
        ReasonCode.NO_CARER_FREE_IN_WINDOW,
        False,
        problem(
            [visit("v1", windows=AT_TEN, priority=Priority.URGENT), visit("x", windows=AT_TEN, gender="f")],
            [carer("ann", gender="f"), carer("bob", gender="m", skills=frozenset())],
        ),
    ),
]


@pytest.mark.parametrize(("code", "proven", "asked"), CASES)
def test_each_absent_visit_has_its_reason(code, proven, asked):
    plan = solve(asked, stop=MaxSolutions(5))

    (absent,) = plan.unserved
    assert absent.visit == "x"
    assert [(reason.code, reason.proven) for reason in absent.reasons][:1] == [(code, proven)]


def test_a_visit_that_fits_was_only_not_found_in_time():
    day = Day(problem([visit("x")], [carer()]), Params())

    (reason,) = why_absent(Draft(day, Scheduler(day)), 0)

    assert (reason.code, reason.proven) == (ReasonCode.NOT_FOUND_IN_TIME, False)


def test_a_double_up_says_which_part_is_missing():
    asked = problem([pair("x", TOGETHER)], [carer("ann"), carer("bob", gender="m", skills=frozenset())])
    asked = replace(
        asked, visits=(replace(asked.visits[0], legs=(asked.visits[0].legs[0], _cooking(asked.visits[0].legs[1]))),)
    )

    (absent,) = solve(asked, stop=MaxSolutions(5)).unserved

    assert [reason.code for reason in absent.reasons] == [
        ReasonCode.DOUBLE_UP_HAS_ONLY_ONE,
        ReasonCode.NO_CERTIFIED_CARER_ON_DUTY,
    ]
    assert absent.reasons[1].detail == (("leg", "x.2"), ("carers", 2))


def _cooking(leg):
    return replace(leg, skills=frozenset({"cook"}))


def test_both_reasons_are_named_when_carers_fail_at_the_same_stage():
    asked = problem(
        [visit("x", gender="f", barred=frozenset({"bob"}))],
        [carer("ann", gender="m"), carer("bob", gender="f")],
    )

    (absent,) = solve(asked, stop=MaxSolutions(5)).unserved

    assert {reason.code for reason in absent.reasons} == {ReasonCode.GENDER, ReasonCode.BARRED}


def test_candidates_are_sorted_by_cost_and_the_others_name_their_rule():
    carers = [
        carer("far", shifts=(Window(NINE, FIVE),)),
        carer("cook", skills=frozenset({"cook"})),
        carer("late", shifts=(Window(780, FIVE),)),
        carer("near"),
    ]
    carers[0] = replace(carers[0], start_place=50, end_place=50)
    asked = problem([visit("x")], carers)
    plan = solve(asked, stop=MaxSolutions(5))

    assert candidates(asked, plan, "x") == (
        Candidate("x.1", "near", None, 600, 20, 20),
        Candidate("x.1", "far", None, 600, 80, 80),
        Candidate("x.1", "cook", Rule.SKILLS),
        Candidate("x.1", "late", Rule.SHIFT),
    )


def test_a_candidate_for_one_of_two_must_start_with_the_partner():
    asked = problem([pair("x", TOGETHER)], [carer("ann"), carer("bob"), carer("cem")])
    plan = solve(asked, stop=MaxSolutions(5))
    partner, start = placed(plan)["x.2"]
    taken = placed(plan)["x.1"][0]
    third = ({"ann", "bob", "cem"} - {partner, taken}).pop()

    found = {c.carer: c for c in candidates(asked, plan, "x") if c.leg == "x.1"}

    assert found[third].start == start
    assert found[taken].start == start
    assert found[partner].blocked is Rule.DISTINCT_CARERS
    assert check_move(asked, plan, "x.1", third, start + 5) == Move(False, Rule.LINK)


MOVES = [
    (None, Move(True, None, 600, 20)),
    (630, Move(True, None, 630, 20)),
    (599, Move(False, Rule.WINDOW)),
    (721, Move(False, Rule.WINDOW)),
    (700, Move(False, Rule.SHIFT)),  # Bob is off from 11:50
]


@pytest.mark.parametrize(("start", "answer"), MOVES)
def test_a_move_is_checked_at_its_minute(start, answer):
    bob = carer("bob", shifts=(Window(NINE, 710),))
    asked = problem([visit("x")], [carer("ann"), bob], pins=())
    plan = solve(replace(asked, forbidden=frozenset({("x", "bob")})), stop=MaxSolutions(5))
    assert placed(plan) == {"x.1": ("ann", 600)}

    assert check_move(asked, plan, "x.1", "bob", start) == answer


def test_a_move_onto_other_work_or_past_a_maximum_is_refused():
    visits = [visit("v1", windows=AT_TEN), visit("x", windows=AT_TEN)]
    asked = problem(visits, [carer("ann"), carer("bob")])
    plan = solve(asked, stop=MaxSolutions(5))
    busy = placed(plan)["v1.1"][0]

    assert check_move(asked, plan, "x.1", busy) == Move(False, Rule.SEQUENCE)
    limited = replace(asked, carers=tuple(replace(each, max_visits=1) for each in asked.carers))
    assert check_move(limited, plan, "x.1", busy) == Move(False, Rule.MAX_VISITS)


def test_work_pinned_to_a_minute_is_not_moved():
    asked = problem([visit("x")], [carer("ann"), carer("bob")], pins=(Pin("x.1", "ann", 600),))
    plan = solve(asked, stop=MaxSolutions(5))

    assert check_move(asked, plan, "x.1", "bob") == Move(False, Rule.PINNED)


def test_trying_leaves_the_draft_as_it_was():
    asked = problem([visit("v1"), visit("x", gender="f")], [carer("ann")])
    day = Day(asked, Params())
    draft = Draft(day, Scheduler(day))
    draft.insert(0)
    before = routes_of(draft)

    why_absent(draft, 1)

    assert routes_of(draft) == before


def test_what_is_not_reached_before_the_moment_was_not_found_in_time():
    absent = unserved(filled(day_of(problem([visit("v1", gender="f"), visit("v2", gender="f")], [carer()]))), 0.0)

    assert [(each.visit, each.reasons, each.relaxation) for each in absent] == [
        ("v1", (Reason(ReasonCode.NOT_FOUND_IN_TIME, proven=False),), None),
        ("v2", (Reason(ReasonCode.NOT_FOUND_IN_TIME, proven=False),), None),
    ]


def test_what_another_stop_would_bring_near_is_not_called_impossible():
    far = ((0, 1, 400), (1, 0, 1), (400, 1, 0))  # place 2 is near only by way of place 1
    late = problem([visit("v1", place=2)], [carer()], travel={"ebike": far}, places=3, metres=None)
    beside = problem(
        [visit("v2", place=1, gender="f"), *late.visits], [carer()], travel={"ebike": far}, places=3, metres=None
    )

    (alone,) = unserved(filled(day_of(late)))
    _, passed = unserved(filled(day_of(beside)))

    assert [reason.proven for reason in (*alone.reasons, *passed.reasons)] == [False, False]
