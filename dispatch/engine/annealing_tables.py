"""The day in the form of the annealing: fixed tables, near legs, temperatures, shares of moves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.engine import annealing_state as state
from dispatch.engine import arrays
from dispatch.engine.arrays import Arrays, Ints

WIDTH = 24  # near legs kept for each leg
HOT, COLD = 3.0, 0.01  # first and last temperature, in the price of a usual way between two visits


class Tables(NamedTuple):
    """The fixed tables in the form of the state."""

    leg: Ints
    windows: Ints
    visit: Ints
    carer: Ints
    shifts: Ints
    travel: npt.NDArray[np.int32]
    price: Ints
    prices: Ints
    near: npt.NDArray[np.int32]


def tables_of(day: Arrays) -> Tables:
    return Tables(
        _leg_table(day),
        _window_table(day),
        _visit_table(day),
        _carer_table(day),
        day.shifts,
        day.travel,
        day.price,
        _price_table(day),
        _near(day),
    )


def _leg_table(day: Arrays) -> Ints:
    legs = len(day.leg)
    table = np.zeros((legs, state.LEG_COLUMNS), np.int64)
    table[:, state.VISIT] = day.leg[:, arrays.VISIT]
    table[:, state.WINDOWS] = (day.windows[:, :, arrays.FIRST] <= day.windows[:, :, arrays.LAST]).sum(axis=1)
    movable = day.jobs[day.jobs != arrays.NONE]
    table[movable, state.MOVES] = 1
    # A leg that may start at no time or with nobody is never tried.
    hopeless = (table[:, state.WINDOWS] == 0) | (day.price.min(axis=1, initial=arrays.FORBIDDEN) >= arrays.FORBIDDEN)
    for visit in set(table[hopeless, state.VISIT].tolist()):
        table[table[:, state.VISIT] == visit, state.MOVES] = 0
    return table


def _window_table(day: Arrays) -> Ints:
    legs, most, _ = day.windows.shape
    table = np.zeros((legs, most, 4), np.int64)
    table[:, :, state.FIRST] = day.windows[:, :, arrays.FIRST]
    table[:, :, state.LAST] = day.windows[:, :, arrays.LAST]
    table[:, :, state.DUE] = day.windows[:, :, arrays.DUE]
    table[:, :, state.JUMP] = day.windows[:, :, arrays.LAST] + 1
    return table


def _visit_table(day: Arrays) -> Ints:
    table = np.zeros((len(day.visit), state.VISIT_COLUMNS), np.int64)
    of_leg = day.leg[:, arrays.VISIT]
    visits = np.arange(len(day.visit))
    table[:, state.LEG] = np.searchsorted(of_leg, visits)
    table[:, state.COUNT] = np.bincount(of_leg, minlength=len(visits))
    link = day.visit[:, arrays.LINK]
    table[:, state.TIMED] = (link == arrays.SIMULTANEOUS) | (link == arrays.SEQUENTIAL)
    sequential = link == arrays.SEQUENTIAL
    table[sequential, state.LEAST_GAP] = day.visit[sequential, arrays.MIN_GAP]
    table[sequential, state.MOST_GAP] = day.visit[sequential, arrays.MAX_GAP]
    table[:, state.ABSENCE] = day.absence
    return table


def _carer_table(day: Arrays) -> Ints:
    who = day.carer
    table = np.zeros((len(who), state.CARER_COLUMNS), np.int64)
    for mine, theirs in (
        (state.MODE, arrays.MODE),
        (state.LEAVES, arrays.LEAVES),
        (state.CLOSES, arrays.CLOSES),
        (state.OVERTIME, arrays.OVERTIME),
        (state.MOST_VISITS, arrays.MOST_VISITS),
        (state.MOST_MINUTES, arrays.MOST_MINUTES),
        (state.MEAL_OPENS, arrays.LUNCH_OPENS),
        (state.MEAL_MINUTES, arrays.LUNCH_MINUTES),
        (state.SHIFT_MINUTES, arrays.SHIFT_MINUTES),
    ):
        table[:, mine] = who[:, theirs]
    table[:, state.MEAL_LATEST] = who[:, arrays.LUNCH_CLOSES] - who[:, arrays.LUNCH_MINUTES]
    due = who[:, arrays.LUNCH_DUE] == 1
    table[:, state.MEAL_PRICE] = np.where(due, arrays.FORBIDDEN, day.prices[arrays.MISSED_LUNCH_PRICE])
    table[:, state.SHIFTS] = (day.shifts[:, :, 0] <= day.shifts[:, :, 1]).sum(axis=1)
    return table


def _price_table(day: Arrays) -> Ints:
    table = np.zeros(state.PRICES, np.int64)
    for mine, theirs in (
        (state.TRAVEL_PRICE, arrays.TRAVEL_PRICE),
        (state.LATENESS_PRICE, arrays.LATENESS_PRICE),
        (state.WORST_PRICE, arrays.HIGHEST_LATENESS_PRICE),
        (state.WAITING_PRICE, arrays.WAITING_PRICE),
        (state.IDLE_PRICE, arrays.HIGHEST_IDLE_PRICE),
        (state.OVERTIME_PRICE, arrays.OVERTIME_PRICE),
        (state.BUFFER, arrays.BUFFER),
    ):
        table[mine] = day.prices[theirs]
    return table


def _near(day: Arrays) -> npt.NDArray[np.int32]:
    """[2, L, WIDTH] the best legs before (0) and after (1) each leg, arrays.NONE where there are fewer.

    Best = least travel, plus part of the wait and the lateness that the windows force between the two.
    """
    legs = len(day.leg)
    width = min(WIDTH, max(0, legs - 1))
    found = np.full((2, legs, width), arrays.NONE, np.int32)
    place, minutes = day.leg[:, arrays.PLACE], day.leg[:, arrays.MINUTES]
    travel = day.travel.min(axis=0)
    able = day.price < arrays.FORBIDDEN
    real = day.windows[:, :, arrays.FIRST] <= day.windows[:, :, arrays.LAST]
    first = np.where(real, day.windows[:, :, arrays.FIRST], arrays.NEVER)
    due = np.where(real, day.windows[:, :, arrays.DUE], -arrays.NEVER)
    opens, closes = first.min(axis=1, initial=arrays.NEVER), due.max(axis=1, initial=-arrays.NEVER)
    for i in range(legs):
        shared = (able & able[i]).any(axis=1) & (day.leg[:, arrays.VISIT] != day.leg[i, arrays.VISIT])
        for side in (0, 1):
            if side == 0:
                hop = travel[place, place[i]]
                wait = opens[i] - (closes + minutes + hop)
                late = opens + minutes + hop - closes[i]
            else:
                hop = travel[place[i], place]
                wait = opens - (closes[i] + minutes[i] + hop)
                late = opens[i] + minutes[i] + hop - closes
            far = hop + 0.2 * np.maximum(0, wait) + np.maximum(0, late)
            far = np.where(shared, far, np.inf)
            order = np.argsort(far, kind="stable")[:width]
            order = order[np.isfinite(far[order])]
            found[side, i, : len(order)] = order
    return found


def temperatures(day: Arrays) -> tuple[float, float]:
    """First and last temperature in points, from what a usual detour costs."""
    place = day.leg[:, arrays.PLACE]
    hops = day.travel[0][np.ix_(place, place)]
    usual = float(hops[hops > 0].mean()) if (hops > 0).any() else 1.0
    points = max(1.0, usual * float(max(1, day.prices[arrays.TRAVEL_PRICE])))
    return HOT * points, COLD * points


def mix_of(day: Arrays) -> Ints:
    """Cumulated shares of the kinds of moves, of 1024."""
    timed = day.prices[arrays.WAITING_PRICE] > 0 or day.windows.shape[1] > 1
    meals = bool((day.carer[:, arrays.LUNCH_MINUTES] > 0).any())
    shares = np.array([45, 20, 14, 6, 0, 6, 6 if timed else 0, 4 if meals else 0, 2], np.float64)
    cumulated: Ints = np.round(np.cumsum(shares) / shares.sum() * 1024).astype(np.int64)
    return cumulated
