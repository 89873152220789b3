"""A matrix that stands in one numpy array: packed as it is, its rows made lists only when somebody walks them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import numpy.typing as npt


class Grid(Sequence[Sequence[int]]):
    """Whole numbers in rows and columns that nobody changes; equal to any rows of the same numbers."""

    def __init__(self, numbers: npt.NDArray[np.int64]) -> None:
        self._numbers = numbers
        self._rows: list[list[int] | None] = [None] * len(numbers)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Sequence[int]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[int]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[int] | Sequence[Sequence[int]]:
        if isinstance(index, slice):
            return [self[number] for number in range(len(self))[index]]
        row = self._rows[index]
        if row is None:
            row = self._rows[index] = self._numbers[index].tolist()
        return row

    def extremes(self) -> list[list[int]]:
        """The least and the greatest number of each column: what a check of all numbers need look at."""
        return [self._numbers.min(axis=0).tolist(), self._numbers.max(axis=0).tolist()] if len(self) else []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == [list(row) for row in other]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[np.int64]:
        return np.array(self._numbers, dtype, copy=copy)
