"""A town day in the middle of being carried out, and what goes wrong with it.

At `now` every visit that has begun, or that its carer has already left for, is a fact: a pin
with its minute. Nothing else is pinned.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from benchmarks.instances.town import town_day
from benchmarks.instances.town_problem import problem_of
from dispatch.engine.plan import Plan, Route, Stop
from dispatch.engine.problem import Pin, Problem, Visit, Window
from dispatch.engine.repair import told
from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSeconds

OVERRUNS = (30, 45, 60)  # minutes


@dataclass(frozen=True, slots=True)
class RunningDay:
    """The morning's plan; `problem` is what is known now; `spare` are visits of the day that nobody asked for yet."""

    problem: Problem
    plan: Plan
    now: int  # minutes from midnight
    spare: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Mishap:
    """The problem after it, with what people were told, and the visits that cannot stay as they were planned."""

    problem: Problem
    must_change: frozenset[str]


def running_day(
    seed: int, *, visits: int, carers: int, double_ups: int, spare: int, seconds: float, now: int
) -> RunningDay:
    """Plans the day for so many seconds, then lets it run until `now`."""
    everything = problem_of(town_day(seed, visits=visits + spare, carers=carers, double_ups=double_ups))
    morning = replace(everything, visits=everything.visits[:visits])
    plan = solve(morning, stop=MaxSeconds(seconds), seed=seed)
    begun = [(route, stop) for route in plan.routes for stop in _under_way(route, now)]
    problem = replace(
        morning, earliest=now, pins=tuple(Pin(stop.leg, route.carer, stop.start) for route, stop in begun)
    )
    later = tuple(visit for visit in everything.visits[visits:] if visit.windows[-1].end > now)
    return RunningDay(problem, plan, now, later)


def _under_way(route: Route, now: int) -> Iterator[Stop]:
    """The stops that the carer has begun or has left for; he leaves as soon as the one before ends."""
    leaves = route.depart
    for stop in route.stops:
        if leaves < now:
            yield stop
        leaves = stop.end


def carer_drops_out(day: RunningDay, luck: random.Random) -> Mishap:
    """One carer with work ahead is gone from now on; what he has begun stays his."""
    busy = [route for route in day.plan.routes if any(stop.start >= day.now for stop in route.stops)]
    route = luck.choice(busy)
    ahead = {stop.leg for stop in route.stops if stop.start >= day.now}
    carers = tuple(
        replace(carer, shifts=(Window(carer.shifts[0].start, max(carer.shifts[0].start, day.now)),), max_overtime=0)
        if carer.id == route.carer
        else carer
        for carer in day.problem.carers
    )
    pins = tuple(pin for pin in day.problem.pins if pin.leg not in ahead)
    return Mishap(
        told(replace(day.problem, carers=carers, pins=pins), day.plan),
        frozenset(stop.visit for stop in route.stops if stop.leg in ahead),
    )


def elder_cancels(day: RunningDay, luck: random.Random) -> Mishap:
    """A visit that nobody has left for yet is not wanted any more; nothing else has to change."""
    pinned = {pin.leg for pin in day.problem.pins}
    planned = {stop.visit for route in day.plan.routes for stop in route.stops}
    free = [v for v in day.problem.visits if v.id in planned and not any(leg.id in pinned for leg in v.legs)]
    gone = luck.choice(free)
    left = replace(day.problem, visits=tuple(v for v in day.problem.visits if v.id != gone.id))
    return Mishap(told(left, day.plan), frozenset())


def visit_overruns(day: RunningDay, luck: random.Random) -> Mishap:
    """A visit under way lasts longer; those after it that its carers cannot reach in time must change."""
    going = [(route, stop) for route in day.plan.routes for stop in route.stops if stop.start < day.now < stop.end]
    _, late = luck.choice(going)
    more = luck.choice(OVERRUNS)
    visits = tuple(
        replace(visit, legs=tuple(replace(leg, minutes=leg.minutes + more) for leg in visit.legs))
        if visit.id == late.visit
        else visit
        for visit in day.problem.visits
    )
    must = {
        stop.visit
        for route in day.plan.routes
        if any(each.visit == late.visit for each in route.stops)
        for stop in _too_early(route, late.visit, more)
    }
    return Mishap(told(replace(day.problem, visits=visits), day.plan), frozenset(must))


def _too_early(route: Route, late: str, more: int) -> Iterator[Stop]:
    """The stops whose planned start is before the carer can be there, once `late` lasts `more` minutes longer."""
    ready: int | None = None
    for stop in route.stops:
        if ready is not None:
            arrives = ready + stop.travel
            if arrives <= stop.start:
                return
            yield stop
            ready = arrives + stop.end - stop.start
        elif stop.visit == late:
            ready = stop.end + more


MISHAPS: dict[str, Callable[[RunningDay, random.Random], Mishap]] = {
    "carer drops out": carer_drops_out,
    "elder cancels": elder_cancels,
    "visit overruns": visit_overruns,
}
