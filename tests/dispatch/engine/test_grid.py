"""Ways in one array mean what the same ways in rows mean, and are judged as strictly."""

import numpy as np
import pytest

from dispatch.engine.arrays import pack
from dispatch.engine.day import Day
from dispatch.engine.grid import Grid
from dispatch.engine.jsonform import problem_from_json, problem_to_json
from dispatch.engine.params import Params
from dispatch.engine.problem import Problem, ProblemError
from dispatch.engine.schedule import Scheduler
from tests.dispatch.engine.town import LINE, METRES, carer, problem, visit

ROWS = ((0, 3, 9), (4, 0, 5), (8, 6, 0))


def grid(rows) -> Grid:
    return Grid(np.array(rows, np.int64))


def town(ways, metres) -> Problem:
    return problem([visit()], [carer(radius_metres=4000)], travel={"ebike": ways}, metres=metres)


def test_rows_are_whole_numbers_of_python() -> None:
    ways = grid(ROWS)

    assert (len(ways), ways[1], ways[1][2], ways[0:2]) == (3, [4, 0, 5], 5, [[0, 3, 9], [4, 0, 5]])
    assert {type(each) for row in ways for each in row} == {int}


def test_it_equals_rows_of_the_same_numbers_and_no_others() -> None:
    assert grid(ROWS) == ROWS == grid(ROWS)
    assert grid(ROWS) != (*ROWS[:2], (8, 6, 1))
    assert grid(ROWS) != ROWS[:2]


def test_a_problem_packs_and_is_written_the_same() -> None:
    in_rows, in_arrays = town(LINE, METRES), town(grid(LINE), grid(METRES))

    packed = [pack(day, Scheduler(day)) for day in (Day(each, Params()) for each in (in_rows, in_arrays))]

    for one, other in zip(*packed, strict=True):
        np.testing.assert_array_equal(one, other)
    assert problem_to_json(in_arrays) == problem_to_json(in_rows)
    assert problem_from_json(problem_to_json(in_arrays)) == in_arrays


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (lambda ways: ways[:-1], "has 60 rows for 61 places"),
        (lambda ways: ways[:, :-1], "has a row of 60 for 61 places"),
        (lambda ways: np.where(ways == ways[3, 7], -1, ways), "has a negative entry"),
        (lambda ways: np.where(ways == ways[3, 7], 2**31, ways), "has an entry above 2147483647"),
    ],
)
def test_what_no_problem_may_hold_is_refused(changed, message) -> None:
    with pytest.raises(ProblemError, match=f"travel matrix 'ebike' {message}"):
        town(Grid(changed(np.array(LINE, np.int64))), METRES)


def test_a_town_without_places_is_no_mistake() -> None:
    assert problem([], [], places=0, travel={"ebike": grid(np.zeros((0, 0)))}, metres=None).places == 0
