"""Visits and work of a day as plain rows: all that a plan needs of them, at a fraction of the cost of model instances.

A caller waits while a whole town's day is read.
"""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple, Protocol, Self

from django.db.models import QuerySet

from dispatch.visits.models import Assignment
from orders.models import Visit


class Point(Protocol):
    """A place: its key and where it is (WGS-84)."""

    @property
    def pk(self) -> int: ...
    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...


class Spot(NamedTuple):
    """Where a place is (WGS-84), by its key."""

    pk: int
    latitude: float
    longitude: float


class VisitRow(NamedTuple):
    """What a plan needs of a visit; what is not its own column comes from where `_AT_OTHERS` says."""

    pk: int
    town_id: int
    status: str
    window_start: datetime
    window_end: datetime
    window_rule: str
    lateness_minutes: int
    duration_minutes: int
    carers_needed: int
    gender_rule: str
    priority: int
    mandatory: bool
    dialect_wish: str
    skill: str
    certificate: str
    workers_only: bool
    is_popular: bool
    elder_id: int
    person_id: int
    place_id: int
    latitude: float
    longitude: float

    @property
    def place(self) -> Spot:
        """Where it is."""
        return Spot(self.place_id, self.latitude, self.longitude)

    @classmethod
    def read(cls, visits: QuerySet[Visit]) -> Iterable[Self]:
        """The rows of these visits, in their order; one query."""
        return map(cls._make, visits.values_list(*_VISIT_PATHS))

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """The row of a visit at hand, be it in the database or not."""
        return cls._make(attrgetter(*(path.replace("__", ".") for path in _VISIT_PATHS))(visit))


_AT_OTHERS = {
    "dialect_wish": "order_item__dialect_wish",
    "skill": "item__skill",
    "certificate": "item__certificate",
    "workers_only": "item__workers_only",
    "is_popular": "item__is_popular",
    "person_id": "elder__person_id",
    "latitude": "place__latitude",
    "longitude": "place__longitude",
}
_VISIT_PATHS = [_AT_OTHERS.get(name, name) for name in VisitRow._fields]


class Work(NamedTuple):
    """What a plan needs of an assignment."""

    visit_id: int
    leg: int
    carer_id: int
    planned_start: datetime
    planned_end: datetime
    travel_minutes: int
    status: str
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def read(cls, assignments: QuerySet[Assignment]) -> Iterable[Self]:
        """The rows of these assignments, in their order; one query."""
        return map(cls._make, assignments.values_list(*cls._fields))
