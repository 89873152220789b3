"""Public home-care instances (UHHC form): to a problem, and a plan back to their form and cost.

The importer of instances shifts the day by `offset` (0:00 of the instance = `offset`
minutes after midnight).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dispatch.engine.params import Params
from dispatch.engine.plan import Plan
from dispatch.engine.problem import (
    Carer,
    Leg,
    Link,
    LinkKind,
    Lunch,
    Priority,
    Problem,
    Visit,
    Window,
    WindowRule,
)

NO_LIMIT = 10_000  # minutes: lateness and overtime are only priced in this form

MODE = "given"  # the instance's own travel matrix

Instance = Mapping[str, Any]


def problem_of(instance: Instance, *, offset: int = 0) -> Problem:
    """The instance as a problem; a leg's id is `<patient>/<service>`."""
    by_end = instance["metadata"]["time_window_met"] == "at_service_end"
    travel = tuple(tuple(row) for row in instance["distances"])
    return Problem(
        visits=tuple(_visit(patient, by_end, instance, offset) for patient in instance["patients"]),
        carers=tuple(_carer(caregiver, by_end, instance, offset) for caregiver in instance["caregivers"]),
        places=len(travel),
        travel={MODE: travel},
        label=str(instance["metadata"].get("name", "")),
    )


def params_of(instance: Instance) -> Params:
    """The instance's own weights, as far as the engine prices the same things."""
    weights = instance["metadata"]["cost_components"]
    return Params(
        travel=weights["travel_time"],
        lateness=weights["total_tardiness"],
        overtime=weights["total_extra_time"],
        missed_lunch=weights["missed_lunch_break"],
        not_preferred=weights["caregiver_preferences"],
        continuity=0,
        unserved=max(1, weights["optional_patients"]),
        strict_tiers=False,
    )


def solution_of(problem: Problem, plan: Plan, *, offset: int = 0) -> dict[str, dict[str, list[list[Any]]]]:
    """The plan in the neutral form: `{"routes": {carer: [[patient, service, start], ...]}}`."""
    service_of = {leg.id: leg.id.removeprefix(f"{visit.id}/") for visit in problem.visits for leg in visit.legs}
    routes: dict[str, list[list[Any]]] = {}
    for route in plan.routes:
        rows: list[list[Any]] = [[stop.visit, service_of[stop.leg], stop.start - offset] for stop in route.stops]
        if route.lunch:
            rows.append([None, "lunch_break", route.lunch[0] - offset, route.lunch[1] - route.lunch[0]])
        routes[route.carer] = sorted(rows, key=lambda row: row[2])
    return {"routes": routes}


def cost_terms(instance: Instance, solution: Mapping[str, Any]) -> dict[str, int]:
    """The nine quantities of the set's objective and their weighted sum as `objective`."""
    terms = dict.fromkeys(instance["metadata"]["cost_components"], 0)
    patients = {patient["id"]: patient for patient in instance["patients"]}
    places = {point["id"]: point["distance_matrix_index"] for point in instance["terminal_points"]}
    by_end = instance["metadata"]["time_window_met"] == "at_service_end"
    distances = instance["distances"]
    served: set[str] = set()
    for caregiver in instance["caregivers"]:
        rows = solution["routes"].get(caregiver["id"], [])
        stops = [row for row in rows if row[1] != "lunch_break"]
        lunches = [row for row in rows if row[1] == "lunch_break"]
        meal = instance["lunch_breaks"]["min_duration"] if lunches else 0
        if lunches and len(lunches[0]) > 3:
            meal = lunches[0][3]
        shift = caregiver["working_shift"]
        terms["missed_lunch_break"] += bool(caregiver["lunch_break"]) and not lunches
        travel = service = overtime = 0
        here, ready = places[caregiver["departing_point"]], None
        for patient_id, name, start in stops:
            patient = patients[patient_id]
            served.add(patient_id)
            minutes = next(s["duration"] for s in patient["required_services"] if s["service"] == name)
            hop = distances[here][patient["distance_matrix_index"]]
            if ready is not None:
                between = meal if lunches and ready <= lunches[0][2] < start else 0
                terms["total_waiting_time"] += start - (ready + hop + between)
            opened = max(
                (w for w in patient["time_windows"] if w["start"] <= start), key=lambda window: window["start"]
            )
            late = max(0, start + (minutes if by_end else 0) - opened["end"])
            terms["total_tardiness"] += late
            terms["highest_tardiness"] = max(terms["highest_tardiness"], late)
            wished = patient.get("preferred_caregivers")
            terms["caregiver_preferences"] += bool(wished) and caregiver["id"] not in wished
            travel, service = travel + hop, service + minutes
            here, ready = patient["distance_matrix_index"], start + minutes
        if ready is not None:
            home = distances[here][places[caregiver["arrival_point"]]]
            travel += home
            in_between = lunches and ready <= lunches[0][2] < ready + home
            back = ready + home + (meal if in_between else 0)
            overtime = max(0, back - shift["end"])
        terms["travel_time"] += travel
        terms["total_extra_time"] += overtime
        idle = shift["end"] - shift["start"] + overtime - travel - service - meal
        terms["max_idle_time"] = max(terms["max_idle_time"], idle)
    terms["optional_patients"] = len(patients) - len(served)
    weights = instance["metadata"]["cost_components"]
    return terms | {"objective": sum(weights[name] * terms[name] for name in weights)}


def _visit(patient: Mapping[str, Any], by_end: bool, instance: Instance, offset: int) -> Visit:
    link = patient.get("synchronization")
    several = len(patient["required_services"]) > 1
    gap = (link or {}).get("distance", {})
    return Visit(
        id=patient["id"],
        place=patient["distance_matrix_index"],
        windows=tuple(Window(w["start"] + offset, w["end"] + offset) for w in patient["time_windows"]),
        legs=tuple(
            Leg(f"{patient['id']}/{each['service']}", each["duration"], frozenset({each["service"]}))
            for each in patient["required_services"]
        ),
        link=Link(LinkKind(link["type"]), gap.get("min", 0), gap.get("max", 0)) if link and several else None,
        priority=Priority.ORDINARY,
        mandatory=not patient["optional"],
        window_rule=WindowRule.END if by_end else WindowRule.START,
        max_lateness=NO_LIMIT,
        barred=frozenset(patient.get("incompatible_caregivers", ())),
        preferred=frozenset(patient.get("preferred_caregivers", ())),
    )


def _carer(caregiver: Mapping[str, Any], by_end: bool, instance: Instance, offset: int) -> Carer:
    places = {point["id"]: point["distance_matrix_index"] for point in instance["terminal_points"]}
    shift = caregiver["working_shift"]
    return Carer(
        id=caregiver["id"],
        start_place=places[caregiver["departing_point"]],
        end_place=places[caregiver["arrival_point"]],
        shifts=(Window(shift["start"] + offset, shift["end"] + offset),),
        mode=MODE,
        skills=frozenset(caregiver["abilities"]),
        lunch=_lunch(instance["lunch_breaks"], shift, by_end, offset) if caregiver["lunch_break"] else None,
        max_overtime=NO_LIMIT,
    )


def _lunch(breaks: Mapping[str, int], shift: Mapping[str, int], by_end: bool, offset: int) -> Lunch | None:
    """The wished break inside the period and not before the shift; None when no room is left."""
    minutes = breaks["min_duration"]
    opens = max(breaks["start"], shift["start"])
    closes = breaks["end"] + (0 if by_end else minutes)
    if closes - opens < minutes:
        return None
    return Lunch(Window(opens + offset, closes + offset), minutes, required=False)
