"""Urgent help on the factories' Monday: carers on duty all day along the road, an elder at its beginning."""

from datetime import date, datetime, timedelta
from typing import Any

from dispatch.offers.models import Offer
from dispatch.urgent.models import UrgentCall
from dispatch.urgent.services.raise_call import call_for_help
from orders.models import Elder, ServiceItem
from tests.dispatch import factories
from tests.orders import make
from tests.orders.make import NOW
from volunteers.models import Availability, Carer

__all__ = ["after", "asked", "call", "carer", "item", "statuses"]


def after(seconds: float) -> datetime:
    """So many seconds after the call at NOW (07:00)."""
    return NOW + timedelta(seconds=seconds)


def item(**fields: Any) -> ServiceItem:
    """The catalogue's urgent help: 45 minutes."""
    return make.item("URGENT", **{"duration_minutes": 45, "name": "助急"} | fields)


def carer(number: str, kilometres_north: float = 1.0, *, shift: tuple[int, int] = (0, 1440), **fields: Any) -> Carer:
    """A worker (e-bike) who can give urgent help, on duty in these minutes of every day."""
    values = {"kind": Carer.Kind.WORKER, "skills": ("URGENT", "CLEAN"), "name": f"护工{number}"} | fields
    made = factories.make_carer(number, kilometres_north=kilometres_north, **values)
    Availability.objects.bulk_create(
        Availability(
            carer=made, weekday=weekday, start_minute=shift[0], end_minute=shift[1], valid_from=date(2026, 1, 1)
        )
        for weekday in range(7)
    )
    return made


def call(elder: Elder | None = None, now: datetime = NOW, **words: Any) -> UrgentCall:
    """Somebody presses the key at NOW."""
    return call_for_help(
        elder=elder or Elder.objects.first() or factories.make_elder(), **{"actor": None} | words, now=now
    )


def asked(urgent: UrgentCall) -> dict[str, str]:
    """The state of the newest question to each carer, by carer number, in the order of asking."""
    rows = Offer.objects.filter(visit=urgent.visit).order_by("pk")
    return dict(rows.values_list("carer__number", "status"))


def statuses(urgent: UrgentCall) -> list[str]:
    """What the call went through."""
    return list(urgent.events.values_list("new", flat=True))
