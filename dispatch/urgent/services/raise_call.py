"""The one key: the order and its first offers are written in the request that asks for help.

The call is written first and stands whatever becomes of them.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from dispatch.urgent.models import UrgentCall
from dispatch.urgent.selectors import running_for
from dispatch.urgent.services.escalate import ask_or_say_why, catch_up, raise_alarm
from dispatch.urgent.words import ELDER_INACTIVE, NO_HOME, NOT_IN_CATALOGUE, ORDER_REFUSED
from dispatch.visits.permissions import require_office
from dispatch.visits.services.paid_orders import place_paid_order
from orders.models import CallRecord, Elder, Order, ServiceItem, ServiceKind, Visit
from orders.requests import ItemRequest
from orders.selectors import catalogue_on
from orders.services.calls import link_order
from orders.services.placing import LONGEST_NOTE, may_order_for
from orders.services.terms import is_active
from orders.wall_clock import midnight_after, whole_minute
from people import policy
from people.clock import local_date
from people.errors import Conflict, DomainError, Invalid, NotAllowed
from people.models import Person
from people.transitions import record_birth

_log = structlog.get_logger(__name__)


@policy.read_once()
def call_for_help(
    *,
    elder: Elder,
    note: str = "",
    ordered_by: Person | None = None,
    call: CallRecord | None = None,
    actor: User | None,
    now: datetime,
) -> UrgentCall:
    """The elder's running urgent call: its order, and the offers to the nearest able carers, are committed together.

    Pressing again while it runs returns the same one and orders nothing. Anybody may call for help: who may not order
    for the elder is not written down as who ordered. When nobody able is found, or no order can be placed, the call stands
    all the same: the alarm is raised at once and says why. `call`, the one on the line, keeps the order that came of it,
    unless it is another operator's. Nothing here waits for the broker or the network.

    Raises:
        NotAllowed: the actor is not of the office.
    """
    require_office(actor)
    urgent = _still_running(elder, now)
    if urgent is None:
        try:
            with transaction.atomic():
                urgent = _raise(elder, note, ordered_by, actor=actor, now=now)
        except IntegrityError:  # somebody else pressed at the same moment
            urgent = running_for(elder)
            if urgent is None:
                raise
    if call is not None and urgent.visit is not None and actor is not None:
        with suppress(Conflict, NotAllowed):  # another's call to write down; a dispatcher's key
            link_order(call=call, order=urgent.visit.order_item.order, actor=actor, now=now)
    return urgent


def _still_running(elder: Elder, now: datetime) -> UrgentCall | None:
    urgent = running_for(elder)
    if urgent is None:
        return None
    catch_up(urgent.pk, now=now)  # a carer may have arrived since anybody looked
    return running_for(elder)


def _raise(elder: Elder, note: str, ordered_by: Person | None, *, actor: User | None, now: datetime) -> UrgentCall:
    day = local_date(now)
    urgent = UrgentCall.objects.create(  # first: of two who press at once, the other waits here and orders nothing
        elder=elder,
        raised_at=now,
        raised_by=actor,
        next_ask_at=now + timedelta(seconds=policy.minutes("urgent_next_seconds", on=day)),
        alarm_due_at=now + timedelta(seconds=policy.minutes("urgent_alarm_seconds", on=day)),
    )
    record_birth(urgent, actor=actor, now=now)
    item = catalogue_on(day).filter(kind=ServiceKind.URGENT).order_by("code").first()
    obstacles: dict[str, int] | None
    words = ""
    if item is None:
        obstacles = {NOT_IN_CATALOGUE: 0}
    elif not is_active(elder, day):
        obstacles = {ELDER_INACTIVE: 0}
    elif elder.person.home is None:
        obstacles = {NO_HOME: 0}
    else:
        try:
            urgent.visit = _order(elder, item, note, ordered_by, actor=actor, now=now)
        except Exception as fault:  # whatever is wrong with the order, somebody needs help
            _log.error("urgent_order_refused", urgent=urgent.pk, fault=type(fault).__name__)
            obstacles, words = {ORDER_REFUSED: 0}, _words_of(fault)
        else:
            urgent.save(update_fields=["visit"])
            obstacles = ask_or_say_why(urgent.visit, actor=actor, now=now)
    if obstacles is not None:
        raise_alarm(urgent, obstacles, words=words, now=now)
    return urgent


def _order(
    elder: Elder, item: ServiceItem, note: str, ordered_by: Person | None, *, actor: User | None, now: datetime
) -> Visit:
    """The visit of a new order. When it is refused with the elder's time credits, it is tried again without them."""
    start = whole_minute(now)
    window = timedelta(minutes=policy.minutes("urgent_window_minutes", on=local_date(now)))
    end = min(start + window, midnight_after(local_date(now)))
    may_order = ordered_by is not None and may_order_for(person=ordered_by, elder=elder)
    place = partial(
        place_paid_order,
        elder=elder,
        items=[ItemRequest(item=item, window_start=start, window_end=end)],
        requested_at=now,
        channel=Order.Channel.PHONE,
        ordered_by=ordered_by if may_order else None,
        note=note.strip()[:LONGEST_NOTE],
        actor=actor,
        now=now,
    )
    try:
        order = place()
    except Exception as fault:
        _log.warning("urgent_order_tried_again", elder=elder.pk, fault=type(fault).__name__)
        order = place(use_credits=False)
    return Visit.objects.select_related("order_item", "place", "town", "item", "elder").get(order_item__order=order)


def _words_of(fault: Exception) -> str:
    """What a refusal says to a person; nothing for a fault, whose words are no one's to read."""
    if not isinstance(fault, DomainError):
        return ""
    fields = fault.fields if isinstance(fault, Invalid) else {}
    return " ".join(str(text) for texts in fields.values() for text in texts) or str(fault.message)
