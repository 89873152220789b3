"""What kind of day a day is: the county's own table first, then the national calendar, then the weekday alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import chinese_calendar
from chinese_calendar.constants import holidays as national_days

from orders.models import Holiday

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DayKind:
    """`is_known` is False where only the weekday spoke, because the national calendar for that year is not out."""

    is_workday: bool
    is_public_holiday: bool
    is_known: bool = True


def last_known_day() -> date:
    """The last day of the last year that the national calendar covers."""
    return date(max(national_days).year, 12, 31)


def kinds_of(days: Iterable[date]) -> dict[date, DayKind]:
    """The kind of each day, with one query for the county's table.

    A make-up Saturday (调休) is a working day; a plain weekend day is neither a working day nor a public holiday.
    """
    wanted = list(days)
    own = {row.day: row for row in Holiday.objects.filter(day__in=wanted)}
    return {day: _by_county(own[day]) if day in own else _by_nation(day) for day in wanted}


def _by_county(row: Holiday) -> DayKind:
    return DayKind(is_workday=row.is_workday, is_public_holiday=not row.is_workday)


def _by_nation(day: date) -> DayKind:
    try:
        is_off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return DayKind(is_workday=day.weekday() < SATURDAY, is_public_holiday=False, is_known=False)
    return DayKind(is_workday=not is_off, is_public_holiday=is_off and name is not None)
