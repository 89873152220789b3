"""Minutes on real roads from the configured routing service (OSRM or Valhalla), each pair kept in TravelLeg."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import requests
import routingpy
import structlog
from django.conf import settings
from routingpy import exceptions

from dispatch.planning.models import TravelLeg
from dispatch.planning.rows import Point
from volunteers.models import Carer

_PROFILES = {
    "osrm": {Carer.Mode.WALK: "foot", Carer.Mode.EBIKE: "bike", Carer.Mode.CAR: "car"},
    "valhalla": {Carer.Mode.WALK: "pedestrian", Carer.Mode.EBIKE: "bicycle", Carer.Mode.CAR: "auto"},
}
_SECONDS = 5
_PLACES_A_REQUEST = 50  # public services allow 100 points in one table: 50 from, 50 to
_UNANSWERED = (
    requests.RequestException,
    exceptions.RouterError,
    exceptions.Timeout,
    exceptions.JSONParseError,
    exceptions.RetriableRequest,
    ValueError,
    TypeError,
)

_log = structlog.get_logger(__name__)


def minutes(*, places: Sequence[Point], mode: str, now: datetime, ask_service: bool) -> npt.NDArray[np.int64] | None:
    """Minutes between the places, -1 where the service knows no road; None when it did not answer all of them.

    What it answered before it fell silent stays in the cache. With `ask_service=False` unknown pairs are -1.
    """
    grid = _cached(places, mode)
    if not ask_service:
        return grid
    missing = [number for number in range(len(places)) if (grid[number] < 0).any()]
    try:
        for rows, columns in _blocks(missing, len(places), grid):
            answer = _ask(places, mode, rows, columns)
            _keep(places, mode, rows, columns, answer, now)
            for row, durations in zip(rows, answer["minutes"], strict=True):
                grid[row, columns] = durations
        np.fill_diagonal(grid, 0)
    except _UNANSWERED as error:
        _log.warning("routing_service_silent", service=settings.ROUTING_SERVICE, error=type(error).__name__)
        return None
    return grid


def _cached(places: Sequence[Point], mode: str) -> npt.NDArray[np.int64]:
    number_of = {place.pk: number for number, place in enumerate(places)}
    grid = np.full((len(places), len(places)), -1, dtype=np.int64)
    np.fill_diagonal(grid, 0)
    source = settings.ROUTING_SERVICE  # another service's roads are not this one's
    legs = TravelLeg.objects.filter(origin__in=number_of, destination__in=number_of, mode=mode, source=source)
    for origin, destination, value in legs.values_list("origin_id", "destination_id", "minutes"):
        grid[number_of[origin], number_of[destination]] = value
    return grid


def _blocks(missing: Sequence[int], places: int, grid: npt.NDArray[np.int64]) -> Iterator[tuple[list[int], list[int]]]:
    """Tables to ask for: each has a pair that is not known yet, and is small enough for one request."""
    for first in range(0, len(missing), _PLACES_A_REQUEST):
        rows = list(missing[first : first + _PLACES_A_REQUEST])
        for start in range(0, places, _PLACES_A_REQUEST):
            columns = list(range(start, min(start + _PLACES_A_REQUEST, places)))
            if (grid[np.ix_(rows, columns)] < 0).any():
                yield rows, columns


def _ask(places: Sequence[Point], mode: str, rows: Sequence[int], columns: Sequence[int]) -> dict[str, list[list[int]]]:
    """One table of whole minutes and metres; -1 for a pair without a road.

    Raises one of _UNANSWERED when the service is down, slow, or answers nonsense.
    """
    service = settings.ROUTING_SERVICE
    profile = _PROFILES[service][Carer.Mode(mode)]
    router = {"osrm": routingpy.OSRM, "valhalla": routingpy.Valhalla}[service](
        base_url=settings.ROUTING_URL.format(profile=profile), timeout=_SECONDS, retry_timeout=1
    )
    points = [[places[number].longitude, places[number].latitude] for number in (*rows, *columns)]
    answer = router.matrix(
        points,
        profile=profile,
        sources=list(range(len(rows))),
        destinations=list(range(len(rows), len(points))),
    )
    durations, distances = answer.durations, answer.distances or [[0] * len(columns)] * len(rows)
    if len(durations) != len(rows) or any(len(row) != len(columns) for row in durations):
        raise ValueError("the table has another shape than asked for")
    return {
        "minutes": [[-1 if value is None else max(-(-int(value) // 60), 1) for value in row] for row in durations],
        "metres": [[int(value or 0) for value in row] for row in distances],
    }


def _keep(
    places: Sequence[Point],
    mode: str,
    rows: Sequence[int],
    columns: Sequence[int],
    answer: dict[str, list[list[int]]],
    now: datetime,
) -> None:
    TravelLeg.objects.bulk_create(
        [
            TravelLeg(
                origin_id=places[row].pk,
                destination_id=places[column].pk,
                mode=mode,
                minutes=value,
                metres=metres,
                source=settings.ROUTING_SERVICE,
                fetched_at=now,
            )
            for row, values, distances in zip(rows, answer["minutes"], answer["metres"], strict=True)
            for column, value, metres in zip(columns, values, distances, strict=True)
            if row != column and value >= 0
        ],
        update_conflicts=True,
        unique_fields=["origin", "destination", "mode"],
        update_fields=["minutes", "metres", "source", "fetched_at"],
        batch_size=1000,
    )
