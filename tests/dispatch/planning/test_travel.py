"""Where travel times come from, and what is said when the routing service is silent."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from dispatch.planning.models import TravelLeg, TravelMatrix
from dispatch.planning.travel import GREAT_CIRCLE, SERVICE_SILENT, TravelTimes, travel_times
from tests.dispatch.planning.make import NOW, TODAY, place
from tests.orders.make import town

pytestmark = pytest.mark.django_db


class Stub(HTTPServer):
    """An OSRM that says 7 minutes and 2,000 m for everything, as long as `answers` is true."""

    answers = True
    asked = 0


class _Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        self.server.asked += 1
        query = parse_qs(urlsplit(self.path).query)
        rows, columns = (len(query[name][0].split(";")) for name in ("sources", "destinations"))
        durations: list[list[float | None]] = [[420.0] * columns for _ in range(rows)]
        durations[0][-1] = None  # no road from the first to the last
        body = {"code": "Ok", "durations": durations, "distances": [[2000.0] * columns] * rows}
        self.send_response(200 if self.server.answers else 500)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body if self.server.answers else {}).encode())

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def service(settings: Any) -> Iterator[Stub]:
    server = Stub(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.ROUTING_SERVICE, settings.ROUTING_URL = "osrm", f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def asked(*places: Any, modes: tuple[str, ...] = ("EBIKE",), **options: Any) -> TravelTimes:
    return travel_times(town=town(), places=places, modes=modes, on=TODAY, now=NOW, **options)


def test_without_a_service_the_great_circle_and_the_speeds_of_the_county_count() -> None:
    found = asked(place(0), place(2), place(2), modes=("WALK", "EBIKE", "CAR"))
    assert found.source == GREAT_CIRCLE
    assert found.metres[0].tolist() == [0, 2000, 2000]
    # 2,000 m × 1.35 at 4.5, 18 and 30 km/h, rounded up; a neighbour is a minute away.
    assert {mode: grid[0].tolist() for mode, grid in found.minutes.items()} == {
        "WALK": [0, 36, 36],
        "EBIKE": [0, 9, 9],
        "CAR": [0, 6, 6],
    }
    assert found.minutes["CAR"][1].tolist() == [6, 0, 1]


def test_a_towns_own_matrix_comes_first_and_unknown_places_are_estimated() -> None:
    first, second, new = place(0), place(2), place(4)
    TravelMatrix.objects.create(town=town(), place_ids=[second.pk, first.pk], minutes=[[0, 11], [12, 0]], source="UHHC")
    found = asked(first, second, new)
    assert found.source == "UHHC"
    assert found.minutes["EBIKE"].tolist() == [[0, 12, 18], [11, 0, 9], [18, 9, 0]]


def test_the_service_is_asked_once_and_its_answers_are_kept(service: Stub) -> None:
    places = (place(0), place(2), place(4))
    found = asked(*places)
    assert found.source == "osrm"
    # No road from the first to the last: the estimate.
    assert found.minutes["EBIKE"].tolist() == [[0, 7, 18], [7, 0, 7], [7, 7, 0]]
    assert set(TravelLeg.objects.values_list("minutes", "metres", "source")) == {(7, 2000, "osrm")}
    asked_before = service.asked
    again = asked(*places, ask_service=False)
    assert np.array_equal(again.minutes["EBIKE"], found.minutes["EBIKE"])
    assert (service.asked, again.source) == (asked_before, "osrm")


def test_what_another_service_answered_is_asked_again_and_replaced(service: Stub) -> None:
    places = (place(0), place(2), place(4))
    found = asked(*places)
    TravelLeg.objects.update(source="valhalla", minutes=99)
    assert np.array_equal(asked(*places).minutes["EBIKE"], found.minutes["EBIKE"])
    assert set(TravelLeg.objects.values_list("minutes", "source")) == {(7, "osrm")}


@pytest.mark.filterwarnings("ignore:Server down")
@pytest.mark.parametrize("how", ["refuses", "breaks"])
def test_a_silent_service_is_named_on_the_label(service: Stub, settings: Any, how: str) -> None:
    if how == "refuses":
        settings.ROUTING_URL = "http://127.0.0.1:9"
    service.answers = False
    found = asked(place(0), place(2))
    assert found.source == SERVICE_SILENT
    assert found.minutes["EBIKE"].tolist() == [[0, 9], [9, 0]]
    assert not TravelLeg.objects.exists()
