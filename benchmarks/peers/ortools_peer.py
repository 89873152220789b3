"""OR-Tools' routing model with guided local search: its default neighbourhoods, or wider ones.

Traps of the 9.15 wheel: `SetAllowedVehiclesForIndex` raises a TypeError, so the vehicle
variable gets its values; matrices go in whole, a callback in Python per arc is slow.
"""

from __future__ import annotations

from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.instances.town import TownDay
from benchmarks.neutral import Row
from benchmarks.peers.timing import timed

PENALTY = 1_000  # of an absent visit, minutes of travel

# The local search operators that are off by default and help on routes with windows.
WIDER = (
    "use_relocate_neighbors",
    "use_relocate_subtrip",
    "use_exchange_subtrip",
    "use_extended_swap_active",
    "use_path_lns",
    "use_inactive_lns",
    "use_full_path_lns",
    "use_node_pair_swap_active",
    "use_relocate_path_global_cheapest_insertion_insert_unperformed",
    "use_global_cheapest_insertion_path_lns",
    "use_local_cheapest_insertion_path_lns",
    "use_global_cheapest_insertion_expensive_chain_lns",
    "use_local_cheapest_insertion_expensive_chain_lns",
    "use_global_cheapest_insertion_close_nodes_lns",
    "use_local_cheapest_insertion_close_nodes_lns",
)


def solve_town(day: TownDay, seconds: float, seed: int) -> dict[str, list[Row]]:
    """Default neighbourhoods; the search takes no seed."""
    return _solve(day, seconds, wider=False)


def solve_town_wider(day: TownDay, seconds: float, seed: int) -> dict[str, list[Row]]:
    """All neighbourhoods that help on such days; the search takes no seed."""
    return _solve(day, seconds, wider=True)


def _solve(day: TownDay, seconds: float, *, wider: bool) -> dict[str, list[Row]]:
    homes = [carer.home for carer in day.carers]
    manager = pywrapcp.RoutingIndexManager(len(day.travel), len(homes), homes, homes)
    routing = pywrapcp.RoutingModel(manager)
    minutes = [0] * len(day.travel)
    for visit in day.visits:
        minutes[visit.place] = visit.minutes
    travel = routing.RegisterTransitMatrix([list(row) for row in day.travel])
    passing = routing.RegisterTransitMatrix(
        [[way + minutes[here] for way in row] for here, row in enumerate(day.travel)]
    )
    routing.SetArcCostEvaluatorOfAllVehicles(travel)
    horizon = max(carer.end for carer in day.carers)
    routing.AddDimension(passing, horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    for number, carer in enumerate(day.carers):
        time.CumulVar(routing.Start(number)).SetRange(carer.start, carer.end)
        time.CumulVar(routing.End(number)).SetRange(carer.start, carer.end)
    for visit in day.visits:
        index = manager.NodeToIndex(visit.place)
        time.CumulVar(index).SetRange(visit.opens, visit.closes)
        routing.AddDisjunction([index], PENALTY)
        able = [number for number, carer in enumerate(day.carers) if visit.service in carer.services]
        routing.VehicleVar(index).SetValues([-1, *able])
    answer = routing.SolveWithParameters(_parameters(seconds, wider))
    return timed(day, {} if answer is None else _sequences(day, manager, routing, answer))


def _parameters(seconds: float, wider: bool) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(seconds * 1000))
    if wider:
        for operator in WIDER:
            setattr(parameters.local_search_operators, operator, 3)  # BOOL_TRUE
    return parameters


def _sequences(day: TownDay, manager: Any, routing: Any, answer: Any) -> dict[int, list[int]]:
    which = {visit.place: number for number, visit in enumerate(day.visits)}
    sequences: dict[int, list[int]] = {}
    for carer in range(len(day.carers)):
        sequence = []
        index = answer.Value(routing.NextVar(routing.Start(carer)))
        while not routing.IsEnd(index):
            sequence.append(which[manager.IndexToNode(index)])
            index = answer.Value(routing.NextVar(index))
        sequences[carer] = sequence
    return sequences
