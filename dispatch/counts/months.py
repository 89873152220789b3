"""Calendar months of the county's wall clock. A month is written as its first day, and as "2026-11" in addresses."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from people.clock import YEARS, local_date
from people.errors import Invalid


def month_of(day: date) -> date:
    """The first day of the month a day lies in."""
    return day.replace(day=1)


def current_month(now: datetime) -> date:
    """The first day of the month it is now on the county's wall clock."""
    return month_of(local_date(now))


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month_of(month + timedelta(days=31))


def previous_month(month: date) -> date:
    """The first day of the month before."""
    return month_of(month - timedelta(days=1))


def months_until(month: date, count: int) -> list[date]:
    """`count` months in order, the last one being `month`."""
    months = [month]
    while len(months) < count:
        months.append(previous_month(months[-1]))
    return months[::-1]


def label(month: date) -> str:
    """The month as it stands in addresses, files and answers: "2026-11"."""
    return f"{month:%Y-%m}"


def parse_month(text: str) -> date:
    """The month that a text such as "2026-11" names, in the years that the records may speak of.

    Raises:
        Invalid: the text is no month.
    """
    try:
        month = datetime.strptime(text, "%Y-%m").date()
        if month.year not in YEARS:
            raise ValueError(text)
        return month
    except ValueError:
        message = _("Write the month as year and month, for example 2026-11.")
        raise Invalid(message, fields={"month": [message]}) from None
