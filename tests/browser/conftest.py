"""A Monday in the town of the factories, seen through a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import BrowserContext

from dispatch.planning.models import PlanRun
from dispatch.planning.warm import warm_slots
from dispatch.visits.models import Assignment
from orders.models import Elder, ElderAlert
from people import pinyin
from people.roles import Role
from people.services import add_phone
from tests.browser.phone import Phone
from tests.browser.session import sign_in
from tests.browser.watched import Watched
from tests.cast import make_user
from tests.dispatch.factories import NOW, TODAY, ask, ask_pool, check, make_carer, make_elder, make_visit, promise
from tests.orders.make import entitlement, item
from volunteers.models import Availability, Carer

NUMBER = "13912345678"  # what 张桂兰 calls from
LOGINS = {
    "operator": Role.OPERATOR,
    "dispatcher": Role.DISPATCHER,
    "manager": Role.ORGANISATION_MANAGER,
    "administrator": Role.ADMINISTRATOR,
    "auditor": Role.AUDITOR,
}


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)


@pytest.fixture
def county(transactional_db: None) -> None:
    """A login for each role (the carer's is c1), work promised, asked for, in doubt and still open."""
    users = {name: make_user(name, role, name=name) for name, role in LOGINS.items()}
    carer = make_carer("C1", kind=Carer.Kind.WORKER, name="李强")
    assert carer.organisation
    carer.organisation.managers.add(users["manager"])
    elder = make_elder("E1", name="张桂兰")
    elder.person.name_pinyin, elder.person.name_initials = pinyin.keys(elder.person.name)
    elder.person.save()
    entitlement(elder, 600)
    item("BATH", name="助浴", kind="BATH", skill="BATH")
    [doubtful] = promise(make_visit(elder, start="07:30", end="09:00"), carer, start="07:30")
    check(doubtful, "in", "07:30", latitude=33.0)
    check(doubtful, "out", "08:30")
    promise(
        make_visit(make_elder("E2", name="陈秀英", kilometres_north=0.5), start="10:00", end="12:00"),
        carer,
        start="10:00",
    )
    ask(make_visit(make_elder("E3", name="刘奶奶"), start="14:00", end="16:00"), carer, start="14:00")
    make_visit(make_elder("E4", name="欧阳慕容凤仪·阿依古丽"), day=TODAY)


@pytest.fixture
def log_in(browser_context: BrowserContext, live_server: Any, county: None) -> Callable[..., Watched]:
    """Opens the first page of a user, who is logged in already, in a width."""

    def log_in(username: str, width: int = 1280, height: int = 800) -> Watched:
        sign_in(browser_context, live_server.url, User.objects.get(username=username))
        watched = Watched(browser_context.new_page())
        page = watched.page
        page.set_viewport_size({"width": width, "height": height})
        page.goto("/")
        page.wait_for_selector("h1 .soft, .console")
        return watched

    return log_in


@pytest.fixture(scope="session")
def loaded_search() -> None:
    """As in a web process, before the first caller."""
    warm_slots()


@pytest.fixture
def elder(county: None, loaded_search: None) -> Elder:
    """张桂兰 with the number that calls."""
    elder = Elder.objects.get(person__name="张桂兰")
    add_phone(person=elder.person, number=NUMBER, is_primary=True, actor=None, now=NOW)
    PlanRun.objects.create(town=elder.town, day=TODAY, status="published", requested_at=NOW)
    carer = Carer.objects.get(number="C1")
    Availability.objects.bulk_create(
        Availability(carer=carer, weekday=day, start_minute=480, end_minute=1080, valid_from=TODAY) for day in range(7)
    )
    return elder


def ring(call_id: str = "c1", number: str = NUMBER) -> None:
    """The exchange reports a call at every operator."""
    body = {"event": "newCall", "callId": call_id, "from": number, "to": "051787654321", "direction": "in"}
    assert Client().post("/api/v1/cti/development-only-exchange/", body).status_code == 200


@pytest.fixture
def phone(browser_context: BrowserContext, volunteer: Carer, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """The volunteer's phone, before logging in, at the door of the visit at 10:00."""
    phone = Phone(browser_context, monkeypatch)
    phone.stand_at(Assignment.objects.get(carer=volunteer, status="accepted"))
    return phone


@pytest.fixture
def volunteer(transactional_db: None) -> Carer:
    """王芳: promised at 10:00 to 陈秀英, who has a dog; asked for 13:00 and 15:00; 17:00 is open to all."""
    carer = make_carer("V1", name="王芳")
    elder = make_elder("E2", name="陈秀英", kilometres_north=0.5)
    ElderAlert.objects.create(elder=elder, kind=ElderAlert.Kind.DOG, note="黄狗，不咬人")
    promise(make_visit(elder, start="10:00", end="12:00"), carer, start="10:00")
    ask(
        make_visit(make_elder("E3", name="刘奶奶", kilometres_north=1), start="13:00", end="15:00"),
        carer,
        start="13:00",
    )
    ask(
        make_visit(make_elder("E4", name="孙爷爷", kilometres_north=2), start="15:00", end="17:00"),
        carer,
        start="15:00",
    )
    ask_pool(
        make_visit(make_elder("E5", name="欧阳慕容凤仪", kilometres_north=3), start="17:00", end="19:00"),
        carer,
        start="17:00",
    )
    return carer
