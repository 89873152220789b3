"""From when on work counts as late."""

from datetime import datetime, timedelta

from dispatch.visits.models import Assignment
from people import policy
from people.clock import local_date


def late_before(now: datetime) -> datetime:
    """Accepted work that was planned to begin by this moment, and has not begun, is late now."""
    return now - timedelta(minutes=policy.minutes("late_alarm_minutes", on=local_date(now)))


def is_late(assignment: Assignment, now: datetime) -> bool:
    """Whether the carer accepted this work, should have been there for a while, and has not checked in."""
    return assignment.status == Assignment.Status.ACCEPTED and assignment.planned_start <= late_before(now)
