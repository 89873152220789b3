"""The engine counts minutes from local midnight of the day; the database holds moments in UTC."""

from datetime import date, datetime, time, timedelta
from functools import cache

from django.utils import timezone

MINUTES_A_DAY = 1440


@cache
def midnight(day: date) -> datetime:
    """The moment the county's calendar day begins."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def minute_of(moment: datetime, day: date) -> int:
    """Whole minutes from midnight of the day to the moment, rounded down; negative before, past 1440 after."""
    return int((moment - midnight(day)).total_seconds() // 60)


def minute_not_before(moment: datetime, day: date) -> int:
    """As `minute_of`, rounded up."""
    return -int((midnight(day) - moment).total_seconds() // 60)


def moment_of(minute: int, day: date) -> datetime:
    """The moment at that minute of the day."""
    return midnight(day) + timedelta(minutes=minute)
