"""Stores rows about what carers may do, when they come, and what elders ask for; see `writers`."""

from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _

from dispatch.intake.writers import Context, Row, State, find_carer, refuse_other, unknown
from orders.models import Elder, Order, Visit
from orders.requests import ItemRequest
from orders.selectors import version_on
from orders.services.orders import place_order
from orders.wall_clock import at
from people.clock import local_date
from people.errors import Invalid
from volunteers.models import Availability, Certificate
from volunteers.services import add_certificate, offer_time


def certificate(row: Row, context: Context) -> State:
    """A certificate by carer, code and first day."""
    carer = find_carer(row["carer"])
    stored = Certificate.objects.filter(carer=carer, code=row["code"], valid_from=row["valid_from"]).first()
    if stored is None:
        details = {name: value for name, value in row.items() if name != "carer"}
        add_certificate(carer=carer, actor=context.actor, now=context.now, **details)
        return State.NEW
    refuse_other(row, {name: getattr(stored, name) for name in ("valid_to", "number", "issuer")})
    return State.UNCHANGED


def availability(row: Row, context: Context) -> State:
    """Offered time by carer, weekday or day, hours and first day. Any other overlap is refused."""
    carer = find_carer(row["carer"])
    weekday, day = row.get("weekday"), row.get("day")
    if (weekday is None) == (day is None):
        message = _("Give either a weekday or a date.")
        raise Invalid(message, fields={"weekday": [message]})
    # A row without a first day was stored with the day of its import.
    first = {"valid_from": day or row["valid_from"]} if day or "valid_from" in row else {}
    hours = {"start_minute": _minute(row["start"]), "end_minute": _minute(row["end"]) or 1440}
    stored = Availability.objects.filter(carer=carer, weekday=weekday, day=day, **hours, **first).first()
    if stored is not None:
        refuse_other(row, {"valid_to": stored.valid_to})
        return State.UNCHANGED
    offer_time(
        carer=carer,
        weekday=weekday,
        day=day,
        valid_from=row.get("valid_from") or local_date(context.now),
        valid_to=row.get("valid_to"),
        actor=context.actor,
        now=context.now,
        **hours,
    )
    return State.NEW


def order(row: Row, context: Context) -> State:
    """An order of one visit, by elder, service and start. Orders that were cancelled since do not count."""
    elder = Elder.objects.select_related("person__home", "town").filter(number=row["elder"]).first()
    if elder is None:
        raise unknown("elder", _("There is no elder with this number."))
    item = version_on(code=row["item"], day=row["day"])
    if item is None:
        raise unknown("item", _("This service is not in the catalogue on that day."))
    start, end = at(row["day"], row["window_start"]), at(row["day"], row["window_end"])
    if end.time() == time():
        end += timedelta(days=1)
    alive = Visit.objects.exclude(status=Visit.Status.CANCELLED)
    stored = alive.filter(elder=elder, item__code=item.code, window_start=start).first()
    if stored is not None:
        refuse_other({"window_end": end}, {"window_end": stored.window_end})
        return State.UNCHANGED
    asked: datetime | None = row.get("requested_at")
    place_order(
        elder=elder,
        items=[ItemRequest(item=item, window_start=start, window_end=end)],
        requested_at=at(asked.date(), asked.time()) if asked else context.now,
        channel=Order.Channel.IMPORT,
        note=row.get("note", ""),
        actor=context.actor,
        now=context.now,
    )
    return State.NEW


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
