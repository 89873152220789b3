"""The judge on figures: adds up every sum and the cost again, and compares what the plan says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dispatch.engine.judge import Case, Violation
from dispatch.engine.params import Params
from dispatch.engine.plan import Figures, Route
from dispatch.engine.problem import CarerKind
from dispatch.engine.rules import Rule


def figures(case: Case) -> Figures:
    """What the plan's routes really add up to, at the plan's own prices."""
    problem, params = case.problem, case.plan.params
    absent = [visit.id for visit in problem.visits if any(leg.id not in case.placed for leg in visit.legs)]
    sums: dict[str, int] = {
        "served": len(problem.visits) - len(absent),
        "unserved": len(absent),
        "highest_idle": max([0, *(_idle(case, route) for route in case.plan.routes)]),
        **_sums_of_routes(case),
        **_sums_of_legs(case),
    }
    prices = params.price_of_absence(problem)
    return Figures(**sums, cost=_priced(params, sums) + sum(prices[visit] for visit in absent))


def _priced(params: Params, sums: dict[str, int]) -> int:
    """Each figure times its price; absent visits are priced one by one."""
    price_of = {
        "travel": params.travel,
        "lateness": params.lateness,
        "highest_lateness": params.highest_lateness,
        "waiting": params.waiting,
        "highest_idle": params.highest_idle,
        "overtime": params.overtime,
        "missed_lunches": params.missed_lunch,
        "not_preferred": params.not_preferred,
        "continuity_lost": params.continuity,
        "worker_minutes": params.worker_minute,
        "volunteer_minutes": params.volunteer_minute,
        "unfairness": params.fairness,
        "changed_carers": params.changed_carer,
        "changed_minutes": params.changed_start,
    }
    return sum(price * sums[name] for name, price in price_of.items())


def _sums_of_routes(case: Case) -> dict[str, int]:
    travel = waiting = overtime = missed = unfairness = 0
    for route in case.plan.routes:
        carer = case.carers[route.carer]
        travel += _travel(case, route)
        waiting += _waiting(case, route)
        overtime += _overtime(case, route)
        missed += carer.lunch is not None and route.lunch is None
        popular = sum(case.visits[stop.visit].popular for stop in route.stops)
        unfairness += sum(carer.popular_before + k for k in range(popular))
    return {
        "travel": travel,
        "waiting": waiting,
        "overtime": overtime,
        "missed_lunches": missed,
        "unfairness": unfairness,
    }


def _sums_of_legs(case: Case) -> dict[str, int]:
    lateness = [case.lateness(leg, stop.start) for leg, (_, stop) in case.placed.items()]
    minutes = dict.fromkeys(CarerKind, 0)
    not_preferred = continuity = changed_carers = changed_minutes = 0
    for leg, (route, stop) in case.placed.items():
        visit = case.visits[stop.visit]
        minutes[case.carers[route.carer].kind] += case.leg[leg].minutes
        not_preferred += bool(visit.preferred) and route.carer not in visit.preferred
        continuity += max(visit.usual.values(), default=0) - visit.usual.get(route.carer, 0)
        told = case.told.get(leg)
        if told is not None and told.start is not None:
            changed_carers += told.carer != route.carer
            changed_minutes += abs(stop.start - told.start)
    return {
        "service": sum(minutes.values()),
        "lateness": sum(lateness),
        "highest_lateness": max(lateness, default=0),
        "not_preferred": not_preferred,
        "continuity_lost": continuity,
        "worker_minutes": minutes[CarerKind.WORKER],
        "volunteer_minutes": minutes[CarerKind.VOLUNTEER],
        "changed_carers": changed_carers,
        "changed_minutes": changed_minutes,
    }


def _travel(case: Case, route: Route) -> int:
    carer = case.carers[route.carer]
    if not route.stops:
        return 0
    ways = [case.hop(carer, before, after) for before, after in pairwise([None, *route.stops])]
    return sum(ways) + case.hop(carer, route.stops[-1], None)


def _waiting(case: Case, route: Route) -> int:
    carer, waiting = case.carers[route.carer], 0
    for before, after in pairwise(route.stops):
        waiting += max(0, after.start - before.end - case.hop(carer, before, after))
        if route.lunch and before.end <= route.lunch[0] < after.start:
            waiting -= route.lunch[1] - route.lunch[0]
    return waiting


def _overtime(case: Case, route: Route) -> int:
    return max(0, route.back - case.carers[route.carer].shifts[-1].end) if route.stops else 0


def _idle(case: Case, route: Route) -> int:
    on_duty = sum(shift.end - shift.start for shift in case.carers[route.carer].shifts) + _overtime(case, route)
    lunch = route.lunch[1] - route.lunch[0] if route.lunch else 0
    return on_duty - _travel(case, route) - case.minutes(route) - lunch


def compare(case: Case, recomputed: Figures) -> Iterator[Violation]:
    """The plan's own figures, per plan and per route, against the recomputed ones."""
    for name in Figures.__slots__:
        said, is_so = getattr(case.plan.figures, name), getattr(recomputed, name)
        if said != is_so:
            yield Violation(Rule.FIGURES, detail=f"{name} is {is_so}, the plan says {said}")
    for route in case.plan.routes:
        carer = case.carers[route.carer]
        ways = [case.hop(carer, before, after) for before, after in pairwise([None, *route.stops])]
        if [stop.travel for stop in route.stops] != ways or route.travel != _travel(case, route):
            yield Violation(Rule.FIGURES, carer=route.carer, detail="travel of the route")
        if route.overtime != _overtime(case, route):
            yield Violation(Rule.FIGURES, carer=route.carer, detail="overtime of the route")
        ready = route.depart
        for stop, way in zip(route.stops, ways, strict=True):
            # Facts may follow each other faster than anybody travels: then he arrives as he begins.
            if not min(ready + way, stop.start) <= stop.arrive <= stop.start:
                yield Violation(Rule.FIGURES, stop.visit, route.carer, f"arrives at {stop.arrive}")
            ready = stop.end + case.problem.buffer
