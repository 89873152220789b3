"""The slots that a caller hears: where they lie, what they cost, and that the plan can keep them."""

from dataclasses import replace

from dispatch.engine.insert import Question, Slot
from dispatch.engine.params import Params
from dispatch.engine.plan import Figures, Plan, ReasonCode
from dispatch.engine.problem import Leg, Link, LinkKind, Lunch, Pin, Window
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from dispatch.engine.verify import verify
from tests.dispatch.engine.town import FIVE, NINE, NOON, TEN, carer, pair, problem, visit

ALL_DAY = (Window(NINE, FIVE),)
TOGETHER = Link(LinkKind.SIMULTANEOUS)


def planned(asked):
    return solve(asked, stop=MaxSolutions(50), params=Params())


def question(asked, plan, new):
    """The new visit put to a plan that was made without it."""
    return Question(replace(asked, visits=(*asked.visits, new)), plan, new.id)


def best_slots(asked, plan, new):
    return question(asked, plan, new).best_slots()


def test_the_nearest_carers_come_first_and_the_slots_lie_half_an_hour_apart():
    # ann works at place 10 from 10:00 to 10:30 and passes the new visit at place 5 on both ways.
    asked = problem([visit("v1", windows=(Window(TEN, TEN),))], [carer("ann"), carer("bob")])
    new = visit("new", place=5, windows=ALL_DAY)

    slots = best_slots(asked, planned(asked), new)

    assert [(slot.carers, slot.starts, slot.extra_travel, slot.extra_cost) for slot in slots] == [
        (("ann",), (545,), 0, 0),
        (("ann",), (635,), 0, 0),
        (("bob",), (545,), 10, 10),
    ]


def test_a_slot_that_is_promised_can_be_kept():
    asked = problem(
        [visit(f"v{n}", place=5 * n, windows=(Window(NINE + 60 * n, NINE + 60 * n + 30),)) for n in range(1, 6)],
        [carer("ann"), carer("bob")],
    )
    new = pair("new", TOGETHER, place=12, windows=ALL_DAY)
    running = planned(asked)

    for slot in best_slots(asked, running, new):
        pins = tuple(Pin(leg, who, at) for leg, who, at in zip(slot.legs, slot.carers, slot.starts, strict=True))
        day = replace(asked, visits=(*asked.visits, new), pins=pins)
        plan = solve(day, stop=MaxSolutions(0), warm=running)

        assert verify(day, plan).violations == ()
        assert plan.figures.served == 6
        assert plan.figures.travel == running.figures.travel + slot.extra_travel


def test_two_carers_are_offered_together():
    asked = problem([visit("v1", windows=(Window(TEN, TEN),))], [carer("ann"), carer("bob")])

    slot = best_slots(asked, planned(asked), pair("new", TOGETHER, place=10, windows=(Window(TEN, 700),)))[0]

    # Only after v1 are both free; who does v1 is there already, the other travels 10 minutes each way.
    assert (slot.starts, slot.extra_travel) == ((630, 630), 20)
    assert set(slot.carers) == {"ann", "bob"}


def test_nothing_is_offered_where_nobody_can_come():
    asked = problem([visit("v1")], [carer("ann")])
    bath = replace(visit("new"), legs=(Leg("new.1", 30, frozenset({"bath"})),))

    assert best_slots(asked, planned(asked), bath) == ()


def test_a_slot_lets_the_break_be():
    asked = problem([], [carer("ann", shifts=(Window(NINE, 640),))])
    new = visit("new", windows=ALL_DAY)

    (slot,) = best_slots(asked, planned(asked), new)

    assert slot == Slot(("new.1",), ("ann",), (550,), 600, (10,), 20, 20)


def test_visits_that_wait_for_a_plan_hold_their_place():
    # ann can do one hour of work a day, and that hour is asked for already.
    waits = visit("v1", minutes=60, windows=ALL_DAY)
    asked = problem([waits], [carer("ann", max_minutes=60)])
    nobody = Plan((), (), Figures())

    assert best_slots(asked, nobody, visit("new", windows=ALL_DAY)) == ()
    assert len(best_slots(problem([], [carer("ann", max_minutes=60)]), nobody, visit("new", windows=ALL_DAY))) == 1


def test_a_break_that_forbids_the_earliest_start_leaves_a_later_one():
    # ann works at her door until 10:00 and eats from 10:00 to 10:30; 10 minutes on the road bring her there at 10:40.
    before = visit("v1", place=0, minutes=60, windows=(Window(NINE, NINE),))
    lunch = Lunch(Window(TEN, 630), 30)
    asked = problem([before], [carer("ann", lunch=lunch)], pins=(Pin("v1.1", "ann", NINE),))

    (slot,) = best_slots(asked, planned(asked), visit("new", windows=(Window(TEN, 660),)))

    assert (slot.starts, slot.latest, slot.ways) == ((640,), 660, (10,))


def test_the_nearest_slot_outside_the_window_may_lie_before_or_after_it():
    # ann is on duty from 9 to 10 and from 16 to 17; the visit of 30 minutes lies 10 minutes from her.
    shifts = (Window(NINE, TEN), Window(960, FIVE))
    asked = problem([], [carer("ann", shifts=shifts)])
    found = question(asked, planned(asked), visit("new", windows=ALL_DAY))

    assert found.nearest_slot(Window(700, 720)).starts == (570,)  # 9:30 is 130 minutes before, 16:00 is 240 after
    assert found.nearest_slot(Window(900, 930)).starts == (960,)
    assert found.nearest_slot(Window(NINE, TEN)).starts == (550,)  # inside: as early as she can be there


def test_the_nearest_slot_of_two_carers_is_a_common_start():
    asked = problem([], [carer("ann", shifts=(Window(NINE, 630),)), carer("bob", shifts=(Window(TEN, FIVE),))])
    found = question(asked, planned(asked), pair("new", TOGETHER, windows=ALL_DAY))

    slot = found.nearest_slot(Window(NINE, 545))

    # Bob leaves for place 10 at 10:00, Ann goes home by 10:30: nothing is left of both.
    assert slot is None
    wider = problem([], [carer("ann", shifts=(Window(NINE, 660),)), carer("bob", shifts=(Window(TEN, FIVE),))])
    slot = question(wider, planned(wider), pair("new", TOGETHER, windows=ALL_DAY)).nearest_slot(Window(NINE, 545))
    assert (slot.starts, sorted(slot.carers)) == ((610, 610), ["ann", "bob"])


def test_a_question_says_why_nothing_fits():
    asked = problem(
        [visit("v1", minutes=120, windows=(Window(TEN, TEN),))], [carer("ann"), carer("bob", skills=frozenset())]
    )
    new = visit("new", minutes=60, windows=(Window(TEN, 630),))

    (reason,) = question(asked, planned(asked), new).reasons()

    assert (reason.code, dict(reason.detail)["carers"]) == (ReasonCode.NO_CARER_FREE_IN_WINDOW, 1)


def test_a_day_without_carers_has_an_answer():
    new = visit("new")
    asked = problem([visit("v1")], [], travel={})
    found = question(asked, planned(asked), new)

    assert found.best_slots() == ()
    assert found.nearest_slot(Window(TEN, NOON)) is None
    assert [reason.code for reason in found.reasons()] == [ReasonCode.NO_CERTIFIED_CARER_ON_DUTY]
