"""The county of these tests: one town, elders, a small catalogue, and moments on the wall clock."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from orders.models import Elder, Entitlement, Order, ServiceItem, Visit
from orders.requests import ItemRequest
from orders.services.orders import place_order
from people.models import Person, Place, Town

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 9, 14)  # a Monday


def at(clock: str, day: date = TODAY) -> datetime:
    """The moment of "HH:MM" on a day in Shanghai."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=SHANGHAI)


NOW = at("07:00")


def town(code: str = "T1") -> Town:
    return Town.objects.get_or_create(code=code, defaults={"name": code, "latitude": 33.78, "longitude": 119.26})[0]


def person(name: str = "王秀英", **fields: Any) -> Person:
    return Person.objects.create(name=name, **{"gender": "F", "created_at": NOW} | fields)


def elder(number: str = "E1", **fields: Any) -> Elder:
    where = fields.pop("town", None) or town()
    home = Place.objects.create(town=where, latitude=33.78, longitude=119.26)
    who = fields.pop("person", None) or person(home=home)
    values = {"visit_code": "0000", "active_from": date(2026, 1, 1)} | fields
    return Elder.objects.create(person=who, number=number, town=where, **values)


def item(code: str = "CLEAN", **fields: Any) -> ServiceItem:
    values = {
        "kind": code,
        "name": code,
        "duration_minutes": 60,
        "skill": code,
        "price_fen": 6000,
        "effective_from": date(2026, 1, 1),
    } | fields
    return ServiceItem.objects.create(code=code, **values)


def entitlement(elder: Elder, minutes: int = 600, **fields: Any) -> Entitlement:
    values = {"category": "ADVANCED_AGE", "valid_from": date(2026, 1, 1)} | fields
    return Entitlement.objects.create(elder=elder, minutes_per_month=minutes, **values)


def request(
    item: ServiceItem, start: str = "09:00", end: str = "11:00", day: date = TODAY, **terms: Any
) -> ItemRequest:
    return ItemRequest(item=item, window_start=at(start, day), window_end=at(end, day), **terms)


def order(elder: Elder, *requests: ItemRequest, **fields: Any) -> Order:
    values: dict[str, Any] = {"requested_at": NOW, "channel": Order.Channel.PHONE, "actor": None, "now": NOW} | fields
    return place_order(elder=elder, items=requests, **values)


def visits(order: Order) -> list[Visit]:
    return list(Visit.objects.filter(order_item__order=order).order_by("order_item__position", "window_start"))


def visit(elder: Elder, item: ServiceItem, **terms: Any) -> Visit:
    """The only visit of a new order."""
    [made] = visits(order(elder, request(item, **terms)))
    return made
