"""Turns a draft into the plan: stops with their times, figures, cost."""

from __future__ import annotations

from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.plan import Figures, Plan, Route, Stop
from dispatch.engine.problem import CarerKind
from dispatch.engine.schedule import Scheduler


def routes_of(draft: Draft) -> tuple[Route, ...]:
    """One route per carer, in the problem's order."""
    return tuple(_route(draft, carer) for carer in range(len(draft.day.carers)))


def figures_of(draft: Draft, routes: tuple[Route, ...]) -> Figures:
    """What the routes add up to, and the exact cost."""
    day, timings, carer_of = draft.day, draft.timings, draft.carer_of
    absent = draft.absent()
    by_kind = dict.fromkeys(CarerKind, 0)
    usual_lost = not_preferred = changed_carers = changed_minutes = 0
    lateness = 0
    for leg, carer in carer_of.items():
        visit, who, start = day.visits[day.visit_of[leg]], day.carers[carer], draft.start_of(leg)
        lateness += day.lateness(leg, start)
        by_kind[who.kind] += day.minutes[leg]
        not_preferred += bool(visit.preferred) and who.id not in visit.preferred
        usual_lost += max(visit.usual.values(), default=0) - visit.usual.get(who.id, 0)
        if leg in day.told:
            changed_carers += day.told[leg].carer != who.id
            changed_minutes += abs(start - day.told[leg].start)
    return Figures(
        served=len(day.visits) - len(absent),
        unserved=len(absent),
        travel=sum(route.travel for route in routes),
        service=sum(by_kind.values()),
        waiting=sum(timing.waiting for timing in timings),
        lateness=lateness,
        highest_lateness=max((timing.latest for timing in timings), default=0),
        overtime=sum(route.overtime for route in routes),
        missed_lunches=sum(
            carer.lunch is not None and route.lunch is None for carer, route in zip(day.carers, routes, strict=True)
        ),
        not_preferred=not_preferred,
        continuity_lost=usual_lost,
        highest_idle=max([0, *(timing.idle for timing in timings)]),
        worker_minutes=by_kind[CarerKind.WORKER],
        volunteer_minutes=by_kind[CarerKind.VOLUNTEER],
        unfairness=sum(draft.scheduler.unfairness(carer, route) for carer, route in enumerate(draft.routes)),
        changed_carers=changed_carers,
        changed_minutes=changed_minutes,
        cost=draft.cost(),
    )


def draft_of(day: Day, plan: Plan) -> Draft:
    """The draft behind a plan, to try changes on; starts of linked legs and siblings stay as planned."""
    routes = [[day.leg_number[stop.leg] for stop in route.stops] for route in plan.routes]
    starts = {day.leg_number[stop.leg]: stop.start for route in plan.routes for stop in route.stops}
    draft = Draft(day, Scheduler(day))
    fixed = {
        leg: start for leg, start in starts.items() if draft.holds_starts(day.visit_of[leg]) and leg not in day.facts
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
