"""Makes one visit of an order item: quote, row, birth event, reserved minutes."""

from datetime import date, datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from orders.models import Elder, OrderItem, ServiceItem, Visit
from orders.services import entitlements, quotes
from orders.services.terms import priority_of
from orders.wall_clock import local
from people.errors import Invalid
from people.transitions import record_birth


def make_visit(
    *,
    order_item: OrderItem,
    elder: Elder,
    item: ServiceItem,
    window_start: datetime,
    window_end: datetime,
    credits_left: int,
    actor: User | None,
    now: datetime,
) -> Visit:
    """An open visit of `order_item` in a window that was checked, in the version of the service valid that day.

    Raises:
        Invalid: the elder has no home.
        LostRace: another visit took the government minutes since they were counted.
    """
    place = elder.person.home
    if place is None:
        message = _("No home is recorded for this elder.")
        raise Invalid(message, fields={"elder": [message]})
    day: date = local(window_start).date()
    quote = quotes.quote(elder=elder, item=item, minutes=order_item.duration_minutes, on=day, credits_left=credits_left)
    visit = Visit.objects.create(
        order_item=order_item,
        elder=elder,
        item=item,
        town=elder.town,
        place=place,
        service_date=day,
        window_start=window_start,
        window_end=window_end,
        window_rule=order_item.window_rule,
        lateness_minutes=order_item.lateness_minutes,
        duration_minutes=order_item.duration_minutes,
        carers_needed=order_item.carers_needed,
        gender_rule=order_item.gender_wish,
        priority=priority_of(
            wanted=order_item.priority,
            kind=item.kind,
            is_time_critical=bool(order_item.time_critical_reason),
            gov_minutes=quote.split.gov_minutes,
        ),
        mandatory=order_item.mandatory,
        gov_minutes=quote.split.gov_minutes,
        credit_minutes=quote.split.credit_minutes,
        self_pay_fen=quote.split.self_pay_fen,
        created_at=now,
    )
    record_birth(visit, actor=actor, now=now)
    entitlements.reserve(visit=visit, shares=quote.shares, actor=actor, now=now)
    return visit
