"""The table and the last line of `console`: which clock starts and stops where, its figures, and its bar."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.console.book import Book
from benchmarks.latency import SHARES
from benchmarks.table import quantile, render


@dataclass(frozen=True, slots=True)
class Clock:
    """A name, what starts and stops it, and the most seconds that a share of its readings may take."""

    name: str
    starts: str
    stops: str
    bars: Mapping[str, float] = field(default_factory=dict)


JUDGED = (
    Clock("pop", "newCall hook is sent", "first screen that shows it is read", {"p95": 1.0}),
    Clock("slots", "draft is sent", "answer with slots is read", {"p95": 0.5}),
    Clock("save", "order is sent", "redirect is read", {"p95": 1.0, "p99": 2.0}),
)
BESIDE = (
    Clock("pop, each screen", "newCall hook is sent", "each screen that shows it is read"),
    Clock("keep", "choice of a slot is sent", "it is kept"),
    Clock("poll", "poll is sent", "answer is read"),
    Clock("page", "page is asked for", "page is read"),
    Clock("hook", "hook is sent", "answer is read"),
    Clock("report", "month's page or CSV is asked for", "it is read"),
    Clock("plan", "plan is asked for", "it is seen to be solved"),
)


def figures(seconds: Sequence[float]) -> dict[str, float | None]:
    """p50, p95, p99 and max in seconds, rounded to milliseconds; None where nothing was measured."""
    return {name: round(quantile(seconds, share), 3) if seconds else None for name, share in SHARES.items()}


def table(book: Book) -> str:
    """One row for each clock."""
    headers = ["clock", "starts", "stops", "n", *SHARES, "bar", "met"]
    return render(headers, [_row(clock, book.seconds.get(clock.name, [])) for clock in (*JUDGED, *BESIDE)])


def count_lines(book: Book) -> list[str]:
    """What was counted beside the clocks."""
    return [f"{event}: {number}" for event, number in sorted(book.counts.items())]


def error_lines(book: Book) -> list[str]:
    """Errors by deed and outcome, the most frequent first."""
    return [f"ERROR {deed}: {outcome} × {number}" for (deed, outcome), number in book.errors.most_common()]


def last_line(book: Book) -> str:
    """The judged clocks and the number of errors as JSON."""
    judged = {clock.name: figures(book.seconds.get(clock.name, [])) for clock in JUDGED}
    for each in judged.values():
        del each["max"]
    return json.dumps({**judged, "errors": book.errors.total()})


def _row(clock: Clock, seconds: Sequence[float]) -> list[str]:
    found = figures(seconds)
    bar = ", ".join(f"{name} ≤ {most:g} s" for name, most in clock.bars.items())
    return [
        clock.name,
        clock.starts,
        clock.stops,
        str(len(seconds)),
        *("" if value is None else f"{value:.3f}" for value in found.values()),
        bar,
        _verdict(clock, found),
    ]


def _verdict(clock: Clock, found: Mapping[str, float | None]) -> str:
    if not clock.bars:
        return ""
    values = [(found[name], most) for name, most in clock.bars.items()]
    return "yes" if all(value is not None and value <= most for value, most in values) else "NO"
