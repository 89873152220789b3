"""The judge of UHHC solutions: every hard rule and all nine cost terms, knowing no solver and no engine.

Rules and objective are those of `../shared/benchmarks/README.md`, section 2; all minutes are integers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from benchmarks.checkers.verdict import Verdict
from benchmarks.neutral import LUNCH, Routes, Row


def check_uhhc(instance: Mapping[str, Any], routes: Routes) -> Verdict:
    """The broken rules, the weighted objective and its nine quantities."""
    return _Judge(instance).verdict(routes)


class _Judge:
    def __init__(self, instance: Mapping[str, Any]) -> None:
        self.instance = instance
        self.by_end = instance["metadata"]["time_window_met"] == "at_service_end"
        self.weights: Mapping[str, int] = instance["metadata"]["cost_components"]
        self.patients = {patient["id"]: patient for patient in instance["patients"]}
        self.carers = {carer["id"]: carer for carer in instance["caregivers"]}
        self.place = {point["id"]: point["distance_matrix_index"] for point in instance["terminal_points"]}
        self.given: dict[str, list[tuple[str, str, int]]] = defaultdict(list)  # patient -> service, carer, start
        self.terms = dict.fromkeys(self.weights, 0)

    def verdict(self, routes: Routes) -> Verdict:
        broken = list(self._unknown(routes))
        if broken:
            return Verdict(tuple(broken), 0.0)
        for carer in self.carers.values():
            rows = routes.get(carer["id"], [])
            stops = [row for row in rows if row[1] != LUNCH]
            lunches = [row for row in rows if row[1] == LUNCH]
            broken += self._stops(carer, stops)
            broken += self._day(carer, stops, lunches)
        for patient in self.patients.values():
            broken += self._patient(patient)
        self.terms["optional_patients"] = len(self.patients) - len(self.given)
        objective = sum(self.weights[name] * self.terms[name] for name in self.weights)
        return Verdict(tuple(broken), float(objective), {name: float(value) for name, value in self.terms.items()})

    def _unknown(self, routes: Routes) -> Iterator[str]:
        for carer, rows in routes.items():
            if carer not in self.carers:
                yield f"carer {carer} is not in the instance"
            for row in rows:
                if int(row[2]) != row[2]:
                    yield f"{row[0]} {row[1]} starts at {row[2]}, which is no whole minute"
                if row[1] == LUNCH:
                    continue
                if row[0] not in self.patients:
                    yield f"patient {row[0]} is not in the instance"
                elif row[1] not in _durations(self.patients[row[0]]):
                    yield f"{row[0]} does not need {row[1]}"

    def _stops(self, carer: Mapping[str, Any], stops: Sequence[Row]) -> Iterator[str]:
        """Each service by itself: who gives it, and when against the patient's windows."""
        for patient_id, service, start in stops:
            patient = self.patients[patient_id]
            self.given[patient_id].append((service, carer["id"], start))
            if service not in carer["abilities"]:
                yield f"{carer['id']} cannot give {service} to {patient_id}"
            if carer["id"] in patient.get("incompatible_caregivers", ()):
                yield f"{carer['id']} must not come to {patient_id}"
            wished = patient.get("preferred_caregivers")
            self.terms["caregiver_preferences"] += bool(wished) and carer["id"] not in wished
            opened = [window for window in patient["time_windows"] if window["start"] <= start]
            if not opened:
                yield f"{patient_id} {service} starts at {start}, before any window opens"
                continue
            latest = max(opened, key=lambda window: int(window["start"]))
            moment = start + (_durations(patient)[service] if self.by_end else 0)
            late = max(0, moment - latest["end"])
            self.terms["total_tardiness"] += late
            self.terms["highest_tardiness"] = max(self.terms["highest_tardiness"], late)

    def _day(self, carer: Mapping[str, Any], stops: Sequence[Row], lunches: Sequence[Row]) -> Iterator[str]:
        """The carer's day as a whole: ways, break, waiting, overtime and idle time."""
        shift = carer["working_shift"]
        meal = self._minutes(lunches[0]) if lunches else 0
        yield from self._lunch_rules(carer, lunches)
        self.terms["missed_lunch_break"] += bool(carer["lunch_break"]) and not lunches
        travel = service = overtime = 0
        if stops:
            gaps, back = self._gaps(carer, stops, lunches)
            travel = sum(way for _, way, _ in gaps)
            service = sum(_durations(self.patients[row[0]])[row[1]] for row in stops)
            overtime = max(0, back - shift["end"])
            for number, (ready, way, until) in enumerate(gaps):
                if ready + way > until:
                    yield f"{carer['id']} needs {way} minutes from {ready} on and is expected at {until}"
                if 0 < number < len(gaps) - 1:
                    between = meal if lunches and ready <= lunches[0][2] < until else 0
                    self.terms["total_waiting_time"] += until - ready - way - between
            if lunches and not _fits(gaps, lunches[0][2], lunches[0][2] + meal, back):
                yield f"the break of {carer['id']} at {lunches[0][2]} meets travel or a visit"
        self.terms["travel_time"] += travel
        self.terms["total_extra_time"] += overtime
        idle = shift["end"] - shift["start"] + overtime - travel - service - meal
        self.terms["max_idle_time"] = max(self.terms["max_idle_time"], idle)

    def _gaps(
        self, carer: Mapping[str, Any], stops: Sequence[Row], lunches: Sequence[Row]
    ) -> tuple[list[tuple[int, int, int]], int]:
        """Stretches (from, minutes of travel, until) around the stops, and when the carer is back."""
        at = [self.patients[row[0]]["distance_matrix_index"] for row in stops]
        ends = [row[2] + _durations(self.patients[row[0]])[row[1]] for row in stops]
        places = [self.place[carer["departing_point"]], *at, self.place[carer["arrival_point"]]]
        ways = [self.instance["distances"][here][there] for here, there in pairwise(places)]
        back = ends[-1] + ways[-1]
        if lunches and ends[-1] <= lunches[0][2] < back:  # The break comes before the way home.
            back = lunches[0][2] + self._minutes(lunches[0]) + ways[-1]
        begins = [carer["working_shift"]["start"], *ends]
        untils = [*(row[2] for row in stops), back]
        return list(zip(begins, ways, untils, strict=True)), back

    def _minutes(self, lunch: Row) -> int:
        return int(lunch[3]) if len(lunch) > 3 else int(self.instance["lunch_breaks"]["min_duration"])

    def _lunch_rules(self, carer: Mapping[str, Any], lunches: Sequence[Row]) -> Iterator[str]:
        period = self.instance["lunch_breaks"]
        if len(lunches) > 1:
            yield f"{carer['id']} takes {len(lunches)} breaks"
        for lunch in lunches:
            minutes = self._minutes(lunch)
            if not carer["lunch_break"]:
                yield f"{carer['id']} takes a break without asking for one"
            if minutes < period["min_duration"]:
                yield f"the break of {carer['id']} lasts {minutes} minutes"
            moment = lunch[2] + (minutes if self.by_end else 0)
            if lunch[2] < period["start"] or moment > period["end"]:
                yield f"the break of {carer['id']} at {lunch[2]} is outside {period['start']}-{period['end']}"

    def _patient(self, patient: Mapping[str, Any]) -> Iterator[str]:
        """All services or none, each once, by different carers, and their link."""
        given, id_ = self.given.get(patient["id"], []), patient["id"]
        if not given:
            if not patient["optional"]:
                yield f"{id_} is left out and not optional"
            return
        wanted = [each["service"] for each in patient["required_services"]]
        if sorted(service for service, _, _ in given) != sorted(wanted):
            yield f"{id_} gets {sorted(service for service, _, _ in given)}, needed: {sorted(wanted)}"
            return
        if len({carer for _, carer, _ in given}) < len(given):
            yield f"both services of {id_} are given by one carer"
        link = patient.get("synchronization")
        if link is None or len(wanted) < 2:
            return
        starts = {service: start for service, _, start in given}
        gap = starts[wanted[1]] - starts[wanted[0]]
        if link["type"] == "simultaneous" and gap != 0:
            yield f"the services of {id_} start {gap} minutes apart"
        if link["type"] == "sequential" and not link["distance"]["min"] <= gap <= link["distance"]["max"]:
            yield f"the second service of {id_} starts {gap} minutes after the first"


def _durations(patient: Mapping[str, Any]) -> dict[str, int]:
    return {each["service"]: each["duration"] for each in patient["required_services"]}


def _fits(gaps: Sequence[tuple[int, int, int]], begin: int, end: int, back: int) -> bool:
    """True when the break lies in one stretch and leaves, before or after it, room for the way.

    The first stretch opens with the shift, but a break at home may come even before it.
    """
    if begin >= back:
        return True
    first = gaps[0]
    if end <= max(first[0], first[2] - first[1]):
        return True
    return any(
        ready <= begin and end <= until and (end + way <= until or ready + way <= begin) for ready, way, until in gaps
    )
