"""The judge on visits: planned once or listed, whole, pinned work in its place, linked parts and siblings apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise

from dispatch.engine.judge import Case, Violation
from dispatch.engine.plan import Plan, Stop
from dispatch.engine.problem import LinkKind, Problem, Visit
from dispatch.engine.rules import Rule


def unknown_ids(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Ids that point nowhere, and carers without exactly one route: nothing else can be judged then."""
    carers = {carer.id for carer in problem.carers}
    owner = {leg.id: visit.id for visit in problem.visits for leg in visit.legs}
    visits = {visit.id for visit in problem.visits}
    routes = Counter(route.carer for route in plan.routes)
    for carer in sorted(routes.keys() | carers):
        if carer not in carers or routes[carer] != 1:
            yield Violation(Rule.ONCE, carer=carer, detail=f"{routes[carer]} routes")
    for route in plan.routes:
        for stop in route.stops:
            if owner.get(stop.leg) != stop.visit:
                yield Violation(Rule.ONCE, stop.visit, route.carer, f"unknown leg {stop.leg}")
    for unserved in plan.unserved:
        if unserved.visit not in visits:
            yield Violation(Rule.ONCE, unserved.visit, detail="unknown visit")


def completeness(case: Case) -> Iterator[Violation]:
    times = Counter(stop.leg for route in case.plan.routes for stop in route.stops)
    listed = Counter(unserved.visit for unserved in case.plan.unserved)
    for visit in case.problem.visits:
        present = [leg.id for leg in visit.legs if times[leg.id]]
        full = len(present) == len(visit.legs)
        if any(times[leg] > 1 for leg in present):
            yield Violation(Rule.ONCE, visit.id, detail="a leg is planned twice")
        if listed[visit.id] != (0 if full else 1):
            yield Violation(Rule.ONCE, visit.id, detail=f"listed as unserved {listed[visit.id]} times")
        if present and not full and any(leg not in case.pins for leg in present):
            yield Violation(Rule.ALL_OR_NONE, visit.id, detail=f"{len(present)} of {len(visit.legs)} legs")
        if visit.mandatory and not full:
            yield Violation(Rule.MANDATORY, visit.id)


def pins(case: Case) -> Iterator[Violation]:
    for pin in case.problem.pins:
        visit = case.owner[pin.leg].id
        if pin.leg not in case.placed:
            yield Violation(Rule.PINNED, visit, pin.carer, "not planned")
            continue
        route, stop = case.placed[pin.leg]
        if route.carer != pin.carer or (pin.start is not None and stop.start != pin.start):
            yield Violation(Rule.PINNED, visit, pin.carer, f"planned for {route.carer} at {stop.start}")


def links(case: Case, visit: Visit) -> Iterator[Violation]:
    present = [(leg.id, *case.placed[leg.id]) for leg in visit.legs if leg.id in case.placed]
    if len({route.carer for _, route, _ in present}) < len(present):
        yield Violation(Rule.DISTINCT_CARERS, visit.id)
    if visit.link is None or len(present) < len(visit.legs):
        return
    for (one, _, first), (two, _, second) in pairwise(present):
        gap = second.start - first.start
        if one in case.facts and two in case.facts:
            continue
        if visit.link.kind is LinkKind.SIMULTANEOUS and gap != 0:
            yield Violation(Rule.LINK, visit.id, detail=f"{gap} minutes apart")
        if visit.link.kind is LinkKind.SEQUENTIAL and not visit.link.min_gap <= gap <= visit.link.max_gap:
            yield Violation(Rule.LINK, visit.id, detail=f"{gap} minutes apart")


def one_at_a_time(case: Case) -> Iterator[Violation]:
    """Two visits to one person do not overlap, unless both stand as facts."""
    of_person: dict[str, list[Stop]] = {}
    for _, stop in case.placed.values():
        person = case.visits[stop.visit].person
        if person is not None:
            of_person.setdefault(person, []).append(stop)
    for stops in of_person.values():
        for one, two in combinations(stops, 2):
            if one.visit == two.visit or (one.leg in case.facts and two.leg in case.facts):
                continue
            if one.start < two.end and two.start < one.end:
                yield Violation(Rule.ONE_AT_A_TIME, two.visit, detail=f"overlaps {one.visit}")
