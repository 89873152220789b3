"""Queueing messages in the transaction of the change they tell of. Nothing is sent here; see `deliver`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import translation

from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.recipients import Recipient, recipients_of
from dispatch.confirmations.texts import Speech, greeting
from orders.models import Order, Visit
from orders.wall_clock import first_waking_moment, local
from people import policy
from people.outbox import queue_once

MESSAGE_HOURS = ("message_from_hour", "message_until_hour")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is known who gets it, and so whether it is read or heard.

    `event` names what happened: the same event never makes two messages. `until`: afterwards it is of no use.
    """

    kind: Confirmation.Kind
    event: str
    order: Order
    visit: Visit | None
    text: Callable[[Speech], str]
    until: datetime


def queue_confirmations(drafts: Sequence[Draft], *, actor: User | None, now: datetime) -> list[Confirmation]:
    """The messages of those who can be told, in the same order; who has no phone is left out and must be called back on.

    Orders come with their people. An event that was told already returns its first message. What still waits to be
    sent about the same visit (or, for a whole order, about anything of it) is out of date and never sent, except that an
    order placed replaces nothing. Call it in the transaction of the change; a fixed number of queries for any number.
    """
    told = recipients_of(draft.order for draft in drafts)
    drafts = [draft for draft in drafts if draft.order.pk in told]
    if not drafts:
        return []
    with policy.read_once():
        rows = [_row(draft, told[draft.order.pk], now) for draft in drafts]
    waiting = Q(order__in={row.order_id for row in rows})
    return queue_once(rows, waiting=waiting, replaced=_is_replaced, actor=actor, now=now)


def _is_replaced(waiting: Confirmation, fresh: Sequence[Confirmation]) -> bool:
    return any(_replaces(row, waiting) for row in fresh)


def _replaces(fresh: Confirmation, waiting: Confirmation) -> bool:
    """Whether a waiting message is no longer true once the fresh one is."""
    if waiting.order_id != fresh.order_id:
        return False
    if fresh.kind == Confirmation.Kind.ORDER_PLACED:
        return False  # the first word about an order: what waits of it already knows more
    return fresh.visit_id is None or waiting.visit_id == fresh.visit_id


def _row(draft: Draft, recipient: Recipient, now: datetime) -> Confirmation:
    hotline = str(policy.value("hotline", on=local(now).date()))
    say = Speech(aloud=recipient.channel == Confirmation.Channel.VOICE, hotline_number=hotline)
    elder = draft.order.elder.person
    with translation.override(settings.LANGUAGE_CODE):
        about = elder.name if recipient.person != elder else ""
        text = greeting(recipient.person.name, about) + draft.text(say)
    return Confirmation(
        kind=draft.kind,
        order=draft.order,
        visit=draft.visit,
        person=recipient.person,
        channel=recipient.channel,
        number=recipient.number,
        text=text,
        key=draft.event,
        next_due_at=first_waking_moment(now, until=draft.until, hours=MESSAGE_HOURS),
        expires_at=draft.until,
        created_at=now,
    )
