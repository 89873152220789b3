"""How good a plan can be at all: column generation over the routes of a search.

GLOP solves the linear relaxation of choosing routes, the pricing kernel looks for routes that would improve it, and
every pair of dual prices gives a bound (Lagrange): no plan costs less than the duals of all legs, plus for each carer the
least reduced cost of a route, plus for each visit what leaving it out would save. The pricing leaves rules out, never
in, so the bound holds for the day with all its rules. What is left of the relaxation says which carers and which hours
of the day are scarce.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import monotonic

import numpy as np
from ortools.linear_solver import pywraplp

from dispatch.engine.arrays import (
    END,
    FACT,
    FIRST,
    FORBIDDEN,
    HOME,
    LAST,
    MINUTES,
    MODE,
    NO_MINUTE,
    NONE,
    PLACE,
    TRAVEL_PRICE,
    VISIT,
    Arrays,
    Ints,
)
from dispatch.engine.pool import Column
from dispatch.engine.pricing_kernel import LABEL_COLUMNS, Floats, cheapest_route

NG_SIZE = 10  # near legs that a label remembers
MOST_LABELS = 400_000
MOST_COLUMNS = 4_000  # in the master; the dearest by reduced cost are dropped
FIRST_CAP, CAP_GROWTH = 40.0, 4.0  # points: duals of legs begin in a small box, which grows where it binds
SMOOTHING = 0.6  # weight of the best duals so far
DEAREST = 1e9  # points: above that floats no longer tell minutes apart
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Proof:
    """What column generation found out; points."""

    bound: int | None  # no plan costs less; None = not known
    rounds: int
    carers: dict[int, float]  # what one more such day of a carer would save, only above 0
    hours: dict[int, float]  # mean price of serving a leg whose windows open in that hour of the day


def prove(
    day: Arrays, columns: Sequence[Column], points: int, *, seconds: float | None, rounds: int | None = None
) -> Proof:
    """The best bound found in the time or number of rounds, for a plan that costs so many points.

    No bound is known for days with facts, whose routes the pricing does not know, and where strict tiers make prices
    so large that floats cannot add them up.
    """
    if not len(day.leg) or not len(day.carer):
        return Proof(int(day.absence.sum()), 0, {}, {})
    if (day.leg[:, FACT] != NO_MINUTE).any() or day.absence.max(initial=0) > DEAREST:
        return Proof(None, 0, {}, {})
    return _Generation(day, columns, points).run(seconds, rounds)


@dataclass(frozen=True, slots=True)
class _Way:
    """A column of the master: how often it serves each leg, and its points."""

    carer: int
    legs: tuple[tuple[int, int], ...]
    points: float


class _Generation:
    def __init__(self, day: Arrays, columns: Sequence[Column], points: int) -> None:
        self._day, self._points = day, points
        self._cap = FIRST_CAP
        self._ways = {_way(day, column.carer, column.legs) for column in columns}
        self._near = _near(day)
        first = int(
            np.where(day.windows[:, :, FIRST] <= day.windows[:, :, LAST], day.windows[:, :, FIRST], FORBIDDEN).min()
        )
        self._first = min(first, int(day.shifts[:, :, 0].min()))
        minutes = max(int(day.windows[:, :, LAST].max()) - self._first + 2, 2)
        self._label = np.zeros((MOST_LABELS, LABEL_COLUMNS), np.int64)
        self._cost = np.zeros(MOST_LABELS, np.float64)
        self._at_minute = np.zeros(minutes, np.int64)
        self._at_leg = np.zeros(len(day.leg), np.int64)
        self._route = np.zeros(len(day.leg) + 1, np.int64)

    def run(self, seconds: float | None, rounds: int | None) -> Proof:
        began, done = monotonic(), 0
        best, centre, smoothing = 0.0, np.zeros(len(self._day.leg)), 0.0  # nothing costs less than nothing
        duals = last = self._master()
        while duals is not None and (rounds is None or done < rounds):
            if seconds is not None and monotonic() - began >= seconds:
                break
            done, last = done + 1, duals
            tried = smoothing * centre + (1 - smoothing) * duals.legs
            bound, fresh = self._price(tried)
            if bound is not None and bound > best:
                best, centre = bound, tried
            if self._points - best < 1 - TOLERANCE:
                break
            better = {way for way in fresh if _reduced(way, duals) < -TOLERANCE} - self._ways
            is_closed = duals.value - best < TOLERANCE * max(1.0, duals.value)
            if better and not is_closed:
                smoothing = SMOOTHING
                self._ways |= better
                self._drop_stale(duals)
            elif smoothing and not is_closed:
                smoothing = 0.0
                continue
            elif duals.is_boxed:
                self._cap *= CAP_GROWTH
                smoothing = 0.0
            else:
                break
            duals = self._master()
        known = math.ceil(best - TOLERANCE * max(1.0, best)) if best > 0 else None
        return Proof(known, done, *(self._scarce(last) if last else ({}, {})))

    def _master(self) -> _Duals | None:
        """The duals of the linear relaxation over the columns, None when GLOP does not vouch for them."""
        day = self._day
        solver = pywraplp.Solver.CreateSolver("GLOP")
        carers = [solver.Constraint(-solver.infinity(), 1) for _ in range(len(day.carer))]
        legs = [solver.Constraint(1, 1) for _ in range(len(day.leg))]
        objective = solver.Objective()
        for way in sorted(self._ways, key=lambda way: (way.carer, way.legs)):
            variable = solver.NumVar(0, solver.infinity(), "")
            objective.SetCoefficient(variable, way.points)
            carers[way.carer].SetCoefficient(variable, 1)
            for leg, times in way.legs:
                legs[leg].SetCoefficient(variable, times)
        absent = []
        for visit, points in enumerate(day.absence.tolist()):
            variable = solver.NumVar(0, solver.infinity(), "")
            objective.SetCoefficient(variable, min(points, self._cap))
            absent.append(variable if points > self._cap else None)
            for leg in np.flatnonzero(day.leg[:, VISIT] == visit).tolist():
                legs[leg].SetCoefficient(variable, 1)
        objective.SetMinimization()
        if solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        return _Duals(
            legs=np.array([row.dual_value() for row in legs]),
            carers=np.array([row.dual_value() for row in carers]),
            value=objective.Value(),
            is_boxed=any(each is not None and each.solution_value() > TOLERANCE for each in absent),
        )

    def _price(self, duals: Floats) -> tuple[float | None, set[_Way]]:
        """The bound that these duals of the legs give (None when labels ran out), and the routes that gave it."""
        day, fresh = self._day, set()
        saved = np.bincount(day.leg[:, VISIT], weights=duals, minlength=len(day.visit))
        bound: float | None = float(duals.sum() + np.minimum(0.0, day.absence - saved).sum())
        for carer in range(len(day.carer)):
            least, count = cheapest_route(
                day,
                carer,
                duals,
                self._near,
                self._first,
                self._label,
                self._cost,
                self._at_minute,
                self._at_leg,
                self._route,
            )
            if count < 0:
                bound = None
            elif bound is not None:
                bound += least
            if count > 0:
                fresh.add(_way(day, carer, self._route[:count][::-1].tolist()))
        return bound, fresh

    def _drop_stale(self, duals: _Duals) -> None:
        if len(self._ways) > MOST_COLUMNS:
            ranked = sorted(self._ways, key=lambda way: (_reduced(way, duals), way.carer, way.legs))
            self._ways = set(ranked[: MOST_COLUMNS * 3 // 4])

    def _scarce(self, duals: _Duals) -> tuple[dict[int, float], dict[int, float]]:
        carers = {carer: -value for carer, value in enumerate(duals.carers.tolist()) if value < -TOLERANCE}
        of_hour: dict[int, list[float]] = {}
        for leg, value in enumerate(duals.legs.tolist()):
            of_hour.setdefault(int(self._day.windows[leg, 0, FIRST]) // 60, []).append(value)
        hours = {hour: sum(values) / len(values) for hour, values in sorted(of_hour.items())}
        return carers, hours


@dataclass(frozen=True, slots=True)
class _Duals:
    legs: Floats
    carers: Floats
    value: float  # of the relaxation
    is_boxed: bool  # leaving visits out is too cheap, because their duals are still held down


def _reduced(way: _Way, duals: _Duals) -> float:
    return float(way.points - duals.carers[way.carer] - sum(times * duals.legs[leg] for leg, times in way.legs))


def _way(day: Arrays, carer: int, legs: Sequence[int]) -> _Way:
    """A route at the price that the pricing knows: travel and leg prices."""
    who, matrix = day.carer[carer], day.travel[day.carer[carer, MODE]]
    places = [int(who[HOME]), *day.leg[list(legs), PLACE].tolist(), int(who[END])]
    travel = sum(int(matrix[here, there]) for here, there in pairwise(places))
    points = int(day.prices[TRAVEL_PRICE]) * travel + int(day.price[list(legs), carer].sum())
    return _Way(carer, tuple(sorted(Counter(legs).items())), float(points))


def _near(day: Arrays) -> Ints:
    """[L, NG_SIZE] the legs that are best not served twice: each leg itself and its nearest by travel."""
    places = day.leg[:, PLACE]
    apart = day.travel[0][np.ix_(places, places)].astype(np.int64)
    apart = apart + apart.T + day.leg[:, MINUTES][None, :] // 4
    apart[np.arange(len(places)), np.arange(len(places))] = -1
    count = min(NG_SIZE, len(places))
    near = np.full((len(places), NG_SIZE), NONE, np.int64)
    near[:, :count] = np.argsort(apart, axis=1, kind="stable")[:, :count]
    return near
