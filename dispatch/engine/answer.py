"""Turns a draft into the plan: stops with their times, figures, cost."""

from __future__ import annotations

from itertools import pairwise

from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.plan import Figures, Plan, Route, Stop
from dispatch.engine.schedule import Scheduler


def routes_of(draft: Draft) -> tuple[Route, ...]:
    """One route per carer, in the problem's order."""
    return tuple(_route(draft, carer) for carer in range(len(draft.day.carers)))


def figures_of(draft: Draft, routes: tuple[Route, ...]) -> Figures:
    """What the routes add up to, and the exact cost."""
    day = draft.day
    lateness = [day.lateness(leg, draft.start_of(leg)) for leg in draft.carer_of]
    absent = draft.absent()
    usual_lost = not_preferred = 0
    for leg, carer in draft.carer_of.items():
        visit, who = day.visits[day.visit_of[leg]], day.carers[carer].id
        not_preferred += bool(visit.preferred) and who not in visit.preferred
        usual_lost += max(visit.usual.values(), default=0) - visit.usual.get(who, 0)
    return Figures(
        served=len(day.visits) - len(absent),
        unserved=len(absent),
        travel=sum(route.travel for route in routes),
        service=sum(day.minutes[leg] for leg in draft.carer_of),
        waiting=sum(_waiting(route) for route in routes),
        lateness=sum(lateness),
        highest_lateness=max(lateness, default=0),
        overtime=sum(route.overtime for route in routes),
        missed_lunches=sum(
            carer.lunch is not None and route.lunch is None for carer, route in zip(day.carers, routes, strict=True)
        ),
        not_preferred=not_preferred,
        continuity_lost=usual_lost,
        cost=draft.cost(),
    )


def draft_of(day: Day, plan: Plan) -> Draft:
    """The draft behind a plan, to try changes on; linked starts stay as planned."""
    routes = [[day.leg_number[stop.leg] for stop in route.stops] for route in plan.routes]
    starts = {day.leg_number[stop.leg]: stop.start for route in plan.routes for stop in route.stops}
    draft = Draft(day, Scheduler(day))
    fixed = {
        leg: start for leg, start in starts.items() if draft.is_time_linked(day.visit_of[leg]) and leg not in day.facts
    }
    return Draft.of_routes(day, draft.scheduler, routes, fixed)


def _route(draft: Draft, carer: int) -> Route:
    day, timing, who = draft.day, draft.timings[carer], draft.day.carers[carer]
    matrix, place, ready = day.travel[carer], who.start_place, timing.depart
    stops: list[Stop] = []
    for leg, start in zip(draft.routes[carer], timing.starts, strict=True):
        hop = matrix[place][day.place[leg]]
        arrive = ready + hop + (day.problem.buffer if stops else 0)
        if timing.lunch and stops and ready <= timing.lunch[0] < arrive:
            arrive += timing.lunch[1] - ready
        end = start + day.minutes[leg]
        visit = day.visits[day.visit_of[leg]]
        stops.append(Stop(visit.id, day.legs[leg].id, min(arrive, start), start, end, hop))
        place, ready = day.place[leg], end
    return Route(who.id, timing.depart, tuple(stops), timing.back, timing.lunch, timing.overtime, timing.travel)


def _waiting(route: Route) -> int:
    """Idle minutes between stops, without the break."""
    idle = 0
    for before, after in pairwise(route.stops):
        idle += max(0, after.start - before.end - after.travel)
        if route.lunch and before.end <= route.lunch[0] < after.start:
            idle -= route.lunch[1] - route.lunch[0]
    return idle
