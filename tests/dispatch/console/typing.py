"""An order as the console's form sends it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from orders.models import Elder, ServiceItem
from tests.dispatch.factories import TODAY

TOMORROW = TODAY + timedelta(days=1)


def line(service: ServiceItem, number: int = 0, **changes: Any) -> dict[str, str]:
    """One service: tomorrow, 09:00 to 11:00, once."""
    values = {
        "item": service.pk,
        "day": TOMORROW.isoformat(),
        "start": "09:00",
        "end": "11:00",
        "repeat": "",
        "until": "",
        "carers_needed": "",
        "carer": "",
        "gender": "",
        "dialect": "",
        "critical": "",
        "critical_note": "",
        "slot": "",
    } | changes
    return {f"line-{number}-{name}": str(value) for name, value in values.items()}


def sheet(elder: Elder, *lines: dict[str, str], **head: Any) -> dict[str, str]:
    """The whole form, as a fresh page would send it."""
    values = {"key": uuid4(), "caller": elder.person_id, "note": "门铃坏了"} | head
    body = {name: str(value) for name, value in values.items()}
    body |= {"line-TOTAL_FORMS": str(len(lines)), "line-INITIAL_FORMS": "0"}
    for each in lines:
        body |= each
    return body


def place(client: Client, elder: Elder, *lines: dict[str, str], **head: Any) -> Any:
    return client.post(f"/console/elders/{elder.pk}/place/", sheet(elder, *lines, **head))
