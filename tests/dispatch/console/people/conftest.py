"""A morning at the console: the cast, an operator's browser, and a call that came in."""

import pytest
from django.test import Client

from orders.models import CallRecord
from people.blind_index import blind
from tests.cast import NOW, Cast

CALLER = "+8613766667777"


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)


@pytest.fixture
def operator(cast: Cast) -> Client:
    """A browser in which the operator is logged in."""
    client = Client()
    client.force_login(cast.operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_call(number: str = CALLER) -> CallRecord:
    """A call that is being answered; an empty number is withheld."""
    return CallRecord.objects.create(
        call_id=f"call-{number}",
        direction="in",
        number=number,
        number_index=blind("phone", number) if number else "",
        number_tail=number[-4:],
        started_at=NOW,
    )
