"""The exchange's address: which bodies it takes, which it refuses, and that a forged token gets nowhere."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from orders.api.throttles import ForgedThrottle, HookThrottle
from orders.models import CallRecord, Extension
from people.roles import Role
from tests.cast import make_user
from tests.flows.database import everything

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-the-exchange"
ADDRESS = f"/api/v1/cti/{TOKEN}/"
NEW_CALL = {"event": "newCall", "callId": "c1", "from": "13800138000", "to": "82380000", "direction": "in"}


@pytest.fixture(autouse=True)
def _tokens(settings: Any) -> None:
    settings.CTI_TOKENS = ["an-older-one", TOKEN]


@pytest.fixture
def exchange() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def lin() -> User:
    user = make_user("lin", Role.OPERATOR)
    Extension.objects.create(user=user, number="8001")
    return user


def error(answer: Any) -> tuple[int, str, str | None]:
    """The status, and the code and attribute of the first of the errors in the one envelope."""
    body = answer.json()
    assert set(body) == {"type", "errors"}, body
    return answer.status_code, body["errors"][0]["code"], body["errors"][0]["attr"]


def test_a_call_from_beginning_to_end(exchange, lin):
    said = [
        NEW_CALL | {"queue": "care"},
        {"event": "answer", "callId": "c1", "answeringNumber": "8001"},
        {"event": "hangup", "callId": "c1", "cause": "normalClearing"},
    ]

    answers = [exchange.post(ADDRESS, body) for body in said]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"call_id": "c1", "status": status}) for status in ("ringing", "answered", "ended")
    ]
    call = CallRecord.objects.get()
    assert (call.answered_by, call.number, call.queue, call.cause) == (lin, "+8613800138000", "care", "normalClearing")


FORMS: list[tuple[Any, str]] = [
    (NEW_CALL | {"user": ["lin", "ma"]}, "json"),
    (NEW_CALL | {"user": ["lin", "ma"]}, "multipart"),
    ("event=newCall&callId=c1&from=13800138000&direction=in&user=lin&user=ma", "urlencoded"),
    ("event=newCall&callId=c1&from=13800138000&direction=in&user[]=lin&user[]=ma", "urlencoded"),
    ("event=newCall&callId=c1&from=13800138000&user%5B%5D=lin&user=ma", "urlencoded"),
]


@pytest.mark.parametrize(("body", "how"), FORMS)
def test_it_may_be_json_or_a_form_in_any_of_the_usual_spellings(body, how, exchange, lin):
    ma = make_user("ma", Role.OPERATOR)

    if how == "urlencoded":
        answer = exchange.post(ADDRESS, body, content_type="application/x-www-form-urlencoded")
    else:
        answer = exchange.post(ADDRESS, body, format=how)

    assert answer.status_code == 200, answer.content
    call = CallRecord.objects.get()
    assert (call.number, list(call.rings_at.order_by("pk"))) == ("+8613800138000", [lin, ma])


@pytest.mark.parametrize("user", ["lin", ["lin"], ["", "lin"]])
def test_a_single_user_may_stand_alone(user, exchange, lin):
    exchange.post(ADDRESS, NEW_CALL | {"user": user})

    assert list(CallRecord.objects.get().rings_at.all()) == [lin]


@pytest.mark.parametrize("user", [[], "", None, [""]])
def test_nobody_named_rings_at_all(user, exchange):
    exchange.post(ADDRESS, NEW_CALL | {"user": user}, format="json")

    assert CallRecord.objects.get().rings_at_all is True


# What is wrong, and the field that is named.
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"event": "ringing"}, "event"),
    ({"event": ["newCall"]}, "event"),
    ({"event": None}, "event"),
    ({"callId": ""}, "callId"),
    ({"callId": "  "}, "callId"),
    ({"callId": "x" * 251}, "callId"),
    ({"callId": ["c1"]}, "callId"),
    ({"callId": {"id": "c1"}}, "callId"),
    ({"callId": "c\x001"}, "callId"),
    ({"from": "1" * 65}, "from"),
    ({"from": "老" * 10_000}, "from"),
    ({"from": ["13800138000"]}, "from"),
    ({"to": "1" * 65}, "to"),
    ({"direction": "sideways"}, "direction"),
    ({"queue": "q" * 65}, "queue"),
    ({"cause": "👵🏻" * 33}, "cause"),
    ({"answeringNumber": "8" * 151}, "answeringNumber"),
    ({"user": "x" * 10_000}, "user.0"),
    ({"user": [["lin"]]}, "user.0"),
    ({"user": ["lin"] * 201}, "user"),
    ({"user": {"name": "lin"}}, "user"),
]


@pytest.mark.parametrize(("wrong", "attribute"), WRONG)
def test_what_does_not_fit_is_refused_by_name_and_nothing_is_kept(wrong, attribute, exchange):
    before = everything()

    status, _code, named = error(exchange.post(ADDRESS, NEW_CALL | wrong, format="json"))

    assert (status, named) == (400, attribute)
    assert everything() == before


@pytest.mark.parametrize("missing", ["event", "callId"])
def test_a_hook_names_its_event_and_call(missing, exchange):
    body = {name: value for name, value in NEW_CALL.items() if name != missing}

    assert error(exchange.post(ADDRESS, body)) == (400, "required", missing)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"newCall"', b"[" * 5_000, b"\xff\xfe"])
def test_what_is_no_object_is_refused(raw, exchange):
    before = everything()

    answer = exchange.post(ADDRESS, raw, content_type="application/json")

    assert error(answer)[0] == 400
    assert everything() == before


@pytest.mark.parametrize(("event", "status"), [("answer", "answered"), ("hangup", "missed")])
def test_a_call_that_nobody_announced_begins_with_what_is_told(event, status, exchange):
    answer = exchange.post(ADDRESS, {"event": event, "callId": "never announced"})

    assert (answer.status_code, answer.json()["status"]) == (200, status)


def test_emoji_and_the_longest_texts_are_kept(exchange):
    longest = {"callId": "😀" * 250, "queue": "队" * 64, "from": "👵🏻" * 32, "user": ["员" * 150]}

    answer = exchange.post(ADDRESS, NEW_CALL | longest, format="json")

    assert answer.status_code == 200, answer.content
    call = CallRecord.objects.get()
    assert (call.call_id, call.queue, call.number) == ("😀" * 250, "队" * 64, "👵🏻" * 32)


FORGED = ["guessed", TOKEN.upper(), TOKEN + "x", TOKEN[:-1], "令牌", "%F0%9F%91%B5", "x" * 2_000]


@pytest.mark.parametrize("token", FORGED)
def test_a_forged_token_finds_nothing_there(token, exchange):
    before = everything()

    for body in (NEW_CALL, {"event": "nonsense"}):
        assert error(exchange.post(f"/api/v1/cti/{token}/", body)) == (404, "not_found", None)
    assert everything() == before


def test_without_a_token_in_the_settings_no_token_fits(exchange, settings):
    settings.CTI_TOKENS = []

    assert error(exchange.post(ADDRESS, NEW_CALL))[0] == 404


def test_a_login_is_no_token(exchange):
    exchange.force_login(make_user("lin", Role.ADMINISTRATOR))

    assert error(exchange.post("/api/v1/cti/lin/", NEW_CALL))[0] == 404


def test_an_older_token_fits_while_it_is_listed(exchange):
    assert exchange.post("/api/v1/cti/an-older-one/", NEW_CALL).status_code == 200


def test_only_posts_are_taken(exchange):
    assert [exchange.generic(verb, ADDRESS).status_code for verb in ("GET", "PUT", "PATCH", "DELETE")] == [405] * 4


def test_a_flood_is_stopped_and_what_came_before_it_is_kept(exchange, monkeypatch):
    monkeypatch.setattr(HookThrottle, "rate", "5/min", raising=False)

    answers = [exchange.post(ADDRESS, NEW_CALL | {"callId": f"c{number}"}) for number in range(8)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
    assert error(answers[-1])[1] == "throttled"
    assert CallRecord.objects.count() == 5
    assert exchange.post("/api/v1/cti/an-older-one/", NEW_CALL).status_code == 200


def test_guessing_tokens_is_stopped_for_the_guesser_only(exchange, monkeypatch):
    monkeypatch.setattr(ForgedThrottle, "rate", "3/min", raising=False)

    answers = [exchange.post(f"/api/v1/cti/guess-{number}/", NEW_CALL) for number in range(5)]

    assert [answer.status_code for answer in answers] == [404] * 3 + [429] * 2
    assert exchange.post(ADDRESS, NEW_CALL).status_code == 200
    elsewhere = exchange.post("/api/v1/cti/guess/", NEW_CALL, REMOTE_ADDR="10.0.0.9")
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    ("proxies", "claimed", "is_stopped"),
    [
        (0, "10.9.9.{n}", True),  # no proxy: whatever is claimed, the connection is one
        (1, "10.9.9.{n}, 10.0.0.1", True),  # the proxy saw one client, whoever it claims to be
        (1, "10.9.9.9, 10.0.0.{n}", False),  # the proxy saw several
    ],
)
def test_a_guesser_is_known_by_what_the_proxies_wrote(proxies, claimed, is_stopped, exchange, monkeypatch, settings):
    monkeypatch.setattr(ForgedThrottle, "rate", "3/min", raising=False)
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}

    answers = [
        exchange.post(f"/api/v1/cti/guess-{n}/", NEW_CALL, headers={"X-Forwarded-For": claimed.format(n=n)})
        for n in range(5)
    ]

    assert [answer.status_code for answer in answers] == [404] * 3 + ([429] * 2 if is_stopped else [404] * 2)


def test_no_proxy_is_believed_unless_one_is_named():
    assert api_settings.NUM_PROXIES == 0


def test_the_exchange_is_heard_twelve_hundred_times_a_minute():
    assert HookThrottle().rate == "1200/min"
    assert ForgedThrottle().rate == "20/min"


def test_a_hook_is_answered_in_few_queries(exchange, lin, django_assert_num_queries):
    """Savepoints included. A repeat of what is known costs a look at the call and at its events."""
    for body, queries in (
        (NEW_CALL | {"queue": "care", "user": ["lin"]}, 15),
        (NEW_CALL, 5),
        ({"event": "answer", "callId": "c1", "answeringNumber": "8001"}, 10),
        ({"event": "hangup", "callId": "c1"}, 8),
    ):
        with django_assert_num_queries(queries):
            assert exchange.post(ADDRESS, body).status_code == 200
