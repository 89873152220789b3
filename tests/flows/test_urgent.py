"""Urgent help goes its whole way while the broker is away: no request of it waits for one."""

from typing import Any

import pytest
from django.test import Client

from dispatch.offers.models import Offer
from dispatch.urgent.models import UrgentCall
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import make_elder
from tests.dispatch.urgent.make import after, asked, carer, item, statuses
from tests.flows.broken_broker import broken_broker
from tests.flows.conftest import SetClock
from tests.flows.database import assert_sound
from tests.flows.phones import Phone


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("silent", [False, True], ids=["refuses", "hangs"])
def test_urgent_help_without_a_broker(
    silent: bool, set_clock: SetClock, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr("people.queue.current_app.send_task", lambda name, **how: sent.append(name))
    item()
    carers = [carer(f"C{number}", float(number)) for number in range(1, 8)]
    phones = [Phone(live_server.url, each) for each in carers]
    desk = Client()
    desk.force_login(make_user("op", Role.OPERATOR))

    with broken_broker(silent=silent):
        desk.post("/urgent/call/", {"elder": make_elder().pk})
        urgent = UrgentCall.objects.get()
        assert list(asked(urgent)) == ["C1", "C2", "C3"]
        for seconds in (60, 120):  # nothing but the operator's screen winds the clock
            set_clock(after(seconds))
            desk.get("/urgent/", headers={"HX-Request": "true"})
        assert list(asked(urgent)) == [f"C{number}" for number in range(1, 8)]
        assert phones[3].post(f"offers/{Offer.objects.get(carer=carers[3]).pk}/accept/").status_code == 200
        page = desk.get("/urgent/", headers={"HX-Request": "true"}).content.decode()

    assert "护工C4 正在赶去" in page
    assert statuses(urgent) == ["waiting", "alarmed", "taken"]
    assert sent == []
    assert_sound()
