"""Mankowska instances: the text files as exact decimals, in minutes, and the engine's problem in ticks.

The form is described in `../shared/benchmarks/README.md`, section 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

from dispatch.engine.params import Params
from dispatch.engine.plan import Plan
from dispatch.engine.problem import Carer, Leg, Link, LinkKind, Problem, Visit, Window

TICKS = 1_000  # of the engine's integer time in a minute: the three decimals of the neutral form
NO_LIMIT = 10_000 * TICKS  # lateness and the working day are not limited in this set
ABSENT = 1_000 * TICKS  # price of the lowest tier; all visits are mandatory, which costs far more
MODE = "given"
FAMILIES = {10: "A", 25: "B", 50: "C", 75: "D", 100: "E", 200: "F", 300: "G"}
LISTS = ("x", "y", "mind", "maxd", "e", "l")


@dataclass(frozen=True, slots=True)
class Patient:
    """A node with one or two services, the lower index first; windows and gaps in minutes."""

    id: str
    node: int
    services: tuple[int, ...]
    minutes: tuple[Decimal, ...]
    opens: Decimal
    closes: Decimal  # later starts are tardy
    min_gap: Decimal
    max_gap: Decimal


@dataclass(frozen=True, slots=True)
class Instance:
    name: str
    patients: tuple[Patient, ...]
    abilities: tuple[frozenset[int], ...]  # services by carer
    travel: tuple[tuple[Decimal, ...], ...]  # minutes, node 0 = leave, last node = return

    def carer_ids(self) -> list[str]:
        return [f"c{number}" for number in range(1, len(self.abilities) + 1)]


def read_instance(path: Path) -> Instance:
    """The file's instance, named `<family><k>`, or by its file when the name tells no family.

    Raises:
        ValueError: a keyword or number is missing.
    """
    words = iter(path.read_text(encoding="utf-8").split())
    try:
        return _instance(_name(path), _sections(words))
    except (KeyError, StopIteration, IndexError) as missing:
        raise ValueError(f"{path} is no Mankowska instance: {missing!r}") from missing


def _name(path: Path) -> str:
    match = re.search(r"HCSRP_(\d+)_(\d+)$", path.stem)
    family = FAMILIES.get(int(match[1])) if match else None
    return f"{family}{match[2]}" if match and family else path.stem


def _sections(words: Iterator[str]) -> dict[str, list[Decimal]]:
    sections: dict[str, list[Decimal]] = {}
    current: list[Decimal] = []
    for word in words:
        if word[0].isalpha():
            current = sections.setdefault(word, [])
        else:
            current.append(Decimal(word))
    return sections


def _instance(name: str, sections: dict[str, list[Decimal]]) -> Instance:
    nodes, carers, services = (int(sections[key][0]) for key in ("nbNodes", "nbVehi", "nbServi"))
    sizes = {"r": nodes * services, "a": carers * services, "d": nodes * nodes, "p": nodes * carers * services}
    for key, size in (sizes | dict.fromkeys(LISTS, nodes)).items():
        if len(sections[key]) != size:
            raise ValueError(f"{name}: {len(sections[key])} numbers under {key}, {size} expected")
    needs = _rows(sections["r"], services)
    minutes = _rows(sections["p"], services)
    patients = []
    for node in range(1, nodes - 1):
        needed = tuple(service for service in range(services) if needs[node][service])
        lasts = {tuple(minutes[node * carers + carer][service] for service in needed) for carer in range(carers)}
        if len(lasts) != 1:
            raise ValueError(f"{name}: service minutes of node {node} differ between carers")
        patients.append(
            Patient(
                id=f"p{node}",
                node=node,
                services=needed,
                minutes=lasts.pop(),
                opens=sections["e"][node],
                closes=sections["l"][node],
                min_gap=sections["mind"][node],
                max_gap=sections["maxd"][node],
            )
        )
    abilities = [frozenset(s for s, can in enumerate(row) if can) for row in _rows(sections["a"], services)]
    return Instance(name, tuple(patients), tuple(abilities), tuple(_rows(sections["d"], nodes)))


def _rows(numbers: Sequence[Decimal], width: int) -> list[tuple[Decimal, ...]]:
    return [tuple(numbers[at : at + width]) for at in range(0, len(numbers), width)]


def ticks(minutes: Decimal) -> int:
    """Minutes in ticks, rounded up: what is feasible in ticks is feasible in minutes."""
    return int((minutes * TICKS).to_integral_value(ROUND_CEILING))


def problem_of(instance: Instance) -> Problem:
    """The instance with all times in ticks; a leg's id is `<patient>/<service>`."""
    matrix = tuple(tuple(ticks(way) for way in row) for row in instance.travel)
    return Problem(
        visits=tuple(_visit(patient) for patient in instance.patients),
        carers=tuple(
            Carer(
                id=id_,
                start_place=0,
                end_place=len(matrix) - 1,
                shifts=(Window(0, NO_LIMIT),),
                mode=MODE,
                skills=frozenset(f"s{service + 1}" for service in can),
            )
            for id_, can in zip(instance.carer_ids(), instance.abilities, strict=True)
        ),
        places=len(matrix),
        travel={MODE: matrix},
        label=instance.name,
        horizon=NO_LIMIT,
    )


def params_of() -> Params:
    """Z = (D + T + Tmax) / 3: a tick of travel, of lateness and of the largest lateness cost the same."""
    return Params(
        travel=1,
        lateness=1,
        highest_lateness=1,
        overtime=0,
        not_preferred=0,
        continuity=0,
        unserved=ABSENT,
        strict_tiers=False,
    )


def sequences_of(plan: Plan) -> dict[str, list[str]]:
    """Leg ids by carer, in the plan's order; its starts are made anew, exactly (`mankowska_times`)."""
    return {route.carer: [stop.leg for stop in route.stops] for route in plan.routes}


def _visit(patient: Patient) -> Visit:
    together = patient.min_gap == patient.max_gap == 0
    link = None
    if len(patient.services) > 1:
        link = (
            Link(LinkKind.SIMULTANEOUS)
            if together
            else Link(LinkKind.SEQUENTIAL, ticks(patient.min_gap), ticks(patient.max_gap))
        )
    return Visit(
        id=patient.id,
        place=patient.node,
        windows=(Window(ticks(patient.opens), ticks(patient.closes)),),
        legs=tuple(
            Leg(f"{patient.id}/s{service + 1}", ticks(minutes), frozenset({f"s{service + 1}"}))
            for service, minutes in zip(patient.services, patient.minutes, strict=True)
        ),
        link=link,
        mandatory=True,
        max_lateness=NO_LIMIT,
    )
