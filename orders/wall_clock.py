"""The county's wall clock (settings.TIME_ZONE): days, minutes and months as people there count them."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from people import policy

# The policy settings between which nobody is disturbed by work: the day begins when the quiet ends.
QUIET_HOURS = ("quiet_until_hour", "quiet_from_hour")


def at(day: date, clock: time) -> datetime:
    """The aware moment of a wall-clock time on a day."""
    return datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())


def local(moment: datetime) -> datetime:
    """The same moment as the county's clock shows it."""
    return timezone.localtime(moment, timezone.get_default_timezone())


def midnight_after(day: date) -> datetime:
    """The moment at which a day ends."""
    return at(day + timedelta(days=1), time())


def whole_minute(moment: datetime) -> datetime:
    """The moment with its seconds dropped."""
    return moment.replace(second=0, microsecond=0)


def month_of(day: date) -> date:
    """The first day of the day's calendar month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def written_day(moment: datetime) -> str:
    """The month, day and weekday of a moment, as messages write them; right whenever they are read."""
    there = local(moment)
    facts = {"month": there.month, "day": there.day, "weekday": WEEKDAYS[there.weekday()]}
    return _("%(month)d/%(day)d (%(weekday)s)") % facts


def first_waking_moment(now: datetime, *, until: datetime, hours: tuple[str, str]) -> datetime:
    """Now, or the morning when it is night; now all the same if the morning would not come before `until`.

    `hours`: the policy settings that say at which hour the day begins and ends.
    """
    today = local(now).date()
    midnight = at(today, time())
    begin, end = (midnight + timedelta(hours=policy.minutes(key, on=today)) for key in hours)
    if begin <= now < end:
        return now
    morning = begin if now < begin else begin + timedelta(days=1)
    return morning if morning < until else now
