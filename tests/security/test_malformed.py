"""Whatever is sent to an operation that writes: never our fault (5xx), always the one envelope."""

import json
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as configured
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.security.operations import PUBLIC, ROWS, Operation
from tests.security.world import World

pytestmark = pytest.mark.django_db

WRITES: list[Operation] = [*PUBLIC, *(operation for operation in ROWS if operation[0] == "post")]

# A well-formed body of each field's own kind, of which some fields are then spoilt.
FIELDS: dict[str, Any] = {
    "client_id": str(uuid4()),
    "device_time": "2026-09-14T07:05:00+08:00",
    "sent_at": "2026-09-14T07:05:00+08:00",
    "source": "APP",
    "latitude": 33.78,
    "longitude": 119.26,
    "accuracy_metres": 10,
    "code": "4711",
    "device": "phone",
    "reason": "SICK",
    "note": "发烧",
    "on_behalf_reason": "电话确认",
    "kind": "in",
    "corrected_time": "2026-09-14T07:04:00+08:00",
    "username": "wangfang",
    "password": "wrong",
    "name": "phone",
    "event": "newCall",
    "callId": "c1",
    "step": 1,
    "digits": "1",
    "from": "13800138000",
    "to": "82380000",
    "direction": "in",
    "queue": "care",
    "user": ["operator"],
    "answeringNumber": "8001",
    "cause": "normalClearing",
}
SPOILT: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            2**63,
            10**40,
            1e308,
            float("nan"),
            float("inf"),
            float("-inf"),
            "",
            " ",
            "x" * 10_000,
            "老" * 10_000,
            "👵🏻" * 100,
            "\x00",
            "\ud800",
            "\u202e",
            "NaN",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "9999-12-31T23:59:59Z",
            "2026-09-14",
            "2026-02-30T00:00:00Z",
            "00000000-0000-0000-0000-000000000000",
            "'; DROP TABLE people_person; --",
            [],
            {},
            [[[[]]]],
            {"a": {"b": {"c": [None]}}},
            ["SICK"],
        ]
    ),
    st.text(max_size=50),
    st.integers(),
    st.floats(),
)
BODIES = st.dictionaries(st.sampled_from(sorted(FIELDS)), SPOILT, max_size=4).map(lambda spoilt: FIELDS | spoilt)
MISSING = st.sets(st.sampled_from(sorted(FIELDS))).map(lambda kept: {name: FIELDS[name] for name in kept})
NO_OBJECT = st.recursive(SPOILT, lambda inner: st.lists(inner, max_size=3), max_leaves=5)


def address(operation: Operation, world: World) -> str:
    row = ROWS.get(operation)
    path = operation[1].replace("{token}", configured.CTI_TOKENS[0])
    return path.replace("{id}", str(row.target(world))) if row and row.target else path


def client_of(operation: Operation, world: World) -> Any:
    return world.api(ROWS[operation].rightful if operation in ROWS else "anonymous")


def assert_civil(answer: Any) -> None:
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        body = answer.json()
        assert set(body) == {"type", "errors"}, body
        assert body["type"] in ("validation_error", "client_error"), body
        assert body["errors"], body
        assert all(set(error) == {"code", "detail", "attr"} for error in body["errors"]), body


@pytest.mark.parametrize("operation", WRITES, ids=" ".join)
def test_any_body_is_answered_civilly(operation: Operation, world: World) -> None:
    client, path = client_of(operation, world), address(operation, world)

    @settings(max_examples=60)
    @given(body=st.one_of(BODIES, MISSING, NO_OBJECT))
    def try_it(body: Any) -> None:
        assert_civil(client.post(path, json.dumps(body), content_type="application/json"))

    try_it()


MOMENTS = [
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
    "2026-09-14T07:05:00+08:00",
]


@pytest.mark.parametrize("verb", ["check-out", "correct"])
def test_a_clock_at_the_edge_of_time_is_answered_civilly(verb: str, world: World) -> None:
    operation = ("post", f"/api/v1/assignments/{{id}}/{verb}/")
    client, path = client_of(operation, world), address(operation, world)

    for device_time, sent_at in product(MOMENTS, MOMENTS):
        times = {"device_time": device_time, "sent_at": sent_at, "client_id": str(uuid4()), "corrected_time": sent_at}
        assert_civil(client.post(path, FIELDS | times, format="json"))


RAW = [b"", b"{", b"\xff\xfe", b"[" * 5_000, b'{"reason": NaN}', b"null", b'"text"', b"a=b", b"\x00"]


@pytest.mark.parametrize("operation", WRITES, ids=" ".join)
def test_what_is_no_json_is_answered_civilly(operation: Operation, world: World) -> None:
    client, path = client_of(operation, world), address(operation, world)

    for raw in RAW:
        assert_civil(client.post(path, raw, content_type="application/json"))
    for content_type in (
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json; charset=x",
    ):
        assert_civil(client.post(path, b"{}", content_type=content_type))
    for method in ("put", "patch"):
        assert_civil(getattr(client, method)(path, {}, format="json"))


@pytest.mark.parametrize("operation", [operation for operation in WRITES if "{id}" in operation[1]], ids=" ".join)
def test_a_key_that_names_nothing_is_not_found(operation: Operation, world: World) -> None:
    client = client_of(operation, world)

    for key in ("0", "99999999", str(2**31), str(2**63), "9" * 60):
        answer = client.post(operation[1].replace("{id}", key), FIELDS, format="json")
        assert answer.status_code == 404, key
        assert_civil(answer)


QUERIES = [
    "page_size=NaN",
    "page_size=-1",
    f"page_size={'9' * 60}",
    "cursor=%00",
    "cursor=" + "A" * 5_000,
    "status=nothing",
    "date=2026-13-45",
    "date=0001-01-01",
    "date=9999-12-31",
    "month=2026-13",
    "month=0000-01",
    "month=9999-12",
    "carer=" + "9" * 60,
    "visit=x",
    "day=%00",
]


@pytest.mark.parametrize("operation", [operation for operation in ROWS if operation[0] == "get"], ids=" ".join)
def test_any_question_is_answered_civilly(operation: Operation, world: World) -> None:
    client = client_of(operation, world)

    for query in QUERIES:
        assert_civil(client.get(f"{address(operation, world)}?{query}"))


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/offers/-1/accept/", "/api/v2/me/day/", "/api/x"])
def test_an_address_that_is_none_is_answered_in_the_envelope(path: str, world: World) -> None:
    client = world.api("worker")

    for answer in (client.get(path), client.post(path, {}, format="json")):
        assert answer.status_code == 404
        assert_civil(answer)
