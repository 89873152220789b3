"""The independent judge: recomputes every hard rule and every figure from the problem alone.

It imports neither OR-Tools nor the solver's day, schedule or draft; a mistake there
cannot hide here. Planning refuses a plan that fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from dispatch.engine.plan import Figures, Plan, Route, Stop
from dispatch.engine.problem import Carer, CarerKind, LinkKind, Problem, Visit, Window, WindowRule
from dispatch.engine.rules import Rule


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule; empty visit or carer when the rule is not about one."""

    rule: Rule
    visit: str = ""
    carer: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    violations: tuple[Violation, ...]
    figures: Figures  # recomputed

    @property
    def ok(self) -> bool:
        return not self.violations


def verify(problem: Problem, plan: Plan) -> Report:
    """Every violation of a hard rule, and the figures the routes really add up to."""
    return _Judge(problem, plan).report()


class _Judge:
    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.plan = plan
        self.visits = {visit.id: visit for visit in problem.visits}
        self.carers = {carer.id: carer for carer in problem.carers}
        self.leg = {leg.id: leg for visit in problem.visits for leg in visit.legs}
        self.owner = {leg.id: visit for visit in problem.visits for leg in visit.legs}
        self.pins = {pin.leg: pin for pin in problem.pins}
        self.facts = {pin.leg for pin in problem.pins if pin.start is not None}
        self.placed: dict[str, tuple[Route, Stop]] = {}

    def report(self) -> Report:
        unknown = list(self._unknown())
        if unknown:  # nothing else can be judged
            return Report(tuple(unknown), Figures())
        for route in self.plan.routes:
            for stop in route.stops:
                self.placed.setdefault(stop.leg, (route, stop))
        violations = [*self._completeness(), *self._pins()]
        for route in self.plan.routes:
            violations += [*self._people(route), *self._maxima(route), *self._times(route), *self._lunch(route)]
        for visit in self.problem.visits:
            violations += self._links(visit)
        figures = self._figures()
        violations += self._compare(figures)
        return Report(tuple(violations), figures)

    def _unknown(self) -> Iterator[Violation]:
        """Ids that point nowhere, and carers without exactly one route."""
        routes = Counter(route.carer for route in self.plan.routes)
        for carer in sorted(routes.keys() | self.carers.keys()):
            if carer not in self.carers or routes[carer] != 1:
                yield Violation(Rule.ONCE, carer=carer, detail=f"{routes[carer]} routes")
        for route in self.plan.routes:
            for stop in route.stops:
                if stop.leg not in self.owner or self.owner[stop.leg].id != stop.visit:
                    yield Violation(Rule.ONCE, stop.visit, route.carer, f"unknown leg {stop.leg}")
        for unserved in self.plan.unserved:
            if unserved.visit not in self.visits:
                yield Violation(Rule.ONCE, unserved.visit, detail="unknown visit")

    def _completeness(self) -> Iterator[Violation]:
        times = Counter(stop.leg for route in self.plan.routes for stop in route.stops)
        listed = Counter(unserved.visit for unserved in self.plan.unserved)
        for visit in self.problem.visits:
            present = [leg.id for leg in visit.legs if times[leg.id]]
            full = len(present) == len(visit.legs)
            if any(times[leg] > 1 for leg in present):
                yield Violation(Rule.ONCE, visit.id, detail="a leg is planned twice")
            if listed[visit.id] != (0 if full else 1):
                yield Violation(Rule.ONCE, visit.id, detail=f"listed as unserved {listed[visit.id]} times")
            if present and not full and any(leg not in self.pins for leg in present):
                yield Violation(Rule.ALL_OR_NONE, visit.id, detail=f"{len(present)} of {len(visit.legs)} legs")
            if visit.mandatory and not full:
                yield Violation(Rule.MANDATORY, visit.id)

    def _pins(self) -> Iterator[Violation]:
        for pin in self.problem.pins:
            visit = self.owner[pin.leg].id
            if pin.leg not in self.placed:
                yield Violation(Rule.PINNED, visit, pin.carer, "not planned")
                continue
            route, stop = self.placed[pin.leg]
            if route.carer != pin.carer or (pin.start is not None and stop.start != pin.start):
                yield Violation(Rule.PINNED, visit, pin.carer, f"planned for {route.carer} at {stop.start}")

    def _people(self, route: Route) -> Iterator[Violation]:
        """Who may do it; the choice of a pinned carer is not asked again."""
        carer = self.carers[route.carer]
        for stop in route.stops:
            if stop.leg in self.pins:
                continue
            visit = self.visits[stop.visit]
            missing = self.leg[stop.leg].skills - carer.skills
            broken = {
                Rule.SKILLS: bool(missing),
                Rule.GENDER: visit.gender is not None and visit.gender != carer.gender,
                Rule.BARRED: carer.id in visit.barred,
                Rule.OWN_PERSON: visit.person is not None and visit.person == carer.person,
                Rule.WORKERS_ONLY: visit.workers_only and carer.kind is CarerKind.VOLUNTEER,
                Rule.FORBIDDEN: (visit.id, carer.id) in self.problem.forbidden,
                Rule.RADIUS: self._is_too_far(carer, visit),
            }
            for rule, is_broken in broken.items():
                if is_broken:
                    yield Violation(rule, visit.id, carer.id, ", ".join(sorted(missing)) if rule is Rule.SKILLS else "")

    def _is_too_far(self, carer: Carer, visit: Visit) -> bool:
        metres = self.problem.metres
        if carer.radius_metres is None or metres is None:
            return False
        return metres[carer.start_place][visit.place] > carer.radius_metres

    def _maxima(self, route: Route) -> Iterator[Violation]:
        """Daily maxima; facts may exceed them, then nothing else may be added."""
        carer = self.carers[route.carer]
        if all(stop.leg in self.facts for stop in route.stops):
            return
        minutes = sum(self.leg[stop.leg].minutes for stop in route.stops)
        if carer.max_visits is not None and len(route.stops) > carer.max_visits:
            yield Violation(Rule.MAX_VISITS, carer=carer.id, detail=f"{len(route.stops)} of {carer.max_visits}")
        if carer.max_minutes is not None and minutes > carer.max_minutes:
            yield Violation(Rule.MAX_MINUTES, carer=carer.id, detail=f"{minutes} of {carer.max_minutes}")

    def _times(self, route: Route) -> Iterator[Violation]:
        carer = self.carers[route.carer]
        if not route.stops:
            return
        for stop in route.stops:
            yield from self._moment(carer, stop)
        first, last = route.stops[0], route.stops[-1]
        if first.leg not in self.facts:
            if route.depart < carer.shifts[0].start:
                yield Violation(Rule.SHIFT, first.visit, carer.id, f"leaves at {route.depart}")
            if route.depart < self.problem.earliest:
                yield Violation(Rule.EARLIEST, first.visit, carer.id, f"leaves at {route.depart}")
        if route.depart + self._hop(carer, None, first) > first.start:
            yield Violation(Rule.SEQUENCE, first.visit, carer.id, f"leaves at {route.depart} for {first.start}")
        for before, after in pairwise(route.stops):
            both_facts = before.leg in self.facts and after.leg in self.facts
            ready = before.end + self._hop(carer, before, after) + self.problem.buffer
            if not both_facts and ready > after.start:
                yield Violation(Rule.SEQUENCE, after.visit, carer.id, f"ready at {ready} for {after.start}")
        if route.back < last.end + self._hop(carer, last, None):
            yield Violation(Rule.SEQUENCE, last.visit, carer.id, f"cannot be back at {route.back}")
        if last.leg not in self.facts and route.back > carer.shifts[-1].end + carer.max_overtime:
            yield Violation(Rule.OVERTIME_LIMIT, last.visit, carer.id, f"back at {route.back}")

    def _moment(self, carer: Carer, stop: Stop) -> Iterator[Violation]:
        """One stop against duration, window, shift and the present."""
        visit = self.visits[stop.visit]
        if stop.end - stop.start != self.leg[stop.leg].minutes:
            yield Violation(Rule.DURATION, visit.id, carer.id, f"{stop.end - stop.start} minutes")
        if stop.leg in self.facts:
            return
        if stop.start < visit.windows[0].start or self._late(stop) > visit.max_lateness:
            yield Violation(Rule.WINDOW, visit.id, carer.id, f"starts at {stop.start}")
        *others, final = carer.shifts
        prolonged = [*others, Window(final.start, final.end + carer.max_overtime)]
        if not any(shift.start <= stop.start and stop.end <= shift.end for shift in prolonged):
            yield Violation(Rule.SHIFT, visit.id, carer.id, f"{stop.start}-{stop.end}")
        if stop.start < self.problem.earliest:
            yield Violation(Rule.EARLIEST, visit.id, carer.id, f"starts at {stop.start}")

    def _hop(self, carer: Carer, before: Stop | None, after: Stop | None) -> int:
        origin = self.visits[before.visit].place if before else carer.start_place
        target = self.visits[after.visit].place if after else carer.end_place
        return self.problem.travel[carer.mode][origin][target]

    def _late(self, stop: Stop) -> int:
        visit = self.visits[stop.visit]
        moment = stop.start if visit.window_rule is WindowRule.START else stop.end
        opened = [window for window in visit.windows if window.start <= stop.start] or [visit.windows[0]]
        return max(0, moment - opened[-1].end)

    def _lunch(self, route: Route) -> Iterator[Violation]:
        carer = self.carers[route.carer]
        lunch = carer.lunch
        if route.lunch is None:
            if lunch is not None and lunch.required and self._facts_leave_room(carer):
                yield Violation(Rule.LUNCH, carer=carer.id, detail="no break")
            return
        begin, end = route.lunch
        if lunch is None:
            yield Violation(Rule.LUNCH, carer=carer.id, detail="a break nobody asked for")
        elif begin < lunch.window.start or end > lunch.window.end or end - begin < lunch.minutes:
            yield Violation(Rule.LUNCH, carer=carer.id, detail=f"{begin}-{end} is not in its window")
        elif not self._is_free(route, begin, end):
            yield Violation(Rule.LUNCH, carer=carer.id, detail=f"{begin}-{end} meets travel or a visit")

    def _is_free(self, route: Route, begin: int, end: int) -> bool:
        """True when the break leaves room for every visit and, before or after it, each way."""
        if not route.stops:
            return True
        carer = self.carers[route.carer]
        first, last = route.stops[0], route.stops[-1]
        gaps = [(route.depart, self._hop(carer, None, first), first.start)]
        for before, after in pairwise(route.stops):
            gaps.append((before.end, self._hop(carer, before, after) + self.problem.buffer, after.start))
        gaps.append((last.end, self._hop(carer, last, None), route.back))
        if end <= route.depart or begin >= route.back:
            return True
        return any(
            opens <= begin and end <= closes and (end + hop <= closes or opens + hop <= begin)
            for opens, hop, closes in gaps
        )

    def _facts_leave_room(self, carer: Carer) -> bool:
        """True when a carer's facts alone allow his break; otherwise he is excused."""
        lunch = carer.lunch
        mine = sorted(
            (pin.start, self.leg[pin.leg].minutes, self.owner[pin.leg].place)
            for pin in self.problem.pins
            if pin.carer == carer.id and pin.start is not None
        )
        if lunch is None or not mine:
            return True
        matrix = self.problem.travel[carer.mode]
        opens, closes, minutes = lunch.window.start, lunch.window.end, lunch.minutes
        start, _, place = mine[0]
        if min(closes, start - matrix[carer.start_place][place]) - opens >= minutes:
            return True  # before leaving
        leaves = min(carer.shifts[0].start, start - matrix[carer.start_place][place])
        gaps = [(leaves, matrix[carer.start_place][place], start)]
        for (begun, lasts, here), (then, _, there) in pairwise(mine):
            gaps.append((begun + lasts, matrix[here][there] + self.problem.buffer, then))
        for ready, hop, until in gaps:
            before_way = min(closes, until - hop) - max(opens, ready)
            after_way = min(closes, until) - max(opens, ready + hop)
            if max(before_way, after_way) >= minutes:
                return True
        return closes - max(opens, mine[-1][0] + mine[-1][1]) >= minutes  # after the last one

    def _links(self, visit: Visit) -> Iterator[Violation]:
        present = [(leg.id, *self.placed[leg.id]) for leg in visit.legs if leg.id in self.placed]
        if len({route.carer for _, route, _ in present}) < len(present):
            yield Violation(Rule.DISTINCT_CARERS, visit.id)
        if visit.link is None or len(present) < len(visit.legs):
            return
        for (one, _, first), (two, _, second) in pairwise(present):
            gap = second.start - first.start
            if one in self.facts and two in self.facts:
                continue
            if visit.link.kind is LinkKind.SIMULTANEOUS and gap != 0:
                yield Violation(Rule.LINK, visit.id, detail=f"{gap} minutes apart")
            if visit.link.kind is LinkKind.SEQUENTIAL and not visit.link.min_gap <= gap <= visit.link.max_gap:
                yield Violation(Rule.LINK, visit.id, detail=f"{gap} minutes apart")

    def _figures(self) -> Figures:
        params, travel = self.plan.params, 0
        lateness = [self._late(stop) for _, stop in self.placed.values()]
        waiting = overtime = missed = 0
        for route in self.plan.routes:
            carer = self.carers[route.carer]
            missed += carer.lunch is not None and route.lunch is None
            if not route.stops:
                continue
            ways = [self._hop(carer, None, route.stops[0]), self._hop(carer, route.stops[-1], None)]
            for before, after in pairwise(route.stops):
                ways.append(self._hop(carer, before, after))
                idle = max(0, after.start - before.end - ways[-1])
                if route.lunch and before.end <= route.lunch[0] < after.start:
                    idle -= route.lunch[1] - route.lunch[0]
                waiting += idle
            travel += sum(ways)
            overtime += max(0, route.back - carer.shifts[-1].end)
        not_preferred = continuity = 0
        for route, stop in self.placed.values():
            visit = self.visits[stop.visit]
            not_preferred += bool(visit.preferred) and route.carer not in visit.preferred
            continuity += max(visit.usual.values(), default=0) - visit.usual.get(route.carer, 0)
        absent = [visit.id for visit in self.problem.visits if any(leg.id not in self.placed for leg in visit.legs)]
        prices = params.price_of_absence(self.problem)
        cost = (
            params.travel * travel
            + params.lateness * sum(lateness)
            + params.overtime * overtime
            + params.missed_lunch * missed
            + params.not_preferred * not_preferred
            + params.continuity * continuity
            + sum(prices[visit] for visit in absent)
        )
        return Figures(
            served=len(self.problem.visits) - len(absent),
            unserved=len(absent),
            travel=travel,
            service=sum(self.leg[leg].minutes for leg in self.placed),
            waiting=waiting,
            lateness=sum(lateness),
            highest_lateness=max(lateness, default=0),
            overtime=overtime,
            missed_lunches=missed,
            not_preferred=not_preferred,
            continuity_lost=continuity,
            cost=cost,
        )

    def _compare(self, figures: Figures) -> Iterator[Violation]:
        """The plan's own figures, per plan and per route, against the recomputed ones."""
        for name in Figures.__slots__:
            said, is_so = getattr(self.plan.figures, name), getattr(figures, name)
            if said != is_so:
                yield Violation(Rule.FIGURES, detail=f"{name} is {is_so}, the plan says {said}")
        for route in self.plan.routes:
            carer = self.carers[route.carer]
            travel = [stop.travel for stop in route.stops]
            ways = [self._hop(carer, *pair) for pair in pairwise([None, *route.stops])]
            home = self._hop(carer, route.stops[-1], None) if route.stops else 0
            overtime = max(0, route.back - carer.shifts[-1].end) if route.stops else 0
            if travel != ways or route.travel != sum(ways) + home:
                yield Violation(Rule.FIGURES, carer=route.carer, detail="travel of the route")
            if route.overtime != overtime:
                yield Violation(Rule.FIGURES, carer=route.carer, detail="overtime of the route")
            ready = route.depart
            for stop, way in zip(route.stops, ways, strict=True):
                # Facts may follow each other faster than anybody travels: then he arrives as he begins.
                if not min(ready + way, stop.start) <= stop.arrive <= stop.start:
                    yield Violation(Rule.FIGURES, stop.visit, route.carer, f"arrives at {stop.arrive}")
                ready = stop.end + self.problem.buffer
