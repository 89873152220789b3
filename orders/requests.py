"""What a caller asks for, before any rule has looked at it: plain frozen records, no database."""

from dataclasses import dataclass
from datetime import date, datetime

from orders.models import OrderItem, OrderSeries, Priority, ServiceItem, WindowRule


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How a request repeats from its first window on: an RRULE (RFC 5545) by day, week, month or year.

    The wall-clock times of the first window are kept; `exceptions` are days left out.
    """

    rrule: str
    ends_on: date | None = None
    on_holiday: OrderSeries.OnHoliday = OrderSeries.OnHoliday.KEEP
    exceptions: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemRequest:
    """One wanted service. Times are aware; seconds are dropped. None means: as the catalogue says.

    A time-critical request (`time_critical_reason`, OrderItem.CriticalReason) wants the middle of its window.
    """

    item: ServiceItem
    window_start: datetime
    window_end: datetime
    duration_minutes: int | None = None
    carers_needed: int | None = None
    time_critical_reason: str = ""
    time_critical_note: str = ""
    gender_wish: str = ""
    dialect_wish: str = ""
    recurrence: Recurrence | None = None
    window_rule: WindowRule = WindowRule.START
    lateness_minutes: int = 0
    priority: Priority | None = None
    mandatory: bool = True

    @property
    def is_time_critical(self) -> bool:
        return bool(self.time_critical_reason)


CRITICAL_REASONS = frozenset(OrderItem.CriticalReason.values)
