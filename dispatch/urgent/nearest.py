"""Who could be at an elder's door soonest, from where each carer is now; reads only, and never leaves this computer.

Asked are carers on duty this minute, of any town, whom the rules allow and whose promised work leaves room. A carer in a
home can leave at the planned end. Limits of a planned day (visits, minutes, lunch) bind plans, not a call for help.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.planning.day_clock import minute_of
from dispatch.planning.reach import radius_of
from dispatch.planning.travel import travel_times
from dispatch.visits.distance import metres_between
from dispatch.visits.eligibility import Eligibility
from dispatch.visits.models import Assignment
from dispatch.visits.selectors import PROMISED, day_bounds
from orders.models import Visit
from orders.wall_clock import whole_minute
from people import policy
from people.clock import local_date
from people.models import Place
from volunteers.models import Carer
from volunteers.selectors import on_duty

# So many, the nearest as the crow flies, are looked at by travel time.
LOOKED_AT = 60

NOBODY_ON_DUTY, TOO_FAR, BUSY, REFUSED = "nobody_on_duty", "too_far", "busy", "refused"


@dataclass(frozen=True, slots=True)
class Nearest:
    """When each able carer would begin, soonest first, and how many others are kept away by what (code: number)."""

    starts: dict[Carer, datetime]
    obstacles: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a carer is, from when on the carer can leave, and the planned times of all work promised or asked for."""

    place_id: int
    leaves: datetime
    free: datetime  # the planned end of the work that was begun last: no other work may be planned before it
    planned: tuple[tuple[datetime, datetime], ...]

    def begins(self, travel: timedelta, lasting: timedelta) -> datetime | None:
        """When a visit of that length could begin after the travel; None when other work is in the way."""
        start = max(self.leaves + travel, self.free)
        return start if all(end <= start or begin >= start + lasting for begin, end in self.planned) else None


@policy.read_once()
def nearest(visit: Visit, leg: int, *, but: Collection[int], now: datetime) -> Nearest:
    """The carers who could serve one leg of a waiting visit from now on, without those named in `but` (by key)."""
    carers = _on_duty_now(now)
    obstacles: Counter[str] = Counter() if carers else Counter({NOBODY_ON_DUTY: 0})
    rules = Eligibility(carers, [visit.elder_id], visit.service_date)
    positions = _positions([carer for carer in carers if _may(carer, visit, leg, rules, but, obstacles)], now)
    travel = _travel(visit, positions, now)
    lasting = timedelta(minutes=visit.duration_minutes)
    starts: dict[Carer, datetime] = {}
    for carer, minutes in travel.items():
        start = positions[carer].begins(minutes, lasting)
        if start is None:
            obstacles[BUSY] += 1
        elif hindrance := rules.hindrance(carer, visit, leg=leg, during=(start, start + lasting)):
            obstacles[hindrance.code] += 1
        else:
            starts[carer] = start
    return Nearest(dict(sorted(starts.items(), key=lambda item: (item[1], item[0].pk))), dict(obstacles))


def _on_duty_now(now: datetime) -> list[Carer]:
    day = local_date(now)
    minute = minute_of(now, day)
    duty = on_duty(Carer.objects.all(), day)
    keys = [key for key, shifts in duty.items() if any(start <= minute < end for start, end in shifts)]
    rows = Carer.objects.filter(pk__in=keys).select_related("person", "start_place")
    # What is encrypted is not needed, and opening it for a thousand rows would take the caller's time.
    return list(rows.defer("person__id_number", "start_place__address").order_by("pk"))


def _may(
    carer: Carer, visit: Visit, leg: int, rules: Eligibility, but: Collection[int], obstacles: Counter[str]
) -> bool:
    """Whether no rule keeps the carer away; the first that does is counted."""
    radius = radius_of(carer, visit.service_date)
    obstacle = None
    if carer.pk in but:
        obstacle = REFUSED
    elif hindrance := rules.hindrance(carer, visit, leg=leg):
        obstacle = hindrance.code
    elif radius is not None and metres_between(_point(visit.place), _point(carer.start_place)) > radius:
        obstacle = TOO_FAR
    if obstacle is not None:
        obstacles[obstacle] += 1
    return obstacle is None


def _positions(carers: Collection[Carer], now: datetime) -> dict[Carer, _Position]:
    """The place of the promised work that began last, else where the carer's day starts."""
    planned: dict[int, list[tuple[datetime, datetime]]] = {}
    begun: dict[int, tuple[str, datetime, int]] = {}
    work = Assignment.objects.filter(
        carer__in=carers, status__in=Assignment.LIVE, planned_start__range=day_bounds(local_date(now))
    ).order_by("planned_start")
    for key, status, start, end, place_id in work.values_list(
        "carer_id", "status", "planned_start", "planned_end", "visit__place_id"
    ):
        planned.setdefault(key, []).append((start, end))
        if status in PROMISED and start <= now:
            begun[key] = (status, end, place_id)
    minute = whole_minute(now)
    found = {}
    for carer in carers:
        status, end, place_id = begun.get(carer.pk, (Assignment.Status.CHECKED_OUT, minute, carer.start_place_id))
        leaves = minute if status == Assignment.Status.CHECKED_OUT else max(end, minute)
        found[carer] = _Position(place_id, leaves, end, tuple(planned.get(carer.pk, ())))
    return found


def _travel(visit: Visit, positions: Mapping[Carer, _Position], now: datetime) -> dict[Carer, timedelta]:
    """The travel time to the visit of those who are nearest as the crow flies."""
    places = Place.objects.defer("address").in_bulk({each.place_id for each in positions.values()})
    metres = {key: metres_between(_point(visit.place), _point(place)) for key, place in places.items()}
    near = sorted(positions, key=lambda carer: (metres[positions[carer].place_id], carer.pk))[:LOOKED_AT]
    others = sorted({positions[carer].place_id for carer in near} - {visit.place_id})
    points = [visit.place, *(places[key] for key in others)]
    number = {place.pk: position for position, place in enumerate(points)}
    minutes = travel_times(
        town=visit.town,
        places=points,
        modes={carer.mode for carer in near},
        on=local_date(now),
        now=now,
        ask_service=False,
    ).minutes
    return {carer: timedelta(minutes=int(minutes[carer.mode][number[positions[carer].place_id], 0])) for carer in near}


def _point(place: Place) -> tuple[float, float]:
    return place.latitude, place.longitude
