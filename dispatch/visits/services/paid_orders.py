"""Placing orders, and making the later visits of recurring ones, with the elder's time credits as one who pays."""

from collections.abc import Sequence
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from dispatch.visits.services.credit_hold import claim_credits, sync_credit_holds
from orders.models import Elder, Order, Visit
from orders.requests import ItemRequest
from orders.services import order_status
from orders.services.orders import place_order
from orders.services.series import Made, continue_series, materialise_series
from people.models import Person


def place_paid_order(
    *,
    elder: Elder,
    items: Sequence[ItemRequest],
    requested_at: datetime,
    channel: str,
    ordered_by: Person | None = None,
    note: str = "",
    programme: str = "",
    use_credits: bool = True,
    actor: User | None,
    now: datetime,
) -> Order:
    """`place_order` with what the elder's time account has free, held for the visits it pays, in one transaction.

    `use_credits` False: credits pay nothing of it, also not of a recurrence's later visits. Raises as `place_order`.
    """
    with transaction.atomic():
        order = place_order(
            elder=elder,
            items=items,
            requested_at=requested_at,
            channel=channel,
            ordered_by=ordered_by,
            note=note,
            programme=programme,
            credit_minutes_available=claim_credits(elder=elder) if use_credits else None,
            actor=actor,
            now=now,
        )
        paid = Visit.objects.filter(order_item__order=order, credit_minutes__gt=0).order_by("pk")
        sync_credit_holds(visits=paid.select_related("elder__person"), actor=actor, now=now)
    return order


def materialise_paid_series(*, until: date | None = None, actor: User | None = None, now: datetime) -> Made:
    """`materialise_series`; orders that use time credits get what is free when their visits are made."""
    return materialise_series(until=until, actor=actor, now=now, go_on=_continue)


def _continue(*, pk: int, until: date, actor: User | None, now: datetime) -> Made:
    order = Order.objects.select_related("elder__person").get(items__series=pk)
    order_status.lock_order(order.pk)  # before the account, as whoever cancels or verifies does
    available = claim_credits(elder=order.elder) if order.uses_credits else 0
    made = continue_series(pk=pk, until=until, credit_minutes_available=available, actor=actor, now=now)
    sync_credit_holds(visits=made.visits, actor=actor, now=now)
    return made
