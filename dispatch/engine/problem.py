"""What the engine is asked: one town's day as immutable data.

Ids are strings, times are integer minutes from local midnight of the day (they may
pass 1440), travel and durations integer minutes, distances integer metres. Nothing
here knows names, addresses or databases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import TypeAlias

from dispatch.engine.grid import Grid

Matrix: TypeAlias = Sequence[Sequence[int]]  # rows of tuples, or a Grid

FORM_VERSION = 1
MINUTES_A_DAY = 1440
LONGEST_WAY = 2**31 - 1  # minutes that a matrix can hold
LARGEST_COUNT = 10**7  # visits, metres, weights, minutes of a limit: more is a mistake
LONGEST_HORIZON = 10**7  # minutes: finer ticks than minutes need long ones


class ProblemError(ValueError):
    """The problem contradicts itself; the text says which part and why."""


class LinkKind(StrEnum):
    """How the starts of the legs of one visit hang together."""

    SIMULTANEOUS = "simultaneous"  # all legs start in the same minute
    SEQUENTIAL = "sequential"  # each leg starts min_gap..max_gap after the one before
    INDEPENDENT = "independent"  # no time link, any order, may overlap


class Priority(IntEnum):
    """Tiers, strictly ordered: one visit of a tier outweighs all visits below it."""

    COMPANIONSHIP = 1
    ORDINARY = 2
    SUBSIDISED = 3
    OBLIGATION = 4
    TIME_CRITICAL = 5
    URGENT = 6


class WindowRule(StrEnum):
    """Which moment of a visit is compared with the end of its window."""

    START = "start"
    END = "end"


class CarerKind(StrEnum):
    WORKER = "worker"
    VOLUNTEER = "volunteer"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time [start, end], both ends usable."""

    start: int
    end: int

    def __post_init__(self) -> None:
        _require(
            self.start <= self.end,
            f"window {self.start}-{self.end} ends before it starts",
        )

    def away(self, minute: int) -> int:
        """Minutes from the minute to the window, 0 inside."""
        return max(self.start - minute, minute - self.end, 0)


@dataclass(frozen=True, slots=True)
class Link:
    """The time link of a visit with several legs; gaps count only when sequential."""

    kind: LinkKind
    min_gap: int = 0
    max_gap: int = 0

    def __post_init__(self) -> None:
        _require(
            0 <= self.min_gap <= self.max_gap,
            f"link gap {self.min_gap}-{self.max_gap} is empty or negative",
        )
        _require_count(self.max_gap, "a link has", "gap")


@dataclass(frozen=True, slots=True)
class Leg:
    """One carer's part of a visit: the skills it needs and its minutes."""

    id: str
    minutes: int
    skills: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _require(self.minutes > 0, f"leg {self.id} lasts {self.minutes} minutes")
        _require(all(self.skills), f"leg {self.id} needs a skill without a name")


@dataclass(frozen=True, slots=True)
class Visit:
    """Work at one place. Several legs go to different carers, all or none."""

    id: str
    place: int
    windows: tuple[Window, ...]
    legs: tuple[Leg, ...]
    link: Link | None = None
    priority: Priority = Priority.ORDINARY
    mandatory: bool = False  # leaving it out makes the plan invalid
    window_rule: WindowRule = WindowRule.START
    max_lateness: int = 0  # minutes past the window end that are allowed, at a price
    barred: frozenset[str] = frozenset()  # carers who must not come
    preferred: frozenset[str] = frozenset()  # empty = no wish
    usual: Mapping[str, int] = field(default_factory=dict)  # carer -> weight of continuity
    gender: str | None = None  # the carer's gender must be this
    workers_only: bool = False
    person: str | None = None  # who is served: nobody serves himself, or is served twice at one time
    popular: bool = False  # work that many would like to have: shared out fairly

    def __post_init__(self) -> None:
        _require(bool(self.windows), f"visit {self.id} has no window")
        _require(bool(self.legs), f"visit {self.id} has no leg")
        _require_sorted(self.windows, f"windows of visit {self.id}")
        _require(
            len(self.legs) == 1 or self.link is not None,
            f"visit {self.id} has several legs but no link",
        )
        _require_count(self.max_lateness, f"visit {self.id} has", "lateness limit")
        for weight in self.usual.values():
            _require_count(weight, f"visit {self.id} has", "continuity weight")


@dataclass(frozen=True, slots=True)
class Lunch:
    """A break of `minutes` wholly inside `window`, free of travel and visits.

    Time before leaving and after coming home counts. A required break is a hard
    rule; otherwise missing it has a price.
    """

    window: Window
    minutes: int
    required: bool = True

    def __post_init__(self) -> None:
        _require(
            0 < self.minutes <= self.window.end - self.window.start,
            f"lunch of {self.minutes} minutes does not fit {self.window.start}-{self.window.end}",
        )


@dataclass(frozen=True, slots=True)
class Carer:
    """Who can come: a paid worker or a volunteer, on this day."""

    id: str
    start_place: int
    end_place: int
    shifts: tuple[Window, ...]  # visits lie inside a shift; travel may cross the gaps
    kind: CarerKind = CarerKind.WORKER
    mode: str = "ebike"
    skills: frozenset[str] = frozenset()
    gender: str | None = None
    lunch: Lunch | None = None
    radius_metres: int | None = None  # from start_place to the visit
    max_visits: int | None = None  # legs in the day
    max_minutes: int | None = None  # service minutes in the day
    max_overtime: int = 0  # minutes past the end of the last shift, at a price
    person: str | None = None
    organisation: str | None = None  # whose daily limit the work counts against
    popular_before: int = 0  # popular legs of the weeks before

    def __post_init__(self) -> None:
        _require(bool(self.shifts), f"carer {self.id} has no shift")
        _require_sorted(self.shifts, f"shifts of carer {self.id}", apart=1)
        for name in ("radius_metres", "max_visits", "max_minutes", "max_overtime", "popular_before"):
            _require_count(getattr(self, name) or 0, f"carer {self.id} has", name)


@dataclass(frozen=True, slots=True)
class Pin:
    """Work that is accepted, started or fixed by a person: it stays with its carer.

    With a start it is a fact: it is kept at that minute and no rule is asked again.
    Without a start its time is planned by the rules of time; the choice of carer is
    not asked again.
    """

    leg: str
    carer: str
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One plan's input.

    Raises:
        ProblemError: ids that repeat or point nowhere, matrices of the wrong shape,
            negative numbers, pins that contradict each other.
    """

    visits: tuple[Visit, ...]
    carers: tuple[Carer, ...]
    places: int
    travel: Mapping[str, Matrix]  # mode -> minutes[from][to], need not be symmetric
    metres: Matrix | None = None  # needed when a carer has a radius
    pins: tuple[Pin, ...] = ()
    forbidden: frozenset[tuple[str, str]] = frozenset()  # (visit, carer): declined or expired offers
    published: tuple[Pin, ...] = ()  # what people were told, with its minutes: each change has a price
    organisation_minutes: Mapping[str, int] = field(default_factory=dict)  # service minutes a day, at most
    buffer: int = 0  # minutes added to the travel between two visits
    earliest: int = 0  # "now": nothing whose start is not pinned begins before it
    horizon: int = 3 * MINUTES_A_DAY  # the last minute that anything may name; the first is a day before midnight
    label: str = ""
    version: int = FORM_VERSION

    def __post_init__(self) -> None:
        _require(
            self.version == FORM_VERSION,
            f"problem form {self.version} is not {FORM_VERSION}",
        )
        _require(0 < self.horizon <= LONGEST_HORIZON, f"the horizon of {self.horizon} minutes is none, or too far")
        _require(self.buffer >= 0, "buffer is negative")
        _require(self.buffer <= self.horizon, f"a buffer of {self.buffer} minutes is longer than the horizon")
        _require(
            -MINUTES_A_DAY <= self.earliest <= self.horizon, f"the present, {self.earliest}, lies outside the horizon"
        )
        _require_unique((visit.id for visit in self.visits), "visit")
        _require_unique((carer.id for carer in self.carers), "carer")
        _require_unique((leg.id for visit in self.visits for leg in visit.legs), "leg")
        for mode, matrix in self.travel.items():
            _require_matrix(matrix, self.places, f"travel matrix '{mode}'")
        if self.metres is not None:
            _require_matrix(self.metres, self.places, "metres matrix")
        for visit in self.visits:
            _require(
                0 <= visit.place < self.places,
                f"visit {visit.id} is at unknown place {visit.place}",
            )
        for carer in self.carers:
            for place in (carer.start_place, carer.end_place):
                _require(
                    0 <= place < self.places,
                    f"carer {carer.id} starts or ends at unknown place {place}",
                )
            _require(
                carer.mode in self.travel,
                f"carer {carer.id} travels by '{carer.mode}', which has no matrix",
            )
            _require(
                carer.radius_metres is None or self.metres is not None,
                f"carer {carer.id} has a radius but the problem has no metres matrix",
            )
        for name, minutes in self.organisation_minutes.items():
            _require_count(minutes, f"organisation {name} has", "limit")
        self._check_horizon()
        self._check_pins()
        self._check_published()

    def _check_horizon(self) -> None:
        """Nothing lies so far from the day that it must be a mistake."""
        stretches = [
            *((f"a window of visit {visit.id}", window) for visit in self.visits for window in visit.windows),
            *((f"a shift of carer {carer.id}", shift) for carer in self.carers for shift in carer.shifts),
            *((f"the lunch of carer {carer.id}", carer.lunch.window) for carer in self.carers if carer.lunch),
        ]
        for name, stretch in stretches:
            _require(
                stretch.start >= -MINUTES_A_DAY and stretch.end <= self.horizon,
                f"{name}, {stretch.start}-{stretch.end}, lies outside the horizon of {self.horizon} minutes",
            )
        for visit in self.visits:
            for leg in visit.legs:
                _require(leg.minutes <= self.horizon, f"leg {leg.id} lasts longer than the horizon")
        for pin in (*self.pins, *self.published):
            _require(
                pin.start is None or -MINUTES_A_DAY <= pin.start <= self.horizon,
                f"leg {pin.leg} is pinned or published at {pin.start}, outside the horizon",
            )

    def _check_published(self) -> None:
        legs = {leg.id for visit in self.visits for leg in visit.legs}
        _require_unique((told.leg for told in self.published), "published leg")
        for told in self.published:
            _require(told.leg in legs, f"published plan has unknown leg {told.leg}")
            _require(told.start is not None, f"published leg {told.leg} has no minute")

    def _check_pins(self) -> None:
        visit_of = {leg.id: visit for visit in self.visits for leg in visit.legs}
        carers = {carer.id for carer in self.carers}
        _require_unique((pin.leg for pin in self.pins), "pinned leg")
        taken: set[tuple[str, str]] = set()
        for pin in self.pins:
            _require(pin.leg in visit_of, f"pin of unknown leg {pin.leg}")
            _require(
                pin.carer in carers,
                f"leg {pin.leg} is pinned to unknown carer {pin.carer}",
            )
            pair = (visit_of[pin.leg].id, pin.carer)
            _require(
                pair not in taken,
                f"two legs of visit {pair[0]} are pinned to carer {pair[1]}",
            )
            taken.add(pair)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ProblemError(message)


def _require_count(number: int, whose: str, name: str) -> None:
    _require(number >= 0, f"{whose} a negative {name}")
    _require(number <= LARGEST_COUNT, f"{whose} a {name} above {LARGEST_COUNT}")


def _require_sorted(windows: tuple[Window, ...], name: str, *, apart: int = 0) -> None:
    for before, after in pairwise(windows):
        _require(after.start - before.end >= apart, f"{name} overlap, touch or are not sorted at {after.start}")


def _require_unique(ids: Iterable[str], name: str) -> None:
    seen: set[str] = set()
    for id_ in ids:
        _require(id_ not in seen, f"{name} {id_} occurs twice")
        seen.add(id_)


def _require_matrix(matrix: Matrix, places: int, name: str) -> None:
    _require(len(matrix) == places, f"{name} has {len(matrix)} rows for {places} places")
    for row in matrix.extremes() if isinstance(matrix, Grid) else matrix:
        _require(len(row) == places, f"{name} has a row of {len(row)} for {places} places")
        _require(not row or min(row) >= 0, f"{name} has a negative entry")
        _require(not row or max(row) <= LONGEST_WAY, f"{name} has an entry above {LONGEST_WAY}")
