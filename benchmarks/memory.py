"""Peak memory of this process and all its descendants, read from /proc while something runs."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

from benchmarks.process_tree import tree

PERIOD_SECONDS = 0.1
PAGE = os.sysconf("SC_PAGE_SIZE")


class PeakMemory:
    """`with PeakMemory() as peak: ...`, then `peak.megabytes`.

    Sums resident pages of the whole tree at each look, so pages that processes share count
    once for each: the true peak is not above it, unless it came and went between two looks.
    """

    def __init__(self) -> None:
        self._peak = 0
        self._stop = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    @property
    def megabytes(self) -> float:
        return self._peak / 1e6

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self._peak = max(self._peak, resident_bytes(os.getpid()))
            if self._stop.wait(PERIOD_SECONDS):
                return


def resident_bytes(process: int) -> int:
    """Resident memory of a process and its descendants; one that has just ended counts nothing."""
    return sum(_resident(each) for each in tree(process))


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0
