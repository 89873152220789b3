"""The calls of a run are made in advance, from the seed alone."""

from datetime import date
from random import Random

from benchmarks.console.calls import Call, Caller, Wish, calls_of_run

CALLERS = [Caller(key, f"+86199{key:08d}") for key in range(1, 201)]
WISHES = [
    Wish(1, date(2026, 11, 25), "08:00", "11:00", weight=1.0),
    Wish(2, date(2026, 11, 26), "14:00", "16:00", weight=0.0),
]


def calls(seed: int) -> list[Call]:
    return calls_of_run(Random(seed), callers=CALLERS, wishes=WISHES, number=75, seconds=180.0)


def test_there_are_as_many_as_asked_for_one_after_the_other_within_the_run():
    found = calls(0)

    assert len(found) == 75
    assert [call.at for call in found] == sorted(call.at for call in found)
    assert all(0 <= call.at <= 180 for call in found)


def test_nobody_calls_twice():
    assert len({call.caller.elder for call in calls(0)}) == 75


def test_what_nobody_wants_is_not_ordered():
    assert {call.wish.item for call in calls(0)} == {1}


def test_the_seed_decides():
    assert calls(1) == calls(1)
    assert calls(1) != calls(2)
