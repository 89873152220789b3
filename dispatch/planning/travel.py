"""`TravelTimes`: minutes between places by each mode, from the best source there is, with the source's name.

A town's own matrix comes first, then the routing service when one is configured, then the great circle times the
detour factor at each mode's speed. Whatever answers, the label says so on the run and on the board.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.utils.translation import gettext_noop

from dispatch.planning import road
from dispatch.planning.models import TravelMatrix
from dispatch.planning.rows import Point
from dispatch.visits.distance import EARTH_RADIUS_METRES
from people import policy
from people.models import Town
from volunteers.models import Carer

GREAT_CIRCLE = gettext_noop("great-circle")
SERVICE_SILENT = gettext_noop("great-circle (routing service did not answer)")
_SPEEDS = {
    Carer.Mode.WALK: "walk_km_per_hour",
    Carer.Mode.EBIKE: "ebike_km_per_hour",
    Carer.Mode.CAR: "car_km_per_hour",
}

Grid = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TravelTimes:
    """Rows are from, columns to, in the order of the places asked for. `metres` is the straight distance."""

    minutes: dict[str, Grid]
    metres: Grid
    source: str


def travel_times(
    *, town: Town, places: Sequence[Point], modes: Iterable[str], on: date, now: datetime, ask_service: bool = True
) -> TravelTimes:
    """Whole minutes between the places by each mode, 0 from a place to itself.

    `ask_service=False` never leaves this computer: what the cache does not hold comes from the great circle.
    Radii are measured straight (`metres`), so that nobody's circle changes when the routing service is down.
    """
    metres = straight_metres(places)
    estimates = {mode: _estimate(metres, mode, on) for mode in sorted(set(modes))}
    own = TravelMatrix.objects.filter(town=town).first()
    if own is not None:
        return TravelTimes(minutes=_own_minutes(own, places, estimates), metres=metres, source=own.source)
    if not (settings.ROUTING_SERVICE and settings.ROUTING_URL):
        return TravelTimes(minutes=estimates, metres=metres, source=GREAT_CIRCLE)
    silent = False
    for mode, estimate in estimates.items():
        found = road.minutes(places=places, mode=mode, now=now, ask_service=ask_service and not silent)
        silent = silent or found is None
        if found is not None:
            estimates[mode] = np.where(found < 0, estimate, found)
    return TravelTimes(minutes=estimates, metres=metres, source=SERVICE_SILENT if silent else settings.ROUTING_SERVICE)


def straight_metres(places: Sequence[Point]) -> Grid:
    """Great-circle metres between all the places."""
    latitude = np.radians([place.latitude for place in places])
    longitude = np.radians([place.longitude for place in places])
    half = np.sin((latitude[:, None] - latitude) / 2) ** 2
    half += np.cos(latitude)[:, None] * np.cos(latitude) * np.sin((longitude[:, None] - longitude) / 2) ** 2
    metres: Grid = np.rint(2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(half))).astype(np.int64)
    return metres


def _estimate(metres: Grid, mode: str, on: date) -> Grid:
    """Minutes for these straight distances, rounded up, at least one between two different places."""
    metres_a_minute = policy.number(_SPEEDS[Carer.Mode(mode)], on=on) * 1000 / 60
    detour = policy.number("detour_factor", on=on)
    found: Grid = np.maximum(np.ceil(metres * detour / metres_a_minute), 1).astype(np.int64)
    np.fill_diagonal(found, 0)
    return found


def _own_minutes(own: TravelMatrix, places: Sequence[Point], estimates: dict[str, Grid]) -> dict[str, Grid]:
    """The town's own minutes for every mode; a place it does not know gets the estimate."""
    position = {place_id: number for number, place_id in enumerate(own.place_ids)}
    known = [number for number, place in enumerate(places) if place.pk in position]
    if not known:
        return estimates
    rows = [position[places[number].pk] for number in known]
    grid = np.array(own.minutes, dtype=np.int64)[np.ix_(rows, rows)]
    found = {}
    for mode, estimate in estimates.items():
        filled = estimate.copy()
        filled[np.ix_(known, known)] = grid
        found[mode] = filled
    return found
