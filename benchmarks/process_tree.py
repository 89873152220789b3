"""A process and all its descendants, as /proc tells them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def tree(process: int) -> Iterator[int]:
    """The ids of the process and of its living descendants; one that has just ended is left out."""
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
    except OSError:
        return
    yield process
    for thread in threads:
        for child in _children(thread):
            yield from tree(child)


def _children(thread: Path) -> list[int]:
    """The processes that a thread started; none once it has ended, while its process lives on."""
    try:
        return [int(child) for child in (thread / "children").read_text(encoding="ascii").split()]
    except OSError:
        return []
