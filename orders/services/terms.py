"""Checks a request against the catalogue, the elder and the clock, and turns it into the terms of its visits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from orders.models import Elder, OrderItem, Priority, ServiceItem, ServiceKind, WindowRule
from orders.requests import CRITICAL_REASONS, ItemRequest
from orders.wall_clock import local, midnight_after, whole_minute
from people import policy
from people.errors import Invalid, Text
from people.models import Gender

LONGEST_MINUTES = 720
MINUTES_A_DAY = 1440
LONGEST_NOTE = 100  # characters, as its column
LONGEST_DIALECT = 32

_PRIORITY_OF_KIND = {
    ServiceKind.URGENT: Priority.URGENT,
    ServiceKind.WELFARE: Priority.OBLIGATION,
    ServiceKind.COMFORT: Priority.COMPANIONSHIP,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """A request that passed: what its order item will say, and the first window."""

    request: ItemRequest
    window_start: datetime
    window_end: datetime
    duration_minutes: int
    carers_needed: int
    gender_wish: str
    dialect_wish: str

    @property
    def service_date(self) -> date:
        return local(self.window_start).date()


def check(*, request: ItemRequest, elder: Elder, now: datetime) -> Terms:
    """The terms of a request for an elder.

    Raises:
        Invalid: everything that is wrong with it at once, by field.
    """
    wrong: dict[str, list[Text]] = {}
    item = request.item
    minutes = item.duration_minutes if request.duration_minutes is None else request.duration_minutes
    carers = item.carers_needed if request.carers_needed is None else request.carers_needed
    if not 1 <= minutes <= LONGEST_MINUTES:
        add(wrong, "duration_minutes", _("A visit takes 1 to 720 minutes."))
    if carers not in (1, 2):
        add(wrong, "carers_needed", _("A visit needs one or two carers."))
    if not 0 <= request.lateness_minutes <= MINUTES_A_DAY:
        add(wrong, "lateness_minutes", _("A visit may be 0 to 1440 minutes late."))
    if request.priority is not None and request.priority not in Priority.values:
        add(wrong, "priority", _("There is no such priority."))
    if request.window_rule not in WindowRule.values:
        add(wrong, "window_rule", _("There is no such window rule."))
    _check_time_critical(request, wrong)
    wish = _gender_wish(request, elder, wrong)
    dialect = request.dialect_wish.strip() or elder.dialect
    if len(dialect) > LONGEST_DIALECT:
        add(wrong, "dialect_wish", _("At most 32 characters."))
    start, end = _window(request, wrong)
    if not wrong:
        check_window(start=start, end=end, rule=request.window_rule, minutes=minutes, now=now, wrong=wrong)
        check_day(elder=elder, item=item, day=local(start).date(), wrong=wrong)
    refuse(wrong)
    return Terms(request, start, end, minutes, carers, wish, dialect)


def add(wrong: dict[str, list[Text]], name: str, message: Text) -> None:
    """Note one thing that is wrong with a field."""
    wrong.setdefault(name, []).append(message)


def refuse(wrong: dict[str, list[Text]]) -> None:
    """Raise Invalid with everything that was found wrong, if anything was."""
    if wrong:
        raise Invalid(_("The order cannot be accepted like this."), fields=wrong)


def check_window(
    *, start: datetime, end: datetime, rule: str, minutes: int, now: datetime, wrong: dict[str, list[Text]]
) -> None:
    """Add to `wrong` what is wrong with a window: turned round, past, across midnight, too short for its rule."""
    if end <= start:
        add(wrong, "window_end", _("The window must end after it begins."))
    elif end > midnight_after(local(start).date()):
        add(wrong, "window_end", _("The window must end on the day on which it begins."))
    elif rule == WindowRule.END and end - start < timedelta(minutes=minutes):
        add(wrong, "window_end", _("The window is shorter than the service."))
    if start < whole_minute(now):
        add(wrong, "window_start", _("The window is already past."))


def check_day(*, elder: Elder, item: ServiceItem, day: date, wrong: dict[str, list[Text]]) -> None:
    """Add to `wrong` why an elder cannot get a service on a day."""
    if not is_offered(item, day):
        add(wrong, "item", _("This service is not in the catalogue on that day."))
    if not is_active(elder, day):
        add(wrong, "elder", _("This elder receives no services on that day."))
    if elder.person.home is None:
        add(wrong, "elder", _("No home is recorded for this elder."))


def is_offered(item: ServiceItem, day: date) -> bool:
    """True when this version of the catalogue row is valid on the day."""
    return item.effective_from <= day and (item.effective_to is None or day <= item.effective_to)


def is_active(elder: Elder, day: date) -> bool:
    """True when the elder receives services on the day."""
    return elder.active_from <= day and (elder.active_to is None or day <= elder.active_to)


def priority_of(*, wanted: int | None, kind: str, is_time_critical: bool, gov_minutes: int) -> int:
    """How urgent a visit is: the operator's word or the service's own rank; a time-critical visit is at least
    TIME_CRITICAL, whatever was said."""
    rank = wanted
    if rank is None:
        ordinary = Priority.SUBSIDISED if gov_minutes else Priority.ORDINARY
        rank = _PRIORITY_OF_KIND.get(ServiceKind(kind), ordinary)
    return min(rank, Priority.TIME_CRITICAL) if is_time_critical else rank


def _check_time_critical(request: ItemRequest, wrong: dict[str, list[Text]]) -> None:
    reason = request.time_critical_reason
    if reason and reason not in CRITICAL_REASONS:
        add(wrong, "time_critical_reason", _("Choose one of the allowed reasons."))
    if reason == OrderItem.CriticalReason.OTHER and not request.time_critical_note.strip():
        add(wrong, "time_critical_note", _("Say why the time matters."))
    if len(request.time_critical_note) > LONGEST_NOTE:
        add(wrong, "time_critical_note", _("At most 100 characters."))
    if request.time_critical_note and not reason:
        add(wrong, "time_critical_reason", _("A time-critical visit needs a reason."))


def _gender_wish(request: ItemRequest, elder: Elder, wrong: dict[str, list[Text]]) -> str:
    """The gender that the carer must have, or empty: the service's rule first, then the words of the elder."""
    wish = request.gender_wish
    if wish and wish not in Gender.values:
        add(wrong, "gender_wish", _("Gender is female or male."))
    if request.item.gender_rule == ServiceItem.GenderRule.SAME:
        if wish and wish != elder.person.gender:
            add(wrong, "gender_wish", _("This service is given by a carer of the elder's own gender."))
        return elder.person.gender
    if request.item.gender_rule == ServiceItem.GenderRule.WISH:
        return wish or elder.gender_wish
    return wish


def _window(request: ItemRequest, wrong: dict[str, list[Text]]) -> tuple[datetime, datetime]:
    """The window to the minute; a time-critical one shrinks to the policy's tolerance around its middle."""
    if request.window_start.tzinfo is None or request.window_end.tzinfo is None:
        add(wrong, "window_start", _("Times must name their time zone."))
        return request.window_start, request.window_end
    start, end = whole_minute(request.window_start), whole_minute(request.window_end)
    return narrowed(start, end) if request.is_time_critical else (start, end)


def narrowed(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The window of a time-critical visit: `window_tolerance_minutes` to either side of its middle, never wider."""
    if end <= start:
        return start, end
    middle = whole_minute(start + (end - start) / 2)
    tolerance = timedelta(minutes=policy.minutes("window_tolerance_minutes", on=local(start).date()))
    return max(start, middle - tolerance), min(end, middle + tolerance)
