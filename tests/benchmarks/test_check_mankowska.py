"""The judge of Mankowska solutions and the exact starts: an instance of three patients, worked out by hand."""

from decimal import Decimal
from typing import Any

import pytest

from benchmarks.checkers.mankowska import check_mankowska
from benchmarks.instances.mankowska import Instance, params_of, problem_of, read_instance, sequences_of
from benchmarks.instances.mankowska_times import NoTimes, timed_routes
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions

# Nodes 0 (leave), 1, 2, 3 (patients), 4 (return). p1 needs s1; p2 needs s1 and s2 together; p3 needs s1,
# then s2 between 5 and 8 minutes later. c1 can give s1, c2 can give s2, c3 both.
TEXT = """nbNodes
5
nbVehi
3
nbServi
2
r
1 1
1 0
1 1
1 1
1 1
DS
3 4
a
1 0
0 1
1 1
x
0 1 2 3 0
y
0 0 0 0 0
d
0 10.5 20.25 30 0
10.5 0 10 20 10.5
20.25 10 0 10.0004 20.25
30 20 10.0004 0 30
0 10.5 20.25 30 0
p
0 0
0 0
0 0
5 5
5 5
5 5
5 5
5 5
5 5
5 5
5 5
5 5
0 0
0 0
0 0
mind
0 9 0 5 0
maxd
0 9 0 8 0
e
0 0 20 40 0
l
100 8 22 45 100
"""

# c1: p1 at 10.5 (2.5 late), p2 at 25.5 (3.5 late, its way takes 10), p3 at 40.501 (25.5 + 5 + 10.0004, rounded up).
# c2: p2 with c1 at 25.5 (3.5 late), p3 at 45.501, the 5 minutes after c1 (0.501 late).
# D = (10.5 + 10 + 10.0004 + 30) + (20.25 + 10.0004 + 30) = 120.7508; T = 2.5 + 3.5 + 3.5 + 0.501 = 10.001; Tmax = 3.5.
VALID = {
    "c1": [["p1", "s1", 10.5], ["p2", "s1", 25.5], ["p3", "s1", 40.501]],
    "c2": [["p2", "s2", 25.5], ["p3", "s2", 45.501]],
    "c3": [],
}
SEQUENCES = {"c1": ["p1/s1", "p2/s1", "p3/s1"], "c2": ["p2/s2", "p3/s2"]}


@pytest.fixture
def instance(tmp_path) -> Instance:
    path = tmp_path / "InstanzVNS_HCSRP_100_7.txt"
    path.write_text(TEXT)
    return read_instance(path)


def changed(carer: str, *rows: list[Any]) -> dict[str, Any]:
    return VALID | {carer: list(rows)}


def test_the_file_is_read_exactly(instance):
    double = instance.patients[2]

    assert instance.name == "E7"
    assert [patient.services for patient in instance.patients] == [(0,), (0, 1), (0, 1)]
    assert (double.opens, double.closes, double.min_gap, double.max_gap) == (40, 45, 5, 8)
    assert instance.travel[2][3] == Decimal("10.0004")
    assert instance.abilities == (frozenset({0}), frozenset({1}), frozenset({0, 1}))


def test_the_objective_is_a_third_of_three_sums(instance):
    verdict = check_mankowska(instance, VALID)

    assert verdict.broken == ()
    assert verdict.terms == {"travel": 120.7508, "total_tardiness": 10.001, "highest_tardiness": 3.5}
    assert verdict.objective == pytest.approx((120.7508 + 10.001 + 3.5) / 3)


def test_starts_are_the_earliest_that_keep_every_rule_exactly(instance):
    assert timed_routes(instance, SEQUENCES) == VALID


def test_a_first_service_waits_for_a_second_that_comes_too_late(instance):
    # c2 gives p3 after p2, c1 starts with p3: s2 at 40 + ... is held by the way, s1 follows it to within 8 minutes.
    sequences = {"c1": ["p3/s1"], "c3": ["p1/s1", "p2/s1", "p3/s2"], "c2": ["p2/s2"]}

    routes = timed_routes(instance, sequences)

    # c3: p1 10.5, p2 25.5, p3 at max(40.501, 40 + 5) = 45; c1 at 40: 5 minutes between them.
    assert routes["c3"][-1] == ["p3", "s2", 45.0]
    assert routes["c1"] == [["p3", "s1", 40.0]]
    assert check_mankowska(instance, routes).broken == ()


def test_routes_that_wait_for_each_other_have_no_times(instance):
    # p2 together and p3 in sequence, in opposite orders: each waits for the other.
    with pytest.raises(NoTimes):
        timed_routes(instance, {"c1": ["p2/s1", "p3/s1"], "c2": ["p3/s2", "p2/s2"]})


@pytest.mark.parametrize(
    ("routes", "rule"),
    [
        ({"c9": []}, "carer c9 is not in the instance"),
        (changed("c3", ["p9", "s1", 50]), "patient p9 is not in the instance"),
        (changed("c3", ["p1", "s2", 50]), "p1 does not need s2"),
        # Each service once, by somebody who can give it.
        (changed("c3", ["p1", "s1", 50]), "p1 gets s1 2 times"),
        (changed("c2", ["p2", "s2", 25.5]), "p3 gets s2 0 times"),
        (changed("c2", ["p2", "s1", 25.5], ["p3", "s2", 45.501]), "c2 cannot give s1 to p2"),
        # Two different carers.
        ({"c3": [["p2", "s1", 25], ["p2", "s2", 30]]}, "both services of p2 are given by c3"),
        # p3 opens at 40.
        (changed("c3", ["p3", "s1", 39]), "p3 s1 starts at 39, before its window opens at 40"),
        # p1 is left at 15.5 and the way takes 10; the depot is 20.25 from p2.
        (changed("c1", ["p1", "s1", 10.5], ["p2", "s1", 25.499]), "c1 reaches p2 at 25.5, after its start at 25.499"),
        (changed("c3", ["p2", "s1", 20.249]), "c3 reaches p2 at 20.25, after its start at 20.249"),
        # p2 together, p3 5 to 8 minutes apart.
        (changed("c2", ["p2", "s2", 25.501], ["p3", "s2", 45.501]), "the services of p2 start 0.001 apart"),
        (changed("c2", ["p2", "s2", 25.5], ["p3", "s2", 45.5]), "the services of p3 start 4.999 apart"),
        (changed("c2", ["p2", "s2", 25.5], ["p3", "s2", 48.502]), "the services of p3 start 8.001 apart"),
    ],
)
def test_each_broken_rule_is_named(instance, routes, rule):
    assert any(rule in broken for broken in check_mankowska(instance, routes).broken)


def test_rounded_starts_of_others_are_let_pass(instance):
    # 40.5004 rounded to three decimals lies before the arrival.
    rounded = changed("c1", ["p1", "s1", 10.5], ["p2", "s1", 25.5], ["p3", "s1", 40.5])

    assert check_mankowska(instance, rounded).broken != ()
    assert check_mankowska(instance, rounded, tolerance=Decimal("0.002")).broken == ()


def test_coming_home_after_the_depots_window_is_allowed(instance):
    late = changed("c2", ["p2", "s2", 25.5], ["p3", "s2", 45.501]) | {"c1": [], "c3": []}
    late["c1"] = [["p1", "s1", 90], ["p2", "s1", 105], ["p3", "s1", 120.001]]
    late["c2"] = [["p2", "s2", 105], ["p3", "s2", 125.001]]

    assert check_mankowska(instance, late).broken == ()


def test_a_file_with_a_number_missing_is_refused(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text(TEXT.replace("l\n100 8", "l\n100"))

    with pytest.raises(ValueError, match="4 numbers under l, 5 expected"):
        read_instance(path)


def test_our_plan_passes_the_judge(instance):
    plan = solve(problem_of(instance), stop=MaxSolutions(20), params=params_of(), seed=1)

    assert check_mankowska(instance, timed_routes(instance, sequences_of(plan))).broken == ()
