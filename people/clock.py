"""The one place that reads the clock. Services and the engine take `now` as an argument; edges call this."""

from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

YEARS = range(1900, 2200)  # what is typed outside of them is a slip of the pen


def now() -> datetime:
    """The current moment, aware, in UTC.

    A demonstration day may run on a simulated clock: then the moment is the ISO text in the file that
    `settings.SIMULATED_CLOCK_FILE` names. Production never sets it.
    """
    if settings.SIMULATED_CLOCK_FILE:
        return datetime.fromisoformat(Path(settings.SIMULATED_CLOCK_FILE).read_text().strip())
    return timezone.now()


def local_date(moment: datetime) -> date:
    """The calendar day of a moment on the county's wall clock (settings.TIME_ZONE)."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()
