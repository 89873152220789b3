"""Two small readings for the board's templates."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(rows: Mapping[int, Any], key: int) -> Any:
    """The row with this key, None when there is none."""
    return rows.get(key)


@register.filter
def minute_of_day(minute: int) -> str:
    """Minutes from midnight as 14:30; past midnight as 24:10."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
