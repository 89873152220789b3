"""The steps of placing an order: check the head and every item, write the head, write each item with its visits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from orders.models import Contact, Elder, Order, OrderItem
from orders.requests import ItemRequest
from orders.services import series
from orders.services.occurrences import make_visit
from orders.services.terms import Terms, check
from orders.wall_clock import local
from people.errors import Invalid, Text
from people.models import Person
from people.transitions import record_birth

LONGEST_NOTE = 500
LONGEST_PROGRAMME = 32


def check_head(
    elder: Elder,
    items: Sequence[ItemRequest],
    requested_at: datetime,
    channel: str,
    ordered_by: Person | None,
    note: str,
    programme: str,
    now: datetime,
) -> None:
    """Refuse an order whose head breaks a rule.

    Raises:
        Invalid: naming the field.
    """
    if not items:
        message = _("An order needs at least one service.")
        raise Invalid(message, fields={"items": [message]})
    if requested_at > now:
        message = _("An order cannot be asked for in the future.")
        raise Invalid(message, fields={"requested_at": [message]})
    if channel not in Order.Channel.values:
        message = _("There is no such channel.")
        raise Invalid(message, fields={"channel": [message]})
    if len(note) > LONGEST_NOTE:
        message = _("At most 500 characters.")
        raise Invalid(message, fields={"note": [message]})
    if len(programme) > LONGEST_PROGRAMME:
        message = _("At most 32 characters.")
        raise Invalid(message, fields={"programme": [message]})
    if ordered_by is not None and not may_order_for(person=ordered_by, elder=elder):
        message = _("This person may not order for this elder.")
        raise Invalid(message, fields={"ordered_by": [message]})


def may_order_for(*, person: Person, elder: Elder) -> bool:
    """True for the elder and for contacts who may order (家属代理)."""
    return (
        person.pk == elder.person_id
        or Contact.objects.filter(elder=elder, person=person, authority=Contact.Authority.MAY_ORDER).exists()
    )


def check_items(elder: Elder, items: Sequence[ItemRequest], now: datetime) -> list[Terms]:
    """The terms of every item.

    Raises:
        Invalid: everything wrong with any of them, by `items.<index>.<field>`.
    """
    terms: list[Terms] = []
    wrong: dict[str, list[Text]] = {}
    for index, request in enumerate(items):
        try:
            terms.append(check(request=request, elder=elder, now=now))
            if request.recurrence:
                series.check_recurrence(recurrence=request.recurrence, first_day=local(request.window_start).date())
        except Invalid as error:
            wrong.update({f"items.{index}.{field}": messages for field, messages in error.fields.items()})
    if wrong:
        raise Invalid(_("The order cannot be accepted like this."), fields=wrong)
    return terms


def write_head(
    elder: Elder,
    requested_at: datetime,
    channel: str,
    ordered_by: Person | None,
    note: str,
    programme: str,
    uses_credits: bool,
    actor: User | None,
    now: datetime,
) -> Order:
    """The row of a received order, with its number and its first event."""
    order = Order.objects.create(
        number=uuid4().hex,  # Held for a moment: the number is made of the key, which the database gives out once.
        elder=elder,
        ordered_by=ordered_by,
        channel=channel,
        programme=programme,
        note=note,
        uses_credits=uses_credits,
        requested_at=requested_at,
        created_at=now,
        created_by=actor,
    )
    order.number = order_number(order.pk, now)
    order.save(update_fields=["number"])
    record_birth(order, actor=actor, now=now)
    return order


def order_number(pk: int, now: datetime) -> str:
    """The number of an order, such as 20261001-000042: the county's day of entry and the row's own key."""
    return f"{local(now):%Y%m%d}-{pk:06d}"


def place_item(
    order: Order,
    elder: Elder,
    position: int,
    terms: Terms,
    credits_left: int,
    actor: User | None,
    now: datetime,
) -> int:
    """Write one item and its visits; returns the minutes of time credits that they use."""
    request = terms.request
    row = OrderItem.objects.create(
        order=order,
        item=request.item,
        position=position,
        duration_minutes=terms.duration_minutes,
        carers_needed=terms.carers_needed,
        time_critical_reason=request.time_critical_reason,
        time_critical_note=request.time_critical_note,
        gender_wish=terms.gender_wish,
        dialect_wish=terms.dialect_wish,
        window_rule=request.window_rule,
        lateness_minutes=request.lateness_minutes,
        priority=request.priority,
        mandatory=request.mandatory,
    )
    if request.recurrence is None:
        visits = [
            make_visit(
                order_item=row,
                elder=elder,
                item=request.item,
                window_start=terms.window_start,
                window_end=terms.window_end,
                credits_left=credits_left,
                actor=actor,
                now=now,
            )
        ]
    else:
        visits = series.begin(
            order_item=row, terms=terms, recurrence=request.recurrence, credits_left=credits_left, actor=actor, now=now
        )
    if visits:
        first = visits[0]
        row.gov_minutes, row.credit_minutes = first.gov_minutes, first.credit_minutes
        row.self_pay_fen = first.self_pay_fen
        row.save(update_fields=["gov_minutes", "credit_minutes", "self_pay_fen"])
    return sum(visit.credit_minutes for visit in visits)
