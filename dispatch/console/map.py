"""A small map for the elder card, drawn without any map service: the home, the town's point, the usual carers' places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians

from orders.models import Elder
from people.models import Place, Town
from volunteers.models import Carer

WIDTH, HEIGHT, MARGIN = 300, 140, 24  # of the drawing
_METRES_A_DEGREE = 111_195
_LEAST_METRES = 400  # across; closer points are not drawn further apart
_ROUND_METRES = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


@dataclass(frozen=True, slots=True)
class Point:
    """One mark on the map, in its units from the upper left corner."""

    kind: str  # home, town or carer
    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class SmallMap:
    """The marks, and a bar of a round length to read distances by."""

    points: Sequence[Point]
    bar_metres: int
    bar_width: float


def points_around(elder: Elder, carers: Iterable[Carer]) -> SmallMap | None:
    """The map around an elder's home (north is up) with the carers' places, or None when no home is recorded."""
    home = elder.person.home
    if home is None:
        return None
    places: list[tuple[str, str, Place | Town]] = [("town", elder.town.name, elder.town)]
    places += [("carer", carer.person.name, carer.start_place) for carer in carers]
    places.append(("home", elder.person.name, home))
    shrink = cos(radians(home.latitude))
    metres = [
        (
            (place.longitude - home.longitude) * shrink * _METRES_A_DEGREE,
            (place.latitude - home.latitude) * _METRES_A_DEGREE,
        )
        for _kind, _label, place in places
    ]
    left, right = min(x for x, _ in metres), max(x for x, _ in metres)
    low, high = min(y for _, y in metres), max(y for _, y in metres)
    scale = min(
        (WIDTH - 2 * MARGIN) / max(right - left, _LEAST_METRES), (HEIGHT - 2 * MARGIN) / max(high - low, _LEAST_METRES)
    )
    points = [
        Point(
            kind,
            label,
            round(WIDTH / 2 + (x - (left + right) / 2) * scale, 1),
            round(HEIGHT / 2 - (y - (low + high) / 2) * scale, 1),
        )
        for (kind, label, _place), (x, y) in zip(places, metres, strict=True)
    ]
    bar = max((each for each in _ROUND_METRES if each * scale <= WIDTH / 3), default=_ROUND_METRES[0])
    return SmallMap(points, bar, round(bar * scale, 1))
