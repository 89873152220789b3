"""The draft as an OR-Tools routing model: search from it, and the best routes read back.

The model may be a little stricter or looser than the rules; the draft that comes back
is timed again by `schedule`, so nothing here can break a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import inf
from time import monotonic

import numpy as np
import numpy.typing as npt
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from dispatch.engine.day import Day
from dispatch.engine.draft import Draft
from dispatch.engine.linking import settled
from dispatch.engine.problem import LinkKind, WindowRule

HIGHEST_PENALTY = 10**12  # keeps sums of penalties inside 64 bits
MOST_CHECKS = 2_000  # steps without a solution after which a search counted in solutions ends

Grid = npt.NDArray[np.int64]


def search(
    draft: Draft,
    *,
    seed: int,
    seconds: float | None,
    solutions: int | None,
    is_cancelled: Callable[[], bool],
) -> Draft | None:
    """A draft found by guided local search from this one, None when the model found nothing."""
    return _Model(draft).search(seed, seconds, solutions, is_cancelled)


class _Model:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._day: Day = draft.day
        self._cars = [carer for carer in range(len(self._day.carers)) if not _is_rigid(draft, carer)]
        self._legs = [leg for visit in self._plannable() for leg in self._day.legs_of[visit]]
        # Legs whose partner stands outside the model stay where they are.
        planned = {leg for car in self._cars for leg in draft.routes[car]}
        self._frozen = planned.difference(self._legs)
        self._legs += sorted(self._frozen)
        self._node = {leg: node for node, leg in enumerate(self._legs)}
        count, cars = len(self._legs), len(self._cars)
        self._manager = pywrapcp.RoutingIndexManager(
            count + 2 * cars,
            cars,
            list(range(count, count + cars)),
            list(range(count + cars, count + 2 * cars)),
        )
        self._routing = pywrapcp.RoutingModel(self._manager)
        self._solver = self._routing.solver()
        problem = self._day.problem
        moments = [shift.start for carer in self._day.carers for shift in carer.shifts]
        moments += [carer.lunch.window.start for carer in self._day.carers if carer.lunch]
        moments += [fact.start for fact in self._day.facts.values()]
        self._base = min([0, problem.earliest, *moments])

    def _plannable(self) -> list[int]:
        """Visits that could be served by the model's carers, pinned ones only when already in."""
        day, cars = self._day, set(self._cars)
        bare = Draft(day, self._draft.scheduler)
        found = []
        for visit, legs in enumerate(day.legs_of):
            if self._draft.is_served(visit):
                fits = all(self._draft.carer_of[leg] in cars for leg in legs)
            else:
                fits = not any(leg in day.pinned for leg in legs) and bare.best_places(visit) is not None
            if fits and all(cars.intersection(day.eligible[leg]) for leg in legs):
                found.append(visit)
        return found

    def search(
        self, seed: int, seconds: float | None, solutions: int | None, is_cancelled: Callable[[], bool]
    ) -> Draft | None:
        if not self._legs or not self._cars:
            return None
        self._add_costs()
        self._add_time()
        self._add_maxima()
        self._add_legs()
        self._add_links()
        self._add_lunch()
        self._routing.CloseModelWithParameters(self._parameters(seconds, solutions))
        self._solver.ReSeed(seed)
        self._best: Draft | None = None
        self._cheapest = inf
        self._checks = 0
        self._routing.AddAtSolutionCallback(self._keep)
        # Breaks and links together can send the search into a dive without end, and its own
        # time limit counts twice when it starts from a given plan.
        deadline = monotonic() + seconds if seconds is not None else inf
        most_checks = MOST_CHECKS if solutions is not None else inf

        def is_over() -> bool:
            self._checks += 1
            return self._checks > most_checks or monotonic() > deadline or is_cancelled()

        self._routing.AddSearchMonitor(self._solver.CustomLimit(is_over))
        routes = [[self._node[leg] for leg in self._draft.routes[car] if leg in self._node] for car in self._cars]
        first = self._routing.ReadAssignmentFromRoutes(routes, True)
        if first is not None:
            self._routing.SolveFromAssignmentWithParameters(first, self._parameters(seconds, solutions))
        return self._best

    def _keep(self) -> None:
        """Reads a solution that the model finds cheaper, and keeps the truly cheapest."""
        self._checks = 0
        cost = self._routing.CostVar().Max()
        if cost < self._cheapest:
            self._cheapest = cost
            draft = self._read()
            if self._best is None or draft.cost() < self._best.cost():
                self._best = draft

    def _parameters(self, seconds: float | None, solutions: int | None) -> object:
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        if seconds is not None:
            parameters.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
        if solutions is not None:
            parameters.solution_limit = max(1, solutions)
        return parameters

    def _index(self, leg: int) -> int:
        return int(self._manager.NodeToIndex(self._node[leg]))

    def _grid(self, car: int) -> Grid:
        """Travel minutes between nodes for this carer: legs, then starts, then ends."""
        day = self._day
        places = [day.place[leg] for leg in self._legs]
        places += [day.carers[each].start_place for each in self._cars]
        places += [day.carers[each].end_place for each in self._cars]
        matrix = np.asarray(day.travel[car], dtype=np.int64)
        return matrix[np.ix_(places, places)]

    def _add_costs(self) -> None:
        """Travel plus what the elder would rather have, one matrix per kind of carer."""
        day, known = self._day, {}
        grids: dict[str, Grid] = {}
        for vehicle, car in enumerate(self._cars):
            mode = day.carers[car].mode
            liking = tuple(day.liking(leg, car) for leg in self._legs)
            if (mode, liking) not in known:
                if mode not in grids:
                    grids[mode] = self._grid(car) * day.params.travel
                grid = grids[mode].copy()
                grid[:, : len(self._legs)] += np.asarray(liking, dtype=np.int64)
                known[mode, liking] = self._routing.RegisterTransitMatrix(grid.tolist())
            self._routing.SetArcCostEvaluatorOfVehicle(known[mode, liking], vehicle)

    def _add_time(self) -> None:
        day, count = self._day, len(self._legs)
        known: dict[str, int] = {}
        evaluators = []
        for car in self._cars:
            mode = day.carers[car].mode
            if mode not in known:
                grid = self._grid(car).copy()
                grid[:count, :] += np.asarray([day.minutes[leg] for leg in self._legs], dtype=np.int64)[:, None]
                grid[:count, :count] += day.problem.buffer
                known[mode] = self._routing.RegisterTransitMatrix(grid.tolist())
            evaluators.append(known[mode])
        ends = [carer.shifts[-1].end + carer.max_overtime for carer in day.carers]
        ends += [fact.start + day.minutes[leg] for leg, fact in day.facts.items()]
        horizon = max(ends) - self._base + 1
        self._routing.AddDimensionWithVehicleTransits(evaluators, horizon, horizon, False, "time")
        self._time = self._routing.GetDimensionOrDie("time")
        for vehicle, car in enumerate(self._cars):
            who = day.carers[car]
            timing, route = self._draft.timings[car], self._draft.routes[car]
            leaves = who.shifts[0].start
            if not (route and route[0] in day.facts):
                leaves = max(leaves, day.problem.earliest)
            elif timing.depart < leaves:
                leaves = timing.depart
            limit = max(who.shifts[-1].end + who.max_overtime, leaves)
            start, end = self._routing.Start(vehicle), self._routing.End(vehicle)
            self._time.CumulVar(start).SetRange(leaves - self._base, limit - self._base)
            self._time.CumulVar(end).SetRange(leaves - self._base, limit - self._base)
            if who.max_overtime:
                bound = max(0, who.shifts[-1].end - self._base)
                self._time.SetCumulVarSoftUpperBound(end, bound, day.params.overtime)

    def _add_maxima(self) -> None:
        day, count = self._day, len(self._legs)
        zeros = [0] * (2 * len(self._cars))
        for name, amounts, limits in (
            ("visits", [1] * count, [day.carers[car].max_visits for car in self._cars]),
            ("minutes", [day.minutes[leg] for leg in self._legs], [day.carers[car].max_minutes for car in self._cars]),
        ):
            if all(limit is None for limit in limits):
                continue
            amount = dict(zip(self._legs, amounts, strict=True))
            used = [sum(amount[leg] for leg in self._draft.routes[car] if leg in amount) for car in self._cars]
            capacities = [
                sum(amounts) if limit is None else max(limit, load) for limit, load in zip(limits, used, strict=True)
            ]
            unary = self._routing.RegisterUnaryTransitVector(amounts + zeros)
            self._routing.AddDimensionWithVehicleCapacity(unary, 0, capacities, True, name)

    def _add_legs(self) -> None:
        day = self._day
        vehicle_of = {car: vehicle for vehicle, car in enumerate(self._cars)}
        for leg in self._legs:
            index = self._index(leg)
            moment, vehicle = self._time.CumulVar(index), self._routing.VehicleVar(index)
            visit = day.visits[day.visit_of[leg]]
            frozen = leg in self._frozen
            cars = [self._draft.carer_of[leg]] if frozen else [c for c in day.eligible[leg] if c in vehicle_of]
            optional = leg not in day.pinned and not frozen
            vehicle.SetValues([-1] * optional + [vehicle_of[car] for car in cars])
            if optional:
                penalty = -(-day.price[day.visit_of[leg]] // len(visit.legs))
                self._routing.AddDisjunction([index], min(penalty, HIGHEST_PENALTY))
            self._routing.AddVariableMinimizedByFinalizer(moment)
            if leg in day.facts or leg in self._frozen:
                moment.SetValue(self._draft.start_of(leg) - self._base)
                continue
            intervals = [(low - self._base, high - self._base) for low, high in day.window_starts(leg)]
            moment.SetRange(intervals[0][0], min(intervals[-1][1], moment.Max()))
            for (_, closed), (opened, _) in pairwise(intervals):
                if closed + 1 < opened:
                    moment.RemoveInterval(closed + 1, opened - 1)
            if visit.max_lateness:
                late_from = visit.windows[-1].end - self._base
                if visit.window_rule is WindowRule.END:
                    late_from -= day.minutes[leg]
                self._time.SetCumulVarSoftUpperBound(index, max(0, late_from), day.params.lateness)
            for car in cars:
                self._forbid_gaps(leg, car, vehicle_of[car])

    def _forbid_gaps(self, leg: int, car: int, vehicle: int) -> None:
        """A carer with several shifts serves nothing between them."""
        shifts = self._day.carers[car].shifts
        moment = self._time.CumulVar(self._index(leg))
        for before, after in pairwise(shifts):
            last = before.end - self._day.minutes[leg] - self._base
            first = after.start - self._base
            if moment.Max() > last and moment.Min() < first:
                here = self._solver.IsEqualCstVar(self._routing.VehicleVar(self._index(leg)), vehicle)
                early = self._solver.IsLessOrEqualCstVar(moment, last)
                late = self._solver.IsGreaterOrEqualCstVar(moment, first)
                self._solver.Add(early + late >= here)

    def _add_links(self) -> None:
        day = self._day
        for visit in dict.fromkeys(day.visit_of[leg] for leg in self._legs):
            link, legs = day.visits[visit].link, day.legs_of[visit]
            if link is None or len(legs) == 1 or not self._frozen.isdisjoint(legs):
                continue
            if all(leg in day.facts for leg in legs):
                continue
            indices = [self._index(leg) for leg in legs]
            for one, two in pairwise(indices):
                first, second = self._time.CumulVar(one), self._time.CumulVar(two)
                self._solver.Add(self._routing.ActiveVar(one) == self._routing.ActiveVar(two))
                if link.kind is LinkKind.SIMULTANEOUS:
                    self._solver.Add(first == second)
                elif link.kind is LinkKind.SEQUENTIAL:
                    self._solver.Add(second >= first + link.min_gap)
                    self._solver.Add(second <= first + link.max_gap)
            for k, one in enumerate(indices):
                for two in indices[k + 1 :]:
                    same = self._solver.IsEqualVar(self._routing.VehicleVar(one), self._routing.VehicleVar(two))
                    self._solver.Add(same + self._routing.ActiveVar(one) <= 1)

    def _add_lunch(self) -> None:
        """A break for every carer who has one in the draft; a break given up stays given up."""
        day = self._day
        service = [day.minutes[leg] for leg in self._legs] + [0] * (2 * len(self._cars))
        visits = [service[self._manager.IndexToNode(index)] for index in range(self._routing.Size())]
        for vehicle, car in enumerate(self._cars):
            lunch = day.carers[car].lunch
            if lunch is None or self._draft.timings[car].lunch is None:
                continue
            first = lunch.window.start - self._base
            last = lunch.window.end - lunch.minutes - self._base
            meal = self._solver.FixedDurationIntervalVar(first, last, lunch.minutes, False, f"lunch {vehicle}")
            self._time.SetBreakIntervalsOfVehicle([meal], vehicle, visits)

    def _read(self) -> Draft:
        """The present solution, timed exactly."""
        day, scheduler = self._day, self._draft.scheduler
        routes = [list(route) for route in self._draft.routes]
        starts: dict[int, int] = {}
        for vehicle, car in enumerate(self._cars):
            routes[car] = []
            index = self._routing.NextVar(self._routing.Start(vehicle)).Value()
            while not self._routing.IsEnd(index):
                leg = self._legs[self._manager.IndexToNode(index)]
                routes[car].append(leg)
                starts[leg] = self._time.CumulVar(index).Min() + self._base
                index = self._routing.NextVar(index).Value()
        fixed = dict(self._draft.fixed)
        fixed |= {leg: start for leg, start in starts.items() if self._draft.is_time_linked(day.visit_of[leg])}
        return settled(day, scheduler, routes) or Draft.of_routes(day, scheduler, routes, fixed)


def _is_rigid(draft: Draft, carer: int) -> bool:
    """True when the carer's facts break rules of time by themselves, which no model would accept."""
    day, who = draft.day, draft.day.carers[carer]
    facts = sorted((fact.start, leg) for leg, fact in day.facts.items() if fact.carer == carer)
    if not facts:
        return False
    ready, place = who.shifts[0].start, who.start_place
    for position, (start, leg) in enumerate(facts):
        if ready + day.travel[carer][place][day.place[leg]] > start:
            return True
        ready = start + day.minutes[leg] + (day.problem.buffer if position + 1 < len(facts) else 0)
        place = day.place[leg]
    return ready + day.travel[carer][place][who.end_place] > who.shifts[-1].end + who.max_overtime
