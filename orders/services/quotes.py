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


def quote(*, elder: Elder, item: ServiceItem, minutes: int, on: date, credits_left: int) -> Quote:
    """The split of a visit of `minutes` on a day, by the entitlements valid that day and the month's minutes left."""
    shares = entitlements.shares(elder=elder, on=on, minutes=minutes) if item.subsidised else []
    price = price_of(price_fen=item.price_fen, item_minutes=item.duration_minutes, minutes=minutes)
    parts = split(
        minutes=minutes,
        price_fen=price,
        gov_left=sum(share.minutes for share in shares),
        credits_left=credits_left if item.credit_payable else 0,
    )
    return Quote(parts, shares)


def requote(*, visit: Visit, actor: User | None, now: datetime) -> None:
    """Quote a visit anew after its day changed or it opened again; what it had reserved is returned first.

    Its minutes from time credits stay at most what they were: this app cannot see the time bank.
    """
    entitlements.lock(elder=visit.elder)
    entitlements.give_back(visit=visit, actor=actor, now=now)
    fresh = quote(
        elder=visit.elder,
        item=visit.item,
        minutes=visit.duration_minutes,
        on=visit.service_date,
        credits_left=visit.credit_minutes,
    )
    visit.gov_minutes = fresh.split.gov_minutes
    visit.credit_minutes = fresh.split.credit_minutes
    visit.self_pay_fen = fresh.split.self_pay_fen
    visit.save(update_fields=["gov_minutes", "credit_minutes", "self_pay_fen"])
    entitlements.reserve(visit=visit, shares=fresh.shares, actor=actor, now=now)
