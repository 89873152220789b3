"""What a stretch of time cost the machine, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, process_time

from benchmarks.process_tree import tree

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """The share of all cores that was busy with anything, and the cores that each part took, by its name."""

    busy: float
    cores: Mapping[str, float]

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {cores:.2f}" for name, cores in self.cores.items())
        return f"cores busy {self.busy:.0%}; of them {parts}"


class Meter:
    """Measures from when it is made: this process, as "the load", and others by name, each with all its descendants."""

    def __init__(self, parts: Mapping[str, int]) -> None:
        self._parts = parts
        self._all, self._idle = _machine_ticks()
        self._before = {name: _ticks(process) for name, process in parts.items()}
        self._own, self._began = process_time(), monotonic()

    def cost(self) -> Cost:
        """The cost so far."""
        total, idle = _machine_ticks()
        seconds = monotonic() - self._began
        cores = {
            name: (_ticks(process) - self._before[name]) / _TICKS_A_SECOND / seconds
            for name, process in self._parts.items()
        }
        own = (process_time() - self._own) / seconds
        return Cost(busy=1 - (idle - self._idle) / (total - self._all), cores={**cores, "the load": own})


def _machine_ticks() -> tuple[int, int]:
    """Ticks of all cores since boot, and of them those in which nothing ran."""
    line = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0]
    ticks = [int(each) for each in line.split()[1:]]
    return sum(ticks), ticks[3] + ticks[4]


def _ticks(process: int) -> int:
    """Ticks in which the tree of a process ran, those of its ended children included."""
    total = 0
    for each in tree(process):
        try:
            fields = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return total
