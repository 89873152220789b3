"""The exchange's address for the telephone menu: a dialogue over HTTP, what it refuses, and that a forged token gets nowhere."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from dispatch.offers.models import MenuStep
from dispatch.visits.models import Assignment
from orders.api.throttles import ForgedThrottle, HookThrottle
from people.services import add_phone
from tests.dispatch.api.conftest import error_of
from tests.dispatch.factories import NOW, ask, make_carer, make_visit
from tests.flows.database import everything
from volunteers.pins import issue_pin

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-the-exchange"
ADDRESS = f"/api/v1/ivr/{TOKEN}/"
FIRST = {"callId": "c1", "step": 1, "from": "13900139001"}


@pytest.fixture(autouse=True)
def _tokens(settings: Any) -> None:
    settings.CTI_TOKENS = [TOKEN]


@pytest.fixture
def exchange() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def pin(db) -> str:
    carer = make_carer(has_smartphone=False)
    add_phone(person=carer.person, number="13900139001", actor=None, now=NOW)
    ask(make_visit(), carer)
    return issue_pin(carer=carer, actor=None, now=NOW)


@pytest.mark.parametrize("how", ["json", "multipart"])
def test_a_carer_accepts_by_keys(how, exchange, pin) -> None:
    pressed = ["", pin, "1", "1"]

    answers = [
        exchange.post(ADDRESS, FIRST | {"step": step, "digits": digits}, format=how)
        for step, digits in enumerate(pressed, start=1)
    ]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert [set(answer.json()) for answer in answers] == [{"say", "gather", "end"}] * 4
    assert [(answer.json()["gather"], answer.json()["end"]) for answer in answers] == [
        (6, False),
        (1, False),
        (1, False),
        (0, True),
    ]
    assert "老人张桂兰" in answers[2].json()["say"]
    assert Assignment.objects.get().status == "accepted"


def test_it_speaks_the_countys_language_whatever_the_exchange_prefers(exchange, pin) -> None:
    answer = exchange.post(ADDRESS, FIRST, headers={"Accept-Language": "en"})

    assert answer.json()["say"] == "您好，这里是养老服务中心的电话接单。请输入六位密码。"


def test_a_step_sent_twice_is_answered_twice_and_taken_once(exchange, pin) -> None:
    answers = [exchange.post(ADDRESS, FIRST).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert MenuStep.objects.count() == 1


def test_a_step_out_of_turn_is_a_conflict(exchange, pin) -> None:
    before = everything()

    answer = exchange.post(ADDRESS, FIRST | {"step": 2, "digits": pin})

    assert error_of(answer) == (409, "client_error", "out_of_step", None)
    assert everything() == before


@pytest.mark.parametrize(
    ("wrong", "attribute"),
    [
        ({"callId": ""}, "callId"),
        ({"callId": "x" * 251}, "callId"),
        ({"step": 0}, "step"),
        ({"step": 101}, "step"),
        ({"step": "one"}, "step"),
        ({"step": None}, "step"),
        ({"from": "1" * 65}, "from"),
        ({"digits": "1" * 21}, "digits"),
        ({"digits": "1\x00"}, "digits"),
        ({"digits": ["1"]}, "digits"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_nothing_is_kept(wrong, attribute, exchange, pin) -> None:
    before = everything()

    status, kind, _code, named = error_of(exchange.post(ADDRESS, FIRST | wrong, format="json"))

    assert (status, kind, named) == (400, "validation_error", attribute)
    assert everything() == before


@pytest.mark.parametrize("token", ["guessed", TOKEN.upper(), TOKEN + "x"])
def test_a_forged_token_finds_nothing_there(token, exchange, pin) -> None:
    before = everything()

    for body in (FIRST, {"step": "nonsense"}):
        assert error_of(exchange.post(f"/api/v1/ivr/{token}/", body)) == (404, "client_error", "not_found", None)
    assert everything() == before


def test_floods_and_guesses_are_stopped_together_with_those_of_the_hooks(exchange, monkeypatch) -> None:
    monkeypatch.setattr(HookThrottle, "rate", "2/min", raising=False)
    monkeypatch.setattr(ForgedThrottle, "rate", "2/min", raising=False)
    hook = {"event": "newCall", "callId": "c9"}

    for token, fine in ((TOKEN, 200), ("guessed", 404)):
        asked = [("cti", hook), ("ivr", FIRST), ("ivr", FIRST)]
        answers = [exchange.post(f"/api/v1/{where}/{token}/", body).status_code for where, body in asked]
        assert answers == [fine, fine, 429]


def test_a_step_is_answered_in_few_queries(exchange, pin, django_assert_num_queries) -> None:
    """Savepoints included; a repeat costs a look at the call and at its steps."""
    with django_assert_num_queries(12):
        exchange.post(ADDRESS, FIRST)
    with django_assert_num_queries(5):
        exchange.post(ADDRESS, FIRST)
