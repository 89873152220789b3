"""Short hands for carers and their times on one county morning."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tests.cast import make_carer, make_person, make_town
from volunteers import services
from volunteers.models import Carer

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 3, 2)
BY: dict[str, Any] = {"actor": None, "now": datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI)}


def at(clock: str, day: date = MONDAY) -> datetime:
    """The moment of "HH:MM" on a day in Shanghai."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=SHANGHAI)


def carer(number: str = "C1", **fields: Any) -> Carer:
    return make_carer(make_person("李强", "M", make_town("T1", "高沟镇")), number, **fields)


def offer(who: Carer, start: int, end: int, **when: Any) -> None:
    """Minutes offered; on Mondays for good unless told otherwise."""
    when = when or {"weekday": 0}
    values = {} if "day" in when else {"valid_from": date(2026, 1, 1)}
    services.offer_time(carer=who, start_minute=start, end_minute=end, **values | when, **BY)


def absent(who: Carer, start: datetime, end: datetime) -> None:
    services.record_absence(carer=who, start=start, end=end, reason="LEAVE", **BY)
