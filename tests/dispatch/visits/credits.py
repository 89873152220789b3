"""Elders with saved time, orders that it pays, and what the ledger says about both."""

from datetime import datetime
from itertools import count
from typing import Any

from dispatch.visits.services.paid_orders import place_paid_order
from orders.models import Elder, Order, Visit
from orders.requests import ItemRequest
from tests.dispatch.factories import NOW, make_elder
from volunteers.timebank.models import Account, Transfer
from volunteers.timebank.services import grant

_number = count(1)


def give(elder: Elder, minutes: int) -> None:
    """Minutes of the county fund for the elder's own time account."""
    grant(person=elder.person, minutes=minutes, key=f"start:{next(_number)}", cause="start", actor=None, now=NOW)


def elder_with(minutes: int, number: str = "E1") -> Elder:
    elder = make_elder(number)
    give(elder, minutes)
    return elder


def pay_order(elder: Elder, *requests: ItemRequest, now: datetime = NOW, **fields: Any) -> Order:
    values: dict[str, Any] = {"requested_at": now, "channel": Order.Channel.PHONE, "actor": None} | fields
    return place_paid_order(elder=elder, items=requests, now=now, **values)


def paid_visits(order: Order) -> list[Visit]:
    return list(Visit.objects.filter(order_item__order=order).order_by("order_item__position", "window_start"))


def account(elder: Elder) -> tuple[int, int]:
    """The balance and the held minutes of the elder's time account."""
    found = Account.objects.get(person=elder.person)
    return found.balance, found.held


def redeemed(visit: Visit) -> list[tuple[int, str]]:
    """Minutes and status of every transfer that was ever to pay the visit."""
    rows = Transfer.objects.filter(kind="REDEEM", cause=f"visit:{visit.pk}").order_by("pk")
    return list(rows.values_list("minutes", "status"))
