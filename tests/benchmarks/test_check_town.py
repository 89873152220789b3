"""The judge of town days: one valid plan worked out by hand, then each rule broken once."""

from dataclasses import replace

import pytest

from benchmarks.checkers.town import check_town
from benchmarks.equal_served import travel_at
from benchmarks.instances.town import TownCarer, TownDay, TownVisit

# Places on a line, 10 minutes from one to the next; ann lives at 0, bob at 3.
DAY = TownDay(
    seed=0,
    visits=(
        TownVisit("meal", 1, "meal", 20, opens=100, closes=120),
        TownVisit("bath", 2, "hygiene", 30, opens=100, closes=200, carers=2),
        TownVisit("walk", 2, "company", 60, opens=100, closes=300),
    ),
    carers=(
        TownCarer("ann", 0, start=80, end=300, services=frozenset({"meal", "hygiene"})),
        TownCarer("bob", 3, start=80, end=300, services=frozenset({"hygiene", "company"})),
    ),
    travel=tuple(tuple(10 * abs(a - b) for b in range(4)) for a in range(4)),
)
MEAL, BATH, WALK = ["meal", "meal", 100], ["bath", "hygiene", 130], ["walk", "company", 160]
# ann: 0 -> 1 (10), 1 -> 2 (10), 2 -> 0 (20); bob: 3 -> 2 (10), stays, 2 -> 3 (10). Together 60 minutes.
VALID = {"ann": [MEAL, BATH], "bob": [BATH, WALK]}


def test_a_valid_plan_is_counted():
    verdict = check_town(DAY, VALID)

    assert verdict.broken == ()
    assert verdict.terms == {"served": 3.0, "travel": 60.0}


def test_an_absent_visit_is_only_not_served():
    verdict = check_town(DAY, {"ann": [MEAL]})

    assert verdict.broken == ()
    assert verdict.objective == 2
    assert verdict.terms == {"served": 1.0, "travel": 20.0}


@pytest.mark.parametrize(
    ("routes", "rule"),
    [
        # Somebody or something the day does not know.
        ({"eve": []}, "carer eve is not in the day"),
        ({"ann": [["tea", "meal", 100]]}, "visit tea is not in the day"),
        ({"ann": [["meal", "company", 100]]}, "meal needs meal, the route says company"),
        ({"ann": [["meal", "meal", 100.5]]}, "meal starts at 100.5, which is no whole minute"),
        # bob does not cook.
        ({"bob": [["meal", "meal", 110]]}, "bob may not give meal to meal"),
        # The window is 100-120.
        ({"ann": [["meal", "meal", 99]]}, "meal starts at 99, outside 100-120"),
        ({"ann": [["meal", "meal", 121]]}, "meal starts at 121, outside 100-120"),
        # The meal ends at 120 and the way takes 10.
        ({"ann": [MEAL, ["bath", "hygiene", 129]], "bob": [["bath", "hygiene", 129]]}, "ann reaches bath at 130"),
        # The walk ends at 291 and the way home takes 10.
        ({"bob": [["walk", "company", 231]]}, "bob is home at 301, after the shift's end at 300"),
        # A bath needs two carers, different ones, together.
        ({"ann": [BATH]}, "bath is given 1 times, needed: 2"),
        ({"ann": [BATH, ["bath", "hygiene", 160]]}, "bath is given twice by one carer"),
        ({"ann": [BATH], "bob": [["bath", "hygiene", 131]]}, "the carers of bath do not start together"),
        ({"ann": [MEAL, ["meal", "meal", 120]]}, "meal is given 2 times, needed: 1"),
    ],
)
def test_each_broken_rule_is_named(routes, rule):
    assert any(rule in broken for broken in check_town(DAY, routes).broken)


def test_a_carer_cannot_leave_before_the_shift():
    late = replace(DAY, carers=(replace(DAY.carers[0], start=91), DAY.carers[1]))

    broken = check_town(late, VALID).broken

    assert broken == ("ann reaches meal at 101, after its start at 100",)


def test_travel_at_equal_served_drops_the_dearest_visits():
    # Without the bath ann drives 20 and bob still 20: it saves 20. Without the meal or the walk nothing is saved.
    assert travel_at(DAY, VALID, served=3) == 60
    assert travel_at(DAY, VALID, served=2) == 40


def test_a_plan_is_not_levelled_upwards():
    with pytest.raises(ValueError, match="serves 1 visits, fewer than 2"):
        travel_at(DAY, {"ann": [MEAL]}, served=2)
