"""When the search ends: production stops on time, tests on a count of solutions.

Construction and repair always run to their end, so that there is always a plan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Stop(Protocol):
    """Asked by the search between steps."""

    def seconds(self) -> float | None:
        """Seconds the search may take, None when time does not matter."""

    def solutions(self) -> int | None:
        """Solutions the search may look at, None when their number does not matter."""

    def target(self) -> int | None:
        """Points at which a plan is good enough, None when it never is."""

    def is_cancelled(self) -> bool:
        """True when somebody no longer wants the answer to get better."""


class MaxSeconds:
    """Stop after this much wall-clock time."""

    def __init__(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError(f"cannot search for {seconds} seconds")
        self._seconds = seconds

    def seconds(self) -> float | None:
        return self._seconds

    def solutions(self) -> int | None:
        return None

    def target(self) -> int | None:
        return None

    def is_cancelled(self) -> bool:
        return False


class MaxSolutions:
    """Stop after this many solutions: the same problem, params and seed give the same plan."""

    def __init__(self, solutions: int) -> None:
        if solutions < 0:
            raise ValueError(f"cannot look at {solutions} solutions")
        self._solutions = solutions

    def seconds(self) -> float | None:
        return None

    def solutions(self) -> int | None:
        return self._solutions

    def target(self) -> int | None:
        return None

    def is_cancelled(self) -> bool:
        return False


class Cancelled:
    """Stop as another criterion does, or as soon as `is_cancelled` answers True."""

    def __init__(self, is_cancelled: Callable[[], bool], *, otherwise: Stop) -> None:
        self._is_cancelled = is_cancelled
        self._otherwise = otherwise

    def seconds(self) -> float | None:
        return self._otherwise.seconds()

    def solutions(self) -> int | None:
        return self._otherwise.solutions()

    def target(self) -> int | None:
        return self._otherwise.target()

    def is_cancelled(self) -> bool:
        return self._is_cancelled() or self._otherwise.is_cancelled()


class Reached:
    """Stop as another criterion does, or as soon as a plan costs no more than `points`."""

    def __init__(self, points: int, *, otherwise: Stop) -> None:
        self._points = points
        self._otherwise = otherwise

    def seconds(self) -> float | None:
        return self._otherwise.seconds()

    def solutions(self) -> int | None:
        return self._otherwise.solutions()

    def target(self) -> int | None:
        return self._points

    def is_cancelled(self) -> bool:
        return self._otherwise.is_cancelled()
