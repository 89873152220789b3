"""PINs of the telephone menu are issued by the office and by the own manager, and shown once."""

import re

import pytest

from people.roles import Role
from people.services import add_phone
from tests.cast import make_user
from tests.dispatch.factories import NOW, TODAY, login_of, make_carer, make_manager, make_organisation
from tests.flows.database import everything
from volunteers.models import Carer, CarerEvent, TelephonePin
from volunteers.pins import is_pin, issue_pin

LIST = "/carers/pins/"


@pytest.fixture
def carer(db) -> Carer:
    carer = make_carer(kind="WORKER", name="李强", has_smartphone=False)
    add_phone(person=carer.person, number="13900139001", actor=None, now=NOW)
    return carer


def of(carer: Carer) -> str:
    return f"{LIST}{carer.pk}/"


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.OPERATOR, Role.ADMINISTRATOR])
def test_the_office_issues_a_pin_that_is_shown_once(role, carer, as_user) -> None:
    desk = as_user(user := make_user("desk", role))

    answer = desk.post(of(carer))

    page = answer.content.decode()
    [pin] = re.findall(r"李强 的新密码是 <b>(\d(?: \d){5})</b>", page)
    assert is_pin(carer=carer, digits=pin.replace(" ", ""), now=NOW) is True
    assert "no-store" in answer.headers["Cache-Control"]
    assert CarerEvent.objects.get(kind="PIN_ISSUED").actor == user
    assert pin not in desk.get(LIST).content.decode()


def test_a_manager_issues_pins_to_own_carers_only(carer, as_user) -> None:
    rival = make_organisation("91320826MA1RIVAL0X")
    own, other = (as_user(make_manager(each, f"m{each.pk}")) for each in (carer.organisation, rival))

    assert own.post(of(carer)).status_code == 200

    before = everything()
    assert other.post(of(carer)).status_code == 404
    assert "李强" not in other.get(LIST).content.decode()
    assert everything() == before


def test_the_list_says_how_each_pin_stands_and_masks_the_number(carer, as_user) -> None:
    make_carer("C2", name="有手机")
    desk = as_user(make_user("desk", Role.DISPATCHER))

    page = desk.get(LIST).content.decode()
    assert "<b>李强</b>" in page
    assert "139****9001" in page
    assert "13900139001" not in page
    assert "有手机" not in page

    pin = issue_pin(carer=carer, actor=None, now=NOW)
    assert "今天 07:00 发放" in desk.get(LIST).content.decode()

    for _ in range(5):
        is_pin(carer=carer, digits=f"{(int(pin) + 1) % 1_000_000:06}", now=NOW)
    assert "已锁定至 今天 08:00" in desk.get(LIST).content.decode()


@pytest.mark.parametrize("fields", [{"has_smartphone": True}, {"active_to": TODAY.replace(day=1)}])
def test_who_has_a_smartphone_or_works_no_more_gets_none(fields, carer, as_user) -> None:
    Carer.objects.update(**fields)

    assert as_user(make_user("desk", Role.DISPATCHER)).post(of(carer)).status_code == 404
    assert not TelephonePin.objects.exists()


def test_carers_and_auditors_give_out_none(carer, as_user) -> None:
    for client in (as_user(login_of(carer)), as_user(make_user("aud", Role.AUDITOR))):
        before = everything()
        assert client.post(of(carer)).status_code == 403
        assert client.get(LIST).status_code == 403
        assert everything() == before


def test_the_home_pages_lead_there(carer, as_user) -> None:
    for user in (make_user("desk", Role.DISPATCHER), make_manager(carer.organisation)):
        assert f'href="{LIST}"' in as_user(user).get("/").content.decode()
