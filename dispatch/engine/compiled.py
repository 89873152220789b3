"""The one way in which the engine's kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


_OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,
    "no_cfunc_wrapper": True,
}


def kernel(function: Kernel) -> Kernel:
    """The function compiled at its first call and kept on disk; it lets other threads run,
    and does not look for divisions by zero.

    It is compiled without numba's reference counting (`_nrt`), which costs more than the work when arrays are handed
    on in named tuples. In turn a kernel may not allocate: no new arrays, no assignment of whole rows.
    """
    return cast(Kernel, numba.njit(**_OPTIONS)(function))


def part(function: Kernel) -> Kernel:
    """A kernel that only kernels call: without what Python needs to call it, it compiles in half the time."""
    return cast(Kernel, numba.njit(**_OPTIONS | {"no_cpython_wrapper": True})(function))
