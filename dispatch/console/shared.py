"""What is the same on every operator's screen is found once a second in each process, not once for each of their polls."""

from collections.abc import Callable
from typing import TypeVar, cast

from django.core.cache import cache

T = TypeVar("T", str, int)

_SECONDS = 1


def once_a_second(name: str, find: Callable[[], T]) -> T:
    """What `find` gives, at most a second old."""
    return cast(T, cache.get_or_set(_key(name), find, _SECONDS))


def is_time_for(name: str) -> bool:
    """True for the first who asks within a second: whoever polls, once is enough."""
    return bool(cache.add(_key(name), True, _SECONDS))


def _key(name: str) -> str:
    return f"console-{name}"
