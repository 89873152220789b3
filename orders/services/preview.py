"""What an order would cost whom, before it is saved: the steps of placing it, with nothing locked and nothing written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from orders.models import Elder, Entitlement, Order, OrderItem, ServiceItem
from orders.requests import ItemRequest
from orders.services import placing, series
from orders.services.entitlements import Hours
from orders.services.quotes import Quote, quote
from orders.services.series import Occurrence
from orders.services.terms import Terms
from orders.split import Split
from people.templatetags.care import duration, yuan


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """How the price of an item's first visit splits, and why, in sentences for the operator."""

    day: date
    split: Split
    because: list[str]


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One wanted service: how many visits saving makes at once, and its first; None where they are made later."""

    item: ServiceItem
    minutes: int
    visits: int
    first: FirstVisit | None


def preview(
    *, elder: Elder, items: Sequence[ItemRequest], credit_minutes_available: int | None, now: datetime
) -> list[PreviewLine]:
    """A line for each item, as `place_order` would split it now; later items see what earlier ones used up.

    `credit_minutes_available` as for `place_order`; None: time credits are not used.

    Raises:
        Invalid: as `place_order` for the items.
    """
    hours = Hours(list(Entitlement.objects.filter(elder=elder).order_by("pk")))
    credits_left = credit_minutes_available or 0
    lines = []
    for terms in placing.check_items(elder, items, now):
        coming = _occurrences(elder, terms, now)
        first = None
        for occurrence in coming:
            found = quote(
                elder=elder,
                item=occurrence.item,
                minutes=terms.duration_minutes,
                on=occurrence.day,
                credits_left=credits_left,
                hours=hours,
            )
            if first is None:
                credits_shown = None if credit_minutes_available is None else credits_left
                because = _because(occurrence, terms.duration_minutes, found, hours, credits_shown)
                first = FirstVisit(occurrence.day, found.split, because)
            hours.take(found.shares, occurrence.day)
            credits_left -= found.split.credit_minutes
        lines.append(PreviewLine(terms.request.item, terms.duration_minutes, len(coming), first))
    return lines


def _occurrences(elder: Elder, terms: Terms, now: datetime) -> list[Occurrence]:
    """The visits that saving the item would make."""
    request = terms.request
    if request.recurrence is None:
        return [Occurrence(terms.service_date, terms.window_start, terms.window_end, request.item)]
    order_item = OrderItem(order=Order(elder=elder), item=request.item)
    drafted = series.drafted(order_item=order_item, terms=terms, recurrence=request.recurrence)
    return series.occurrences(series=drafted, until=series.horizon(now), now=now, warnings=[])


def _because(occurrence: Occurrence, minutes: int, found: Quote, hours: Hours, credits_left: int | None) -> list[str]:
    item, split = occurrence.item, found.split
    price = _("%(minutes)s cost %(price)s (%(unit)s for %(whole)s).") % {
        "minutes": duration(minutes),
        "price": yuan(split.gov_fen + split.credit_fen + split.self_pay_fen),
        "unit": yuan(item.price_fen),
        "whole": duration(item.duration_minutes),
    }
    lines = [price, *_about_hours(occurrence, found, hours)]
    if split.gov_minutes < minutes:
        lines.append(_about_credits(item, split, credits_left))
    if split.self_pay_fen:
        return [*lines, _("The elder pays %(price)s.") % {"price": yuan(split.self_pay_fen)}]
    return [*lines, _("The elder pays nothing.")]


def _about_hours(occurrence: Occurrence, found: Quote, hours: Hours) -> list[str]:
    """What government hours pay, by entitlement; none set is not the same as none left."""
    if not occurrence.item.subsidised:
        return [_("Government hours do not pay for this service.")]
    valid = hours.valid_on(occurrence.day)
    if not valid:
        return [_("No government hours are set for this elder on %(day)s.") % {"day": occurrence.day}]
    given = {share.entitlement.pk: share.minutes for share in found.shares}
    return [
        _about_entitlement(each, given.get(each.pk, 0), hours.left(each, occurrence.day), occurrence.day)
        for each in valid
        if each.pk in given or hours.left(each, occurrence.day) == 0
    ]


def _about_entitlement(entitlement: Entitlement, minutes: int, left: int, day: date) -> str:
    facts = {"category": entitlement.get_category_display(), "month": f"{day:%Y-%m}"}
    if not minutes:
        return _("%(category)s: no government hours are left in %(month)s.") % facts
    facts |= {"minutes": duration(minutes), "before": duration(left), "after": duration(left - minutes)}
    return _("%(category)s: government hours pay %(minutes)s; left in %(month)s: %(before)s → %(after)s.") % facts


def _about_credits(item: ServiceItem, split: Split, credits_left: int | None) -> str:
    """What time credits pay of the minutes that government hours leave over."""
    if not item.credit_payable:
        return _("Time credits do not pay for this service.")
    if credits_left is None:
        return _("Time credits are not used for this order.")
    if not split.credit_minutes:
        return _("No time credits are left.")
    return _("Time credits pay %(minutes)s; left: %(before)s → %(after)s.") % {
        "minutes": duration(split.credit_minutes),
        "before": duration(credits_left),
        "after": duration(credits_left - split.credit_minutes),
    }
