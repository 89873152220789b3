"""The card for the elder's home: what is on it, who may print it, and who did."""

import pytest
from django.test import Client

from orders.models import Elder, ElderEvent
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import NOW, make_elder

pytestmark = pytest.mark.django_db


@pytest.fixture
def elder() -> Elder:
    return make_elder(name="张桂兰")


def browser(role: Role) -> Client:
    client = Client()
    client.force_login(make_user(f"the {role}", role))
    return client


def address(elder: Elder) -> str:
    return f"/console/elders/{elder.pk}/door-card/"


def test_the_card_has_the_name_the_digits_and_the_way_to_the_carers_page(
    elder: Elder, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def draw(content: str, *, error: str) -> "Drawing":
        drawn.append(content)
        return Drawing()

    monkeypatch.setattr("dispatch.console.door_card.segno.make", draw)

    page = browser(Role.OPERATOR).post(address(elder)).content.decode()

    assert drawn == ["http://testserver/app/#card=4711"]
    assert "<svg>square</svg>" in page
    assert "张桂兰" in page
    assert ">4711<" in page
    assert "12349" in page


class Drawing:
    def svg_inline(self, *, omitsize: bool, border: int) -> str:
        return "<svg>square</svg>"


def test_who_printed_it_stays_with_the_elder(elder: Elder) -> None:
    operator = browser(Role.OPERATOR)

    operator.post(address(elder))

    event = ElderEvent.objects.get(elder=elder)
    assert (event.kind, event.at, event.facts) == ("door_card", NOW, "")
    assert event.actor is not None
    assert event.actor.username == "the operator"


def test_looking_at_its_address_leads_back_and_shows_no_code(elder: Elder) -> None:
    answer = browser(Role.OPERATOR).get(address(elder))

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/console/?elder={elder.pk}")
    assert not ElderEvent.objects.exists()


@pytest.mark.parametrize("role", [Role.CARER, Role.ORGANISATION_MANAGER, Role.AUDITOR, Role.DISPATCHER])
def test_who_takes_no_orders_prints_no_card(role: Role, elder: Elder) -> None:
    answer = browser(role).post(address(elder))

    assert answer.status_code == 403
    assert "4711" not in answer.content.decode()
    assert not ElderEvent.objects.exists()
