"""What one visit costs whom: the split quoted from the purses as they stand, and government minutes put aside for it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User

from orders.models import Elder, ServiceItem, Visit
from orders.services import entitlements
from orders.split import Split, price_of, split


@dataclass(frozen=True, slots=True)
class Quote:
    """A split, with the entitlements that give its government minutes."""

    split: Split
    shares: list[entitlements.Share]


def quote(
    *,
    elder: Elder,
    item: ServiceItem,
    minutes: int,
    on: date,
    credits_left: int,
    hours: entitlements.Hours | None = None,
) -> Quote:
    """The split of a visit of `minutes` on a day, by the entitlements valid that day and the month's minutes left.

    Without `hours` it is to be saved: the elder's entitlements are locked until the transaction ends.
    """
    shares: list[entitlements.Share] = []
    if item.subsidised:
        hours = hours or entitlements.Hours(entitlements.lock(elder=elder))
        shares = hours.shares(on=on, minutes=minutes)
    price = price_of(price_fen=item.price_fen, item_minutes=item.duration_minutes, minutes=minutes)
    parts = split(
        minutes=minutes,
        price_fen=price,
        gov_left=sum(share.minutes for share in shares),
        credits_left=credits_left if item.credit_payable else 0,
    )
    return Quote(parts, shares)


def requote(*, visit: Visit, credit_minutes_available: int, actor: User | None, now: datetime) -> None:
    """Quote a visit anew after its day changed or it opened again; what it had reserved is returned first.

    Time credits pay at most what they paid before: nobody has asked the elder for more.
    """
    entitlements.lock(elder=visit.elder)
    entitlements.give_back(visit=visit, actor=actor, now=now)
    fresh = quote(
        elder=visit.elder,
        item=visit.item,
        minutes=visit.duration_minutes,
        on=visit.service_date,
        credits_left=min(visit.credit_minutes, credit_minutes_available),
    )
    visit.gov_minutes = fresh.split.gov_minutes
    visit.credit_minutes = fresh.split.credit_minutes
    visit.self_pay_fen = fresh.split.self_pay_fen
    visit.save(update_fields=["gov_minutes", "credit_minutes", "self_pay_fen"])
    entitlements.reserve(visit=visit, shares=fresh.shares, actor=actor, now=now)
