"""What was measured: seconds by clock, events by name, errors by what was done and how it ended. Safe for threads."""

from __future__ import annotations

from collections import Counter, defaultdict
from threading import Lock

SHOWN_WITHIN = 5.0  # seconds until a call that no screen shows counts as an error


class Book:
    """Clocks and counts begin to count at `opens` and end at `closes` (monotonic seconds); errors count always."""

    def __init__(self, opens: float, closes: float) -> None:
        self.opens, self.closes = opens, closes
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.counts: Counter[str] = Counter()
        self.errors: Counter[tuple[str, str]] = Counter()
        self._rang: dict[int, float] = {}
        self._shown: defaultdict[int, dict[int, float]] = defaultdict(dict)
        self._lock = Lock()

    def add(self, clock: str, began: float, ended: float) -> None:
        """One reading of a clock that started at `began`."""
        if self.opens <= began < self.closes:
            with self._lock:
                self.seconds[clock].append(ended - began)

    def count(self, event: str, at: float) -> None:
        """Something worth a line in the report."""
        if self.opens <= at < self.closes:
            with self._lock:
                self.counts[event] += 1

    def error(self, deed: str, outcome: str) -> None:
        """Something that must not happen."""
        with self._lock:
            self.errors[deed, outcome] += 1

    def rang(self, call: int, at: float) -> None:
        """The exchange began to report this call then."""
        with self._lock:
            self._rang[call] = at

    def shows(self, screen: int, calls: set[int], at: float) -> None:
        """A screen shows these calls as ringing; the first time counts."""
        with self._lock:
            for call in calls:
                self._shown[call].setdefault(screen, at)

    def read_pops(self, screens: int) -> None:
        """Turn what rang and what was shown into the clocks `pop` (first screen) and `pop, each screen`."""
        for call, began in self._rang.items():
            shown = self._shown.get(call, {})
            if not shown:
                self.error("pop", f"on no screen within {SHOWN_WITHIN:.0f} s")
                continue
            self.add("pop", began, min(shown.values()))
            for ended in shown.values():
                self.add("pop, each screen", began, ended)
            if len(shown) < screens:
                self.count("calls that a screen did not show before they were taken", began)
