"""What the evidence says: when an event counts, and from when to when a carer was there.

docs/mechanisms/evidence.md tells why.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from dispatch.visits.models import Assignment, CheckEvent
from people import policy
from people.clock import local_date


@dataclass(frozen=True, slots=True)
class ClockReading:
    """How far a device clock is ahead of ours (negative: behind), and the moment its event counts as."""

    skew: timedelta
    is_off: bool
    evidence_time: datetime


def read_clock(*, device_time: datetime, sent_at: datetime | None, now: datetime) -> ClockReading:
    """The moment an event counts as: the device's word, unless its clock is off by more than the policy allows.

    `sent_at` is the device's clock at sending. With it an event that waited for a signal keeps its age, and a wrong
    clock is set right by its skew; without it a wrong clock cannot be told from a late send: our clock counts.
    Nothing counts as later than `now`.
    """
    skew = (sent_at or device_time) - now
    tolerance = timedelta(minutes=policy.minutes("clock_skew_minutes", on=local_date(now)))
    is_off = abs(skew) > tolerance
    return ClockReading(skew, is_off, min(device_time - skew if is_off else device_time, now))


@dataclass(frozen=True, slots=True)
class Presence:
    """From when to when a carer was in the home, as far as the evidence tells."""

    start: datetime | None
    end: datetime | None


def presence(assignment: Assignment) -> Presence:
    """The earliest check-in and the first check-out after it; the latest correction of either replaces it.

    The end is never before the start: clocks that disagree make a visit of no length, which a flag reports.
    """
    events = list(assignment.check_events.values_list("kind", "evidence_time"))
    corrected = dict(assignment.corrections.order_by("at", "pk").values_list("kind", "corrected_time"))
    start = corrected.get(CheckEvent.Kind.IN) or min(
        (time for kind, time in events if kind == CheckEvent.Kind.IN), default=None
    )
    outs = sorted(time for kind, time in events if kind == CheckEvent.Kind.OUT)
    if CheckEvent.Kind.OUT in corrected:
        outs = [corrected[CheckEvent.Kind.OUT]]
    if start is None or not outs:
        return Presence(start, outs[0] if outs else None)
    return Presence(start, next((time for time in outs if time >= start), start))


def visit_cause(visit: int | str) -> str:
    """The cause that transfers of the time bank give for a visit, by its own key."""
    return f"visit:{visit}"


def visit_of(cause: str) -> int:
    """The key of the visit that a transfer's cause names; the reverse of `visit_cause`."""
    return int(cause.removeprefix(visit_cause("")))


def credit_key(visit: int, carer: int) -> str:
    """The key of the one transfer that credits a carer with a visit, both by their own keys."""
    return f"{visit_cause(visit)}:carer:{carer}"


def credited_minutes(delivered: int, rate: Decimal) -> int:
    """Delivered minutes × the item's credit rate, rounded half up to whole minutes."""
    return int((delivered * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))
