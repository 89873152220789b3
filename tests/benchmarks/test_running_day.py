"""The day that mishaps happen to: what is under way stays, and changes are counted against the running plan."""

import random
from dataclasses import replace

import pytest

from benchmarks.changes import changes
from benchmarks.instances.running_day import MISHAPS, RunningDay, carer_drops_out, elder_cancels, visit_overruns
from benchmarks.instances.town import town_day
from benchmarks.instances.town_problem import problem_of
from dispatch.engine.plan import Figures, Plan, Route, Stop
from dispatch.engine.problem import Carer, Leg, Pin, Problem, Visit, Window
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions

# ann: v1 540-600, v2 610-640 (10 minutes on), v3 700-730; bob: v4 620-650. It is 9:30.
LINE = tuple(tuple(10 * abs(a - b) for b in range(5)) for a in range(5))
VISITS = tuple(
    Visit(f"v{n}", n, (Window(540, 720),), (Leg(f"v{n}.1", minutes),))
    for n, minutes in ((1, 60), (2, 30), (3, 30), (4, 30))
)
CARERS = tuple(Carer(name, 0, 0, (Window(480, 1020),)) for name in ("ann", "bob"))
ANN = Route(
    "ann",
    530,
    (
        Stop("v1", "v1.1", 540, 540, 600, 10),
        Stop("v2", "v2.1", 610, 610, 640, 10),
        Stop("v3", "v3.1", 650, 700, 730, 10),
    ),
    760,
)
BOB = Route("bob", 580, (Stop("v4", "v4.1", 620, 620, 650, 40),), 690)
PLAN = Plan((ANN, BOB), (), Figures())
PROBLEM = Problem(VISITS, CARERS, 5, {"ebike": LINE}, earliest=570, pins=(Pin("v1.1", "ann", 540),))
DAY = RunningDay(PROBLEM, PLAN, 570, ())


class First(random.Random):
    """Always takes the first of a sequence."""

    def choice(self, seq):
        return seq[0]


def test_a_carer_who_drops_out_keeps_what_he_has_begun():
    mishap = carer_drops_out(DAY, First())

    assert mishap.must_change == {"v2", "v3"}
    assert mishap.problem.pins == PROBLEM.pins
    assert mishap.problem.carers[0].shifts == (Window(480, 570),)


def test_a_cancelled_visit_is_one_that_nobody_has_left_for():
    mishap = elder_cancels(DAY, First())

    assert [visit.id for visit in mishap.problem.visits] == ["v1", "v3", "v4"]
    assert mishap.must_change == frozenset()


def test_an_overrun_moves_what_can_not_be_reached_in_time():
    # 30 minutes more: v1 ends at 630, v2 starts at 640 instead of 610, ends at 670; v3 at 700 is reached at 680.
    mishap = visit_overruns(DAY, First())

    assert mishap.must_change == {"v2"}
    assert [leg.minutes for visit in mishap.problem.visits for leg in visit.legs] == [90, 30, 30, 30]


def test_changes_are_told_apart():
    later = replace(ANN, stops=(ANN.stops[0], replace(ANN.stops[1], start=640, end=670)))
    other = replace(BOB, stops=(*BOB.stops, replace(ANN.stops[2], arrive=680)))

    made = changes(PROBLEM, PLAN, replace(PLAN, routes=(later, other)))

    assert made.start == {"v2"}
    assert made.carer == {"v3"}
    assert not made.lost and not made.won
    assert made.needless(frozenset({"v2"})) == 1


@pytest.mark.parametrize("kind", MISHAPS)
def test_every_mishap_leaves_a_problem_that_can_be_planned(kind):
    morning = problem_of(town_day(2, visits=24, carers=6, double_ups=2))
    plan = solve(morning, stop=MaxSolutions(0), seed=0)  # any plan will do
    begun = [(route, stop) for route in plan.routes for stop in route.stops if stop.start < 600]
    pins = tuple(Pin(stop.leg, route.carer, stop.start) for route, stop in begun)
    day = RunningDay(replace(morning, earliest=600, pins=pins), plan, 600, ())

    mishap = MISHAPS[kind](day, random.Random(1))

    assert mishap.must_change <= {visit.id for visit in mishap.problem.visits}
