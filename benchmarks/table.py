"""Plain text tables and JSON reports, the same for every command."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

MEASURED = ("numba", "numpy", "ortools", "pyvrp", "pyvroom")


def render(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with aligned columns; the first column is text, the others are figures."""
    lines = [list(headers), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]

    def one(line: Sequence[str]) -> str:
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        return "| " + " | ".join(cells) + " |"

    rule = "| " + " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]) + " |"
    return "\n".join([one(lines[0]), rule, *(one(line) for line in lines[1:])])


def percent(value: float, reference: float) -> str:
    """How far above the reference, as +1.2%; an empty text when there is none."""
    if not reference:
        return ""
    return f"{round(100 * (value / reference - 1), 2) + 0.0:+.2f}%"  # "+ 0.0": never -0.00


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two middle ones."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(share * 1000) // 1000))
    return ordered[rank - 1]


def write_report(path: Path | None, command: str, arguments: dict[str, object], rows: Sequence[object]) -> None:
    """Writes what was asked, on which machine, and every single measurement; nothing without a path."""
    if path is None:
        return
    report = {"command": command, "arguments": arguments, "machine": machine(), "rows": rows}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1, default=str) + "\n", encoding="utf-8")
    print(f"written: {path}")


def machine() -> dict[str, object]:
    """Cores, load and versions: figures of different machines do not compare."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "versions": {name: found for name in MEASURED if (found := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
