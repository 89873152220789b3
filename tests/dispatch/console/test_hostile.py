"""What no page of ours would send: nothing breaks, nothing is written."""

import pytest

from dispatch.planning.models import PlanRun
from orders.models import Order
from tests.dispatch.console.typing import line, sheet
from tests.dispatch.factories import NOW, TODAY, make_item
from tests.dispatch.planning import make as planning
from tests.orders.make import town

ODD = [
    {"slot": "999999@20260914T0200/20260914T0200-20260914T0300"},  # no such carer
    {"slot": "999999999999999999@21991231T0200/20260914T0200-20260914T0300"},
    {"slot": "1@20260914T0200"},
    {"day": "9999-12-31"},
    {"day": "0001-01-01"},
    {"day": "2026-13-40"},
    {"start": "25:00"},
    {"item": "9" * 40},
    {"carer": "9" * 40},
    {"carers_needed": "3"},
    {"repeat": "FREQ=SECONDLY"},
    {"until": "9999-12-31", "repeat": "FREQ=DAILY", "day": "9999-12-30"},
    {"critical_note": "😀" * 200},
    {"gender": "X"},
]


@pytest.mark.parametrize("changes", ODD, ids=str)
def test_an_odd_line_is_refused_while_typing_and_when_saved(operator, changes: dict[str, str]) -> None:
    PlanRun.objects.create(town=town(), day=TODAY, status="published", requested_at=NOW)
    elder, clean = planning.elder_at("E1"), make_item()
    planning.carer("C1")
    body = sheet(elder, line(clean, **({"day": TODAY.isoformat(), "start": "10:00", "end": "11:00"} | changes)))

    typed = operator.post(f"/console/elders/{elder.pk}/draft/", body)
    later = operator.post(f"/console/elders/{elder.pk}/later/", body)
    placed = operator.post(f"/console/elders/{elder.pk}/place/", body)

    assert (typed.status_code, later.status_code) == (200, 200)
    assert placed.status_code in (400, 409)
    assert Order.objects.count() == 0


@pytest.mark.parametrize("key", ["", "x", "0" * 5000])
@pytest.mark.parametrize("page", ["draft", "later", "place", "lines"])
def test_a_form_without_its_key_is_refused(operator, page: str, key: str) -> None:
    elder = planning.elder_at("E1")

    answer = operator.post(f"/console/elders/{elder.pk}/{page}/", sheet(elder, line(make_item()), key=key))

    assert answer.status_code in (200, 400)
    assert Order.objects.count() == 0


@pytest.mark.parametrize("text", ["😀" * 5000, "%_\\", "' OR 1=1 --", "１３９\u200b"])
def test_an_odd_search_finds_nobody(operator, text: str) -> None:
    planning.elder_at("E1")

    for address in ("/console/", "/console/search/"):
        assert operator.post(address, {"q": text}).status_code == 200


@pytest.mark.parametrize("query", ["elder=" + "9" * 18, "call=" + "9" * 18, "order=x"])
def test_odd_addresses_are_no_errors(operator, query: str) -> None:
    assert operator.get(f"/console/?{query}").status_code in (200, 404)
    assert operator.get(f"/console/live/?{query}&seen=x").status_code in (200, 204)
