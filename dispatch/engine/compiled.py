"""The one way in which the engine's kernels are compiled, and where they are kept."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_SOURCES = Path(__file__).parent
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


def nothing_compiled() -> bool:
    """True before the first kernel of these sources is kept for any processor."""
    return not any(Path(getattr(numba.config, "CACHE_DIR", "")).rglob("*.nbc"))


def _keep_kernels(base: Path) -> None:
    """Keep what is compiled in a folder of exactly these sources, and forget what other versions left.

    By itself numba looks only at the file of a kernel. The constants it takes from other files, such as the columns of
    the arrays, are compiled in: after a change there it would go on with the old ones.
    """
    digest = sha256()
    for file in sorted(_SOURCES.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    folder = base / f"kernels-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only installation: this process's own folder, since what lies here is run
        folder = Path(tempfile.mkdtemp(prefix="kernels-"))
    for other in base.glob("kernels-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]


_keep_kernels(Path(getattr(numba.config, "CACHE_DIR", "") or _SOURCES / "__pycache__"))
