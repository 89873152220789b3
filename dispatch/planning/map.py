"""The board's map as GeoJSON (WGS-84, longitude first): homes of the day's visits, carers' places, one route each."""

from typing import Any

from django.utils.translation import gettext as _

from dispatch.planning.board import Board, CarerRow


def geojson(board: Board) -> dict[str, Any]:
    """A FeatureCollection; `kind` is visit, carer or route, `carer` and `visit` are keys."""
    served = {task.visit: row.carer.pk for row in board.rows for task in row.tasks}
    features = [
        _feature(
            "Point",
            [visit.place.longitude, visit.place.latitude],
            kind="visit",
            visit=visit.pk,
            carer=served.get(visit.pk),
            label=f"{visit.item} · {visit.elder.person.name}" + ("" if visit.pk in served else _(" · no carer")),
        )
        for visit in board.visits.values()
    ]
    for row in board.rows:
        start = row.carer.start_place
        features.append(
            _feature(
                "Point",
                [start.longitude, start.latitude],
                kind="carer",
                carer=row.carer.pk,
                label=row.carer.person.name,
            )
        )
        if row.tasks:
            features.append(_feature("LineString", _route(board, row), kind="route", carer=row.carer.pk))
    return {"type": "FeatureCollection", "features": features}


def _route(board: Board, row: CarerRow) -> list[list[float]]:
    stops = [board.visits[task.visit].place for task in row.tasks if task.visit in board.visits]
    places = [row.carer.start_place, *stops, row.carer.end_place]
    return [[place.longitude, place.latitude] for place in places]


def _feature(shape: str, coordinates: list[Any], **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": shape, "coordinates": coordinates},
        "properties": properties,
    }
