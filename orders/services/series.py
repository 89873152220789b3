"""Recurring orders: an RRULE on the county's wall clock becomes visits, some weeks ahead and never twice."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

from dateutil.rrule import DAILY, rrule, rrulestr
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import holidays
from orders.models import Order, OrderItem, OrderSeries, ServiceItem, Visit
from orders.requests import Recurrence
from orders.selectors import version_on
from orders.services import order_status
from orders.services.occurrences import make_visit
from orders.services.terms import Terms, is_active
from orders.wall_clock import at, local
from people import policy
from people.clock import local_date
from people.errors import DomainError, Invalid, LostRace, Text, WrongState

LONGEST_RULE = 200  # characters, as its column
CALENDAR_CYCLES = 19 * 400  # years


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One coming visit of an order item: its window, and the version of the service valid that day."""

    day: date
    window_start: datetime
    window_end: datetime
    item: ServiceItem


@dataclass(slots=True)
class Made:
    """What one round of materialising did: visits made, and what somebody should look at."""

    visits: list[Visit] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def parse_rule(*, text: str, starts_on: date) -> rrule:
    """The rule with its first possible day; dates only, on the wall clock.

    Raises:
        Invalid: not one RRULE line, one that repeats within a day, or one with its own start or times of day.
    """
    first = datetime.combine(starts_on, time())
    try:
        rule = rrulestr(text, dtstart=first)
    except (ValueError, TypeError, AttributeError) as error:
        raise _bad_rule() from error
    if len(text) > LONGEST_RULE or not isinstance(rule, rrule):
        raise _bad_rule()
    by_day = rule._freq <= DAILY and rule._timeset == (time(),)  # type: ignore[attr-defined]
    if not by_day or rule._dtstart != first or rule._interval < 1:  # type: ignore[attr-defined]
        raise _bad_rule()
    return rule


def _bad_rule() -> Invalid:
    message = _("Not a rule of recurrence by day, week, month or year (RRULE), such as FREQ=WEEKLY;BYDAY=MO,TH.")
    return Invalid(message, fields={"rrule": [message]})


def _names_a_day(rule: rrule) -> bool:
    """False for a rule such as every 30 February. dateutil would look for its day up to the year 9999, for minutes;
    the calendar repeats every 400 years, so a rule moved close to that year is soon known to have none."""
    start = rule._dtstart  # type: ignore[attr-defined]
    late = start.replace(year=start.year + CALENDAR_CYCLES)
    return rule.replace(dtstart=late, until=None).after(late, inc=True) is not None


def check_recurrence(*, recurrence: Recurrence, first_day: date) -> None:
    """Refuse a recurrence that cannot be read, ends before it begins or has no day at all.

    Raises:
        Invalid: by field.
    """
    rule = parse_rule(text=recurrence.rrule, starts_on=first_day)
    wrong: dict[str, list[Text]] = {}
    if recurrence.on_holiday not in OrderSeries.OnHoliday.values:
        wrong["on_holiday"] = [_("There is no such rule for holidays.")]
    if recurrence.ends_on and recurrence.ends_on < first_day:
        wrong["ends_on"] = [_("The recurrence ends before it begins.")]
    elif not _names_a_day(rule) or not _days(rule, first_day, recurrence.ends_on or date.max)[:1]:
        wrong["rrule"] = [_("This rule names no day at all.")]
    if wrong:
        raise Invalid(_("The order cannot be accepted like this."), fields=wrong)


def begin(
    *,
    order_item: OrderItem,
    terms: Terms,
    recurrence: Recurrence,
    credits_left: int,
    actor: User | None,
    now: datetime,
) -> list[Visit]:
    """Write the series of a new order item and make its visits as far ahead as `materialise_days` says."""
    series = drafted(order_item=order_item, terms=terms, recurrence=recurrence)
    series.save()
    return _make(series, horizon(now), credits_left, actor, now).visits


def drafted(*, order_item: OrderItem, terms: Terms, recurrence: Recurrence) -> OrderSeries:
    """The series of an order item, not saved yet."""
    return OrderSeries(
        order_item=order_item,
        rrule=recurrence.rrule,
        starts_on=terms.service_date,
        ends_on=recurrence.ends_on,
        window_start=local(terms.window_start).time(),
        window_end=local(terms.window_end).time(),
        on_holiday=recurrence.on_holiday,
        exceptions=[day.isoformat() for day in recurrence.exceptions],
    )


def horizon(now: datetime) -> date:
    """The last day for which visits are made now."""
    today = local_date(now)
    return today + timedelta(days=policy.minutes("materialise_days", on=today))


def continue_series(
    *, pk: int, until: date, credit_minutes_available: int = 0, actor: User | None, now: datetime
) -> Made:
    """Make the visits of one series up to `until`, in the caller's transaction; none unless its order is confirmed.

    Raises:
        LostRace: somebody else made them or took the government minutes at the same moment.
    """
    found = OrderSeries.objects.select_related("order_item__order__elder__person__home", "order_item__item").get(pk=pk)
    order = order_status.lock_order(found.order_item.order_id)
    series = OrderSeries.objects.select_related("order_item__order__elder__person__home", "order_item__item").get(pk=pk)
    if order.status != Order.Status.CONFIRMED:
        return Made()
    made = _make(series, until, credit_minutes_available, actor, now)
    order_status.derive(order=order, actor=actor, now=now)
    return made


class Continue(Protocol):
    """Makes the coming visits of one series; see `continue_series`."""

    def __call__(self, *, pk: int, until: date, actor: User | None, now: datetime) -> Made: ...


def materialise_series(
    *, until: date | None = None, actor: User | None = None, now: datetime, go_on: Continue = continue_series
) -> Made:
    """Make the visits of every running series up to and including `until` (default: the policy's horizon).

    Safe to repeat and to run twice at once: each series remembers how far it was made, moved on by
    compare-and-set, and an occurrence is unique. Each series is its own transaction; one that fails is reported in
    `warnings` and holds up no other. `go_on` makes the visits of one: dispatch's also lets time credits pay.
    """
    last = until or horizon(now)
    running = OrderSeries.objects.filter(order_item__order__status=Order.Status.CONFIRMED)
    made = Made()
    for pk in running.order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                one = go_on(pk=pk, until=last, actor=actor, now=now)
        except DomainError as error:
            made.warnings.append(f"#{pk}: {error.message}")
            continue
        made.visits += one.visits
        made.warnings += one.warnings
    return made


def _make(series: OrderSeries, last: date, credits_left: int, actor: User | None, now: datetime) -> Made:
    """Make the visits of the days after `made_until`, up to `last`; days that lie behind are left out for good."""
    made = Made()
    order_item = series.order_item
    taken = set(Visit.objects.filter(order_item=order_item).values_list("service_date", flat=True))
    for occurrence in occurrences(series=series, until=last, now=now, taken=taken, warnings=made.warnings):
        visit = make_visit(
            order_item=order_item,
            elder=order_item.order.elder,
            item=occurrence.item,
            window_start=occurrence.window_start,
            window_end=occurrence.window_end,
            credits_left=credits_left,
            actor=actor,
            now=now,
        )
        credits_left -= visit.credit_minutes
        made.visits.append(visit)
    _remember(series, last)
    return made


def occurrences(
    *, series: OrderSeries, until: date, now: datetime, taken: Collection[date] = (), warnings: list[str]
) -> list[Occurrence]:
    """The visits that a series, saved or not, has coming up to `until` on days that are not `taken`. Writes nothing;
    what somebody should look at is added to `warnings`."""
    rule = parse_rule(text=series.rrule, starts_on=series.starts_on)
    first, last = _span(series, until)
    days = [day for day in _days(rule, first, last) if day.isoformat() not in series.exceptions]
    found = []
    for day in _kept_on_holidays(series, days, warnings):
        start = at(day, series.window_start)
        if start < now or day in taken:
            continue
        if item := _version_for(series, day, warnings):
            found.append(Occurrence(day, start, at(day, series.window_end), item))
    return found


def _span(series: OrderSeries, until: date) -> tuple[date, date]:
    """The first and the last day to make next."""
    first = series.starts_on if series.made_until is None else series.made_until + timedelta(days=1)
    return first, min(until, series.ends_on or until)


def _kept_on_holidays(series: OrderSeries, days: list[date], warnings: list[str]) -> list[date]:
    if series.on_holiday == OrderSeries.OnHoliday.KEEP:
        return days
    kinds = holidays.kinds_of(days)
    if any(not kind.is_known for kind in kinds.values()):
        warnings.append(f"{series.order_item.order.number}: {calendar_warning()}")
    if series.on_holiday == OrderSeries.OnHoliday.WORK:
        return [day for day in days if kinds[day].is_workday]
    return [day for day in days if not kinds[day].is_public_holiday]


def calendar_warning() -> str:
    """What to tell people about days beyond the national calendar of holidays."""
    return str(
        _("The national calendar of holidays ends on %(day)s: later days follow the weekday, unless entered by hand.")
        % {"day": holidays.last_known_day()}
    )


def _version_for(series: OrderSeries, day: date, warnings: list[str]) -> ServiceItem | None:
    """The version of the service for a day on which the elder can get it, or None."""
    order = series.order_item.order
    item = version_on(code=series.order_item.item.code, day=day)
    if item is None:
        warnings.append(_about(order, day, _("This service is not in the catalogue on that day.")))
        return None
    if not is_active(order.elder, day):
        warnings.append(_about(order, day, _("This elder receives no services on that day.")))
        return None
    return item


def _about(order: Order, day: date, message: Text) -> str:
    return f"{order.number}, {day}: {message}"


def _remember(series: OrderSeries, until: date) -> None:
    """Note that the series was made up to `until`, and its end once the rule names no later day that counts."""
    rule = parse_rule(text=series.rrule, starts_on=series.starts_on)
    first, last = _span(series, until)
    last = max(last, first - timedelta(days=1))
    ends_on = series.ends_on
    following = rule.after(datetime.combine(last, time()))
    if following is None or following.date() > (ends_on or date.max):
        ends_on = max(last, series.starts_on)
    mine = OrderSeries.objects.filter(pk=series.pk, made_until=series.made_until)
    if mine.update(made_until=last, ends_on=ends_on) != 1:
        raise LostRace(_("Somebody else changed this a moment ago. Reload to see how it stands."))
    series.made_until, series.ends_on = last, ends_on


def _days(rule: rrule, first: date, last: date) -> list[date]:
    """The days of the rule from `first` to `last`, both included; only the first one when `last` is the end of time."""
    begin = datetime.combine(first, time())
    if last == date.max:
        found = rule.after(begin, inc=True)
        return [found.date()] if found else []
    return [moment.date() for moment in rule.between(begin, datetime.combine(last, time()), inc=True)]


def leave_out(*, series: OrderSeries, day: date, actor: User | None, now: datetime) -> None:
    """Leave out a day that is not yet made (a visit already made is cancelled instead). A repeat changes nothing.

    Raises:
        WrongState: the visits of that day are already made.
    """
    with transaction.atomic():
        order_status.lock_order(series.order_item.order_id)
        series.refresh_from_db(fields=["exceptions", "made_until"])
        if day.isoformat() in series.exceptions:
            return
        if series.made_until is not None and day <= series.made_until:
            raise WrongState(_("The visit of that day already exists: cancel the visit."), series=series.pk)
        series.exceptions = sorted([*series.exceptions, day.isoformat()])
        series.save(update_fields=["exceptions"])


def end_all(*, order: Order) -> None:
    """End the recurrences of an order where they were made up to. The caller holds the order's lock."""
    for series in OrderSeries.objects.filter(order_item__order=order):
        last = max(series.made_until or series.starts_on, series.starts_on)
        OrderSeries.objects.filter(pk=series.pk).update(made_until=last, ends_on=last)
