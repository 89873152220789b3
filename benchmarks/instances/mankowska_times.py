"""The earliest starts of given sequences with links, in exact integers.

Only lateness costs, so for fixed sequences the earliest starts are the best ones. Ways are
rounded up to ticks, so that the written starts (three decimals) keep every rule exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from benchmarks.instances.mankowska import TICKS, Instance, Patient, ticks
from benchmarks.neutral import Row


class NoTimes(ValueError):
    """The sequences wait for each other in a circle: no starts keep all links."""


def timed_routes(instance: Instance, sequences: Mapping[str, Sequence[str]]) -> dict[str, list[Row]]:
    """Neutral routes of the sequences (leg ids `<patient>/<service>`), starts in minutes with three decimals.

    Raises:
        NoTimes: the links contradict the order of the routes.
    """
    patient_of = {patient.id: patient for patient in instance.patients}
    starts: dict[str, int] = {}
    waits: list[tuple[str, str, int]] = []  # one leg, another, ticks from the first's start to the second's at least
    for sequence in sequences.values():
        for leg in sequence:
            starts[leg] = ticks(patient_of[_split(leg)[0]].opens)
        waits += _route_waits(instance, patient_of, sequence, starts)
    for patient in instance.patients:
        waits += _link_waits(patient, starts)
    _settle(starts, waits)
    return {
        carer: [[*_split(leg), starts[leg] / TICKS] for leg in sequences.get(carer, ())]
        for carer in instance.carer_ids()
    }


def _split(leg: str) -> tuple[str, str]:
    patient, _, service = leg.partition("/")
    return patient, service


def _route_waits(
    instance: Instance, patient_of: Mapping[str, Patient], sequence: Sequence[str], starts: dict[str, int]
) -> list[tuple[str, str, int]]:
    """The way from one to the next; the first leg's own way from the depot goes straight into its start."""
    waits = []
    for number, leg in enumerate(sequence):
        patient = patient_of[_split(leg)[0]]
        if number == 0:
            starts[leg] = max(starts[leg], ticks(instance.travel[0][patient.node]))
    for before, after in pairwise(sequence):
        here, there = patient_of[_split(before)[0]], patient_of[_split(after)[0]]
        way = ticks(instance.travel[here.node][there.node])
        waits.append((before, after, _minutes(here, _split(before)[1]) + way))
    return waits


def _minutes(patient: Patient, service: str) -> int:
    return ticks(patient.minutes[patient.services.index(int(service.removeprefix("s")) - 1)])


def _link_waits(patient: Patient, starts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    legs = [f"{patient.id}/s{service + 1}" for service in patient.services]
    if len(legs) < 2 or not all(leg in starts for leg in legs):
        return []
    first, second = legs
    return [(first, second, ticks(patient.min_gap)), (second, first, -ticks(patient.max_gap))]


def _settle(starts: dict[str, int], waits: Sequence[tuple[str, str, int]]) -> None:
    for _ in range(len(starts) + 1):
        changed = False
        for one, other, gap in waits:
            if starts[one] + gap > starts[other]:
                starts[other] = starts[one] + gap
                changed = True
        if not changed:
            return
    raise NoTimes("the routes wait for each other in a circle")
