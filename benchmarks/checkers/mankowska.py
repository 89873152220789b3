"""The judge of Mankowska solutions: every hard rule and Z, in exact decimals, knowing no solver.

Rules and objective are those of `../shared/benchmarks/README.md`, section 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from benchmarks.checkers.verdict import Verdict
from benchmarks.instances.mankowska import Instance, Patient
from benchmarks.neutral import Routes, Row

ZERO = Decimal(0)


def check_mankowska(instance: Instance, routes: Routes, *, tolerance: Decimal = ZERO) -> Verdict:
    """Objective Z and its terms in minutes; ours are judged without tolerance.

    Other people's starts are rounded to three decimals: allow them 0.002.
    """
    return _Judge(instance, tolerance).verdict(routes)


class _Judge:
    def __init__(self, instance: Instance, tolerance: Decimal) -> None:
        self.instance = instance
        self.tolerance = tolerance
        self.patient = {patient.id: patient for patient in instance.patients}
        self.given: dict[tuple[str, int], list[tuple[str, Decimal]]] = defaultdict(list)
        self.travel = ZERO
        self.tardiness: list[Decimal] = []

    def verdict(self, routes: Routes) -> Verdict:
        broken = list(self._unknown(routes))
        if not broken:
            for carer, can in zip(self.instance.carer_ids(), self.instance.abilities, strict=True):
                broken += self._route(carer, can, routes.get(carer, []))
            for patient in self.instance.patients:
                broken += self._patient(patient)
        total, highest = sum(self.tardiness, ZERO), max(self.tardiness, default=ZERO)
        terms = {"travel": self.travel, "total_tardiness": total, "highest_tardiness": highest}
        objective = (self.travel + total + highest) / 3
        return Verdict(tuple(broken), float(objective), {name: float(value) for name, value in terms.items()})

    def _unknown(self, routes: Routes) -> Iterator[str]:
        for carer, rows in routes.items():
            if carer not in self.instance.carer_ids():
                yield f"carer {carer} is not in the instance"
            for row in rows:
                if row[0] not in self.patient:
                    yield f"patient {row[0]} is not in the instance"
                elif _service(row) not in self.patient[row[0]].services:
                    yield f"{row[0]} does not need {row[1]}"

    def _route(self, carer: str, can: frozenset[int], rows: Sequence[Row]) -> Iterator[str]:
        here, ready = 0, ZERO
        for row in rows:
            patient, service, start = self.patient[row[0]], _service(row), Decimal(str(row[2]))
            self.given[patient.id, service].append((carer, start))
            if service not in can:
                yield f"{carer} cannot give {row[1]} to {patient.id}"
            if start < patient.opens - self.tolerance:
                yield f"{patient.id} {row[1]} starts at {start}, before its window opens at {patient.opens}"
            way = self.instance.travel[here][patient.node]
            if start < ready + way - self.tolerance:
                yield f"{carer} reaches {patient.id} at {ready + way}, after its start at {start}"
            self.tardiness.append(max(ZERO, start - patient.closes))
            self.travel += way
            here, ready = patient.node, start + patient.minutes[patient.services.index(service)]
        if rows:
            self.travel += self.instance.travel[here][-1]

    def _patient(self, patient: Patient) -> Iterator[str]:
        services = [self.given[patient.id, service] for service in patient.services]
        for service, given in zip(patient.services, services, strict=True):
            if len(given) != 1:
                yield f"{patient.id} gets s{service + 1} {len(given)} times"
        if len(services) < 2 or any(len(given) != 1 for given in services):
            return
        (one, first), (two, second) = services[0][0], services[1][0]
        if one == two:
            yield f"both services of {patient.id} are given by {one}"
        gap = second - first
        if not patient.min_gap - self.tolerance <= gap <= patient.max_gap + self.tolerance:
            yield f"the services of {patient.id} start {gap} apart, allowed: {patient.min_gap} to {patient.max_gap}"


def _service(row: Row) -> int:
    """The number of the service, from 0; -1 for anything that is no service."""
    name = str(row[1])
    return int(name[1:]) - 1 if name[:1] == "s" and name[1:].isdigit() else -1
