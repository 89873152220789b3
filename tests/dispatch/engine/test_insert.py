"""The slots that a caller hears: where they lie, what they cost, and that the plan can keep them."""

from dataclasses import replace

from dispatch.engine.insert import Slot, best_slots
from dispatch.engine.params import Params
from dispatch.engine.problem import Leg, Link, LinkKind, Pin, Window
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from dispatch.engine.verify import verify
from tests.dispatch.engine.town import FIVE, NINE, TEN, carer, pair, problem, visit

ALL_DAY = (Window(NINE, FIVE),)
TOGETHER = Link(LinkKind.SIMULTANEOUS)


def planned(asked):
    return solve(asked, stop=MaxSolutions(50), params=Params())


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

    assert slot == Slot(("new.1",), ("ann",), (550,), 600, 20, 20)
