"""A problem that contradicts itself is refused with a text that names the part."""

from dataclasses import replace

import pytest

from dispatch.engine.params import Params
from dispatch.engine.problem import (
    Leg,
    Link,
    LinkKind,
    Lunch,
    Pin,
    Priority,
    ProblemError,
    Window,
)
from dispatch.engine.stop import Cancelled, MaxSeconds, MaxSolutions
from tests.dispatch.engine.town import LINE, METRES, carer, day_of, pair, problem, visit

BAD = [
    (lambda: Window(600, 540), "window 600-540 ends before it starts"),
    (lambda: Leg("v1.1", 0), "leg v1.1 lasts 0 minutes"),
    (lambda: Leg("v1.1", -30), "leg v1.1 lasts -30 minutes"),
    (lambda: Leg("v1.1", 30, frozenset({""})), "leg v1.1 needs a skill without a name"),
    (lambda: problem([replace(visit(), legs=(Leg("v1.1", 4321),))], []), "leg v1.1 lasts longer than the horizon"),
    (
        lambda: problem([visit(windows=(Window(4000, 4321),))], []),
        "a window of visit v1, 4000-4321, lies outside the horizon of 4320 minutes",
    ),
    (lambda: problem([], [carer(shifts=(Window(-1441, 600),))]), "a shift of carer ann, -1441-600, lies outside"),
    (
        lambda: problem([], [carer(lunch=Lunch(Window(5000, 5100), 30))]),
        "the lunch of carer ann, 5000-5100, lies outside",
    ),
    (lambda: problem([], [], places=1, travel={"ebike": ((2**31,),)}, metres=None), "has an entry above 2147483647"),
    (
        lambda: problem([replace(visit(legs=2, link=Link(LinkKind.SIMULTANEOUS)), legs=(Leg("v1.1", 30),) * 2)], []),
        "leg v1.1 occurs twice",  # a pair that names itself
    ),
    (
        lambda: problem([visit()], [], published=(Pin("v9.1", "ann", 600),)),
        "published plan has unknown leg v9.1",
    ),
    (lambda: problem([visit()], [], published=(Pin("v1.1", "ann"),)), "published leg v1.1 has no minute"),
    (lambda: problem([], [], organisation_minutes={"red": -1}), "organisation red has a negative limit"),
    (lambda: Link(LinkKind.SEQUENTIAL, 60, 30), "link gap 60-30 is empty or negative"),
    (lambda: Lunch(Window(690, 700), 30), "lunch of 30 minutes does not fit 690-700"),
    (lambda: visit(windows=()), "visit v1 has no window"),
    (lambda: visit(legs=0), "visit v1 has no leg"),
    (lambda: visit(legs=2), "visit v1 has several legs but no link"),
    (lambda: visit(windows=(Window(600, 700), Window(650, 800))), "windows of visit v1 overlap"),
    (lambda: visit(max_lateness=-1), "visit v1 has a negative lateness limit"),
    (lambda: visit(usual={"ann": -1}), "visit v1 has a negative continuity weight"),
    (lambda: visit(usual={"ann": 10**8}), "visit v1 has a continuity weight above 10000000"),
    (lambda: visit(max_lateness=10**18), "visit v1 has a lateness limit above"),
    (lambda: carer(max_overtime=9 * 10**18), "carer ann has a max_overtime above"),
    (lambda: Link(LinkKind.SEQUENTIAL, 0, 10**18), "a link has a gap above"),
    (lambda: problem([], [], organisation_minutes={"red": 10**30}), "organisation red has a limit above"),
    (lambda: problem([], [], buffer=4321), "a buffer of 4321 minutes is longer than the horizon"),
    (lambda: problem([], [], earliest=10**18), "the present, 1000000000000000000, lies outside the horizon"),
    (lambda: problem([], [], horizon=10**13), "the horizon of 10000000000000 minutes is none, or too far"),
    (
        lambda: problem([visit()], [carer()], pins=(Pin("v1.1", "ann", 4321),)),
        "leg v1.1 is pinned or published at 4321, outside the horizon",
    ),
    (
        lambda: problem([visit()], [carer()], published=(Pin("v1.1", "ann", -1441),)),
        "leg v1.1 is pinned or published at -1441, outside the horizon",
    ),
    (lambda: day_of(problem([], []), lateness=10**8), "comes to 432000000000 points, more than"),
    (
        lambda: day_of(problem([visit(usual={"ann": 10**6})], []), continuity=10**6),
        "comes to 1000000000000 points, more than",
    ),
    (lambda: carer(shifts=()), "carer ann has no shift"),
    (lambda: carer(shifts=(Window(540, 600), Window(600, 660))), "shifts of carer ann overlap, touch"),
    (lambda: carer(max_visits=-1), "carer ann has a negative max_visits"),
    (lambda: problem([], [], version=2), "problem form 2 is not 1"),
    (lambda: problem([], [], buffer=-5), "buffer is negative"),
    (lambda: problem([visit(), visit()], []), "visit v1 occurs twice"),
    (lambda: problem([], [carer(), carer()]), "carer ann occurs twice"),
    (lambda: problem([visit(place=61)], []), "visit v1 is at unknown place 61"),
    (lambda: problem([], [carer(mode="boat")]), "carer ann travels by 'boat', which has no matrix"),
    (lambda: problem([], [], travel={"ebike": LINE[:-1]}), "travel matrix 'ebike' has 60 rows for 61 places"),
    (lambda: problem([], [], places=1, travel={"ebike": ((-1,),)}, metres=None), "has a negative entry"),
    (lambda: problem([], [], metres=METRES[:3]), "metres matrix has 3 rows for 61 places"),
    (lambda: problem([], [carer(radius_metres=500)], metres=None), "has a radius but the problem has no metres"),
    (lambda: problem([visit()], [carer()], pins=(Pin("v9.1", "ann"),)), "pin of unknown leg v9.1"),
    (lambda: problem([visit()], [carer()], pins=(Pin("v1.1", "eve"),)), "leg v1.1 is pinned to unknown carer eve"),
    (
        lambda: problem([visit()], [carer()], pins=(Pin("v1.1", "ann"), Pin("v1.1", "ann", 600))),
        "pinned leg v1.1 occurs twice",
    ),
    (
        lambda: problem(
            [pair("v1", Link(LinkKind.SIMULTANEOUS))],
            [carer()],
            pins=(Pin("v1.1", "ann"), Pin("v1.2", "ann")),
        ),
        "two legs of visit v1 are pinned to carer ann",
    ),
]


@pytest.mark.parametrize(("build", "text"), BAD, ids=[text for _, text in BAD])
def test_a_contradiction_is_refused(build, text):
    with pytest.raises(ProblemError) as refused:
        build()

    assert text in str(refused.value)


def test_an_absent_visit_outweighs_all_absent_visits_of_lower_tiers():
    tiers = [Priority.COMPANIONSHIP, Priority.COMPANIONSHIP, Priority.ORDINARY, Priority.URGENT]
    asked = problem([visit(f"v{n}", priority=tier) for n, tier in enumerate(tiers)], [])

    prices = Params().price_of_absence(asked)

    # ordinary = 1000 + 2 x 1000; urgent = 1000 + 2 x 1000 + 3000
    assert prices == {"v0": 1000, "v1": 1000, "v2": 3000, "v3": 6000}


def test_a_mandatory_visit_outweighs_everything():
    asked = problem([visit("v1", mandatory=True), visit("v2", priority=Priority.URGENT)], [])

    assert Params().price_of_absence(asked) == {"v1": 1_001_000, "v2": 1000}


@pytest.mark.parametrize(
    "prices",
    [{"travel": -1}, {"lateness": -1}, {"unserved": 0}],  # an empty plan would win with the last
)
def test_senseless_prices_are_refused(prices):
    with pytest.raises(ValueError, match="price"):
        Params(**prices)


def test_stops_say_what_ends_the_search():
    called_off = Cancelled(lambda: True, otherwise=MaxSeconds(5))

    assert (called_off.seconds(), called_off.solutions(), called_off.is_cancelled()) == (5, None, True)
    assert (MaxSolutions(7).seconds(), MaxSolutions(7).solutions(), MaxSolutions(7).is_cancelled()) == (None, 7, False)
    with pytest.raises(ValueError, match="cannot search for -1 seconds"):
        MaxSeconds(-1)
    with pytest.raises(ValueError, match="cannot look at -1 solutions"):
        MaxSolutions(-1)
