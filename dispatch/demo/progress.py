"""What a long command shows while it works: a bar per list, and the seconds of each step."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


class Progress:
    """`seconds` holds the duration of every step that ended, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block as one step, and say that it ended where no bar can be drawn."""
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 1)
        if not sys.stderr.isatty():
            print(f"{name}: {self.seconds[name]} s", file=sys.stderr, flush=True)

    @staticmethod
    def bar(rows: Iterable[T], total: int, words: str) -> Iterable[T]:
        """The rows, with a progress bar on a terminal."""
        return tqdm(rows, total=total, desc=f"{words:28}", unit="", disable=None)
