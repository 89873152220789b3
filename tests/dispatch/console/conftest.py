"""Monday morning at the console: pages read the clock of the factories."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dispatch.planning.models import PlanRun
from orders.models import Elder
from people.roles import Role
from people.services import add_phone
from tests.cast import make_user
from tests.dispatch.factories import NOW, TODAY
from tests.dispatch.planning import make as planning
from tests.orders.make import town


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)


@pytest.fixture
def operator(as_user: Callable[[User], Client]) -> Client:
    """The browser of the operator "op"."""
    return as_user(make_user("op", Role.OPERATOR))


@pytest.fixture
def elder(db: None) -> Elder:
    """Reached by telephone, on a day whose plan is published: what is chosen can be promised at once."""
    PlanRun.objects.create(town=town(), day=TODAY, status="published", requested_at=NOW)
    elder = planning.elder_at("E1")
    add_phone(person=elder.person, number="13800138000", is_primary=True, actor=None, now=NOW)
    return elder
