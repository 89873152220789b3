"""Routes met during a search as columns, from which CP-SAT chooses the plan and GLOP tells what is scarce.

A column is one carer's route with its price and the starts of its linked legs. The choice takes one column of each
carer, each visit with all its parts or not at all, linked parts at starts that keep their link, visits to one person
one after the other, and organisations within their limits: what no single route can see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from ortools.sat.python import cp_model

from dispatch.engine.arrays import (
    FACT,
    FORBIDDEN,
    LINK,
    MAX_GAP,
    MIN_GAP,
    MINUTES,
    NO_MINUTE,
    NONE,
    ORGANISATION,
    SEQUENTIAL,
    SIMULTANEOUS,
    Arrays,
)
from dispatch.engine.ruin_state import Routes

MOST_COLUMNS = 6_000
LARGEST_OBJECTIVE = 1 << 53  # what the linear relaxation can still tell apart


@dataclass(frozen=True, slots=True)
class Column:
    """One carer's route; `starts` holds the legs with a fixed start."""

    carer: int
    legs: tuple[int, ...]
    starts: tuple[tuple[int, int], ...]
    points: int


class Pool:
    """The columns of a search, the newest kept when there are too many."""

    def __init__(self, day: Arrays) -> None:
        self._day = day
        self._columns: dict[tuple[int, tuple[int, ...], tuple[tuple[int, int], ...]], Column] = {}
        self._seen = [NONE] * len(day.carer)

    def __len__(self) -> int:
        return len(self._columns)

    def add(self, plan: Routes) -> None:
        """Keep the plan's routes that changed since they were last looked at."""
        versions = plan.version.tolist()
        for carer, version in enumerate(versions):
            if version == self._seen[carer]:
                continue
            self._seen[carer] = version
            if not plan.length[carer]:
                continue
            legs = plan.route[carer, : plan.length[carer]].tolist()
            column = column_of(plan, carer, legs, int(plan.points[carer]))
            key = (carer, column.legs, column.starts)
            self._columns.pop(key, None)
            self._columns[key] = column
        while len(self._columns) > MOST_COLUMNS:
            del self._columns[next(iter(self._columns))]

    def columns(self) -> list[Column]:
        """For each carer and set of legs with their starts the cheapest order, sorted."""
        best: dict[tuple[int, frozenset[int], tuple[tuple[int, int], ...]], Column] = {}
        for column in self._columns.values():
            key = (column.carer, frozenset(column.legs), tuple(sorted(column.starts)))
            if key not in best or column.points < best[key].points:
                best[key] = column
        return sorted(best.values(), key=lambda column: (column.carer, column.legs, column.starts))


def column_of(plan: Routes, carer: int, legs: Iterable[int], points: int) -> Column:
    """A route with the starts that the plan fixes for its legs."""
    legs = tuple(legs)
    starts = zip(legs, plan.fixed[list(legs)].tolist(), strict=True)
    return Column(carer, legs, tuple((leg, start) for leg, start in starts if start != NO_MINUTE), points)


def columns_of(plan: Routes) -> list[Column]:
    """The plan's routes, empty ones left out."""
    return [
        column_of(plan, carer, plan.route[carer, : plan.length[carer]].tolist(), int(plan.points[carer]))
        for carer in np.flatnonzero(plan.length).tolist()
    ]


def choose(
    day: Arrays, columns: list[Column], hint: Iterable[Column], *, effort: float, seconds: float | None, seed: int
) -> list[Column] | None:
    """The cheapest plan that these columns can make, None when none was found in the time.

    `effort` is CP-SAT's deterministic time: without a limit of `seconds` the same columns give the same choice.
    """
    absence = [min(int(points), LARGEST_OBJECTIVE // max(1, len(day.visit))) for points in day.absence]
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in columns]
    hinted = set(hint)
    for column, variable in zip(columns, chosen, strict=True):
        model.add_hint(variable, column in hinted)
    of_leg: dict[int, list[int]] = defaultdict(list)
    of_carer: dict[int, list[int]] = defaultdict(list)
    for number, column in enumerate(columns):
        of_carer[column.carer].append(number)
        for leg in column.legs:
            of_leg[leg].append(number)
    has_facts = {int(carer) for carer in facts_of(day)}
    for carer, numbers in of_carer.items():
        if carer in has_facts:  # a route without its facts is no column, so one of them is taken
            model.add_exactly_one(chosen[n] for n in numbers)
        else:
            model.add_at_most_one(chosen[n] for n in numbers)
    served = {}
    for visit in range(len(day.visit)):
        legs = _legs_of(day, visit)
        if not legs:
            continue
        served[visit] = model.new_bool_var("")
        for leg in legs:
            model.add(sum(chosen[n] for n in of_leg[leg]) == served[visit])
    start_of = [dict(column.starts) for column in columns]
    for one, two in _links(day, of_leg, start_of):
        model.add(sum(chosen[n] for n in one) <= sum(chosen[n] for n in two))
    for clashing in _clashes(day, of_leg, start_of):
        model.add_at_most_one(chosen[n] for n in clashing)
    for limit, minutes in _organisation_minutes(day, columns):
        model.add(sum(chosen[n] * m for n, m in minutes) <= limit)
    model.minimize(
        sum(column.points * variable for column, variable in zip(columns, chosen, strict=True))
        - sum(absence[visit] * variable for visit, variable in served.items())
    )
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = effort
    if seconds is not None:
        solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [column for column, variable in zip(columns, chosen, strict=True) if solver.boolean_value(variable)]


def facts_of(day: Arrays) -> dict[int, list[int]]:
    """The facts of each carer who has some."""
    found: dict[int, list[int]] = defaultdict(list)
    for leg in np.flatnonzero(day.leg[:, FACT] != NO_MINUTE).tolist():
        found[int(np.flatnonzero(day.price[leg] < FORBIDDEN)[0])].append(leg)
    return found


def _links(
    day: Arrays, of_leg: dict[int, list[int]], start_of: list[dict[int, int]]
) -> Iterator[tuple[list[int], list[int]]]:
    """Pairs (one, two): who takes a column of `one` must take one of `two`, for starts that keep a link."""
    for visit in np.flatnonzero((day.visit[:, LINK] == SIMULTANEOUS) | (day.visit[:, LINK] == SEQUENTIAL)).tolist():
        low, high = (0, 0) if day.visit[visit, LINK] == SIMULTANEOUS else day.visit[visit, [MIN_GAP, MAX_GAP]].tolist()
        for first, second in pairwise(_legs_of(day, visit)):
            for start, numbers in _by_start(first, of_leg, start_of).items():
                partners = [n for n in of_leg[second] if low <= start_of[n][second] - start <= high]
                yield numbers, partners


def _clashes(day: Arrays, of_leg: dict[int, list[int]], start_of: list[dict[int, int]]) -> Iterator[set[int]]:
    """Columns of which at most one may be taken, because one person would be visited twice at one time."""
    for visit in np.flatnonzero(day.siblings[:, 0] != NONE).tolist():
        for other in day.siblings[visit].tolist():
            if other <= visit:  # padding, or the pair was met from its other side
                continue
            for first, second in product(_legs_of(day, visit), _legs_of(day, other)):
                for start, numbers in _by_start(first, of_leg, start_of).items():
                    end = start + int(day.leg[first, MINUTES])
                    length = int(day.leg[second, MINUTES])
                    clashing = {n for n in of_leg[second] if start - length < start_of[n][second] < end}
                    if clashing:
                        yield clashing | set(numbers)


def _legs_of(day: Arrays, visit: int) -> list[int]:
    return [leg for leg in day.jobs[visit].tolist() if leg != NONE]


def _by_start(leg: int, of_leg: dict[int, list[int]], start_of: list[dict[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for number in of_leg[leg]:
        found[start_of[number][leg]].append(number)
    return found


def _organisation_minutes(day: Arrays, columns: list[Column]) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """For each organisation its limit, or the minutes of its facts when they are more, and its columns' minutes."""
    facts = facts_of(day)
    for group, limit in enumerate(day.organisation.tolist()):
        members = set(np.flatnonzero(day.carer[:, ORGANISATION] == group).tolist())
        given = sum(int(day.leg[leg, MINUTES]) for carer in members for leg in facts.get(carer, ()))
        minutes = [
            (number, int(day.leg[list(column.legs), MINUTES].sum()))
            for number, column in enumerate(columns)
            if column.carer in members
        ]
        if minutes:
            yield max(limit, given), minutes
