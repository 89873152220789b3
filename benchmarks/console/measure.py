"""One run on Django that is set up already: the servers, the county, the load, the report."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from random import Random

from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from benchmarks.console.book import Book
from benchmarks.console.calls import calls_of_run
from benchmarks.console.county import DAY, PUBLISHED, load, publish_today
from benchmarks.console.load import WARM_UP, run_load
from benchmarks.console.meter import Cost
from dispatch.demo import processes
from dispatch.demo.day import Clock
from dispatch.demo.live import at
from dispatch.demo.progress import Progress

LOGS = Path(settings.VAR_DIR) / "bench" / "console"


def measure(folder: Path, *, minutes: float, calls_a_minute: float, scale: float, seed: int) -> tuple[Book, Cost, str]:
    """Start the product on an empty database, load the county and let the calls come; also the plan of the day in words."""
    LOGS.mkdir(parents=True, exist_ok=True)
    rng, progress, port = Random(seed), Progress(), free_port()
    processes.prepare(port)
    clock = Clock(Path(settings.SIMULATED_CLOCK_FILE))
    clock.set(at(DAY, PUBLISHED))
    with ExitStack() as running:
        with progress.step("start"):
            address = running.enter_context(processes.broker(folder))
            current_app.conf.broker_url = address
            call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")  # for this connection, while it loads
        county = load(scale=scale, rng=rng, progress=progress)
        connection.close()
        # The product logs as much as in production; this process keeps quiet.
        surroundings = {"REDIS_URL": address, "LOG_LEVEL": "INFO"}
        worker = running.enter_context(processes.worker(LOGS, beat=True, **surroundings))
        plan = publish_today(county, clock, progress)
        web = running.enter_context(processes.web(port, LOGS, **surroundings))
        parts = {"web": web.pid, "worker": worker.pid, "database": _postmaster(folder)}
        seconds = WARM_UP + 60 * minutes
        calls = calls_of_run(
            rng,
            callers=county.callers,
            wishes=county.wishes,
            number=round(calls_a_minute * seconds / 60),
            seconds=seconds,
        )
        with progress.step("load"):
            book, cost = run_load(county, calls, port=port, minutes=minutes, simulated=clock, parts=parts)
    return book, cost, plan


def _postmaster(folder: Path) -> int:
    return int((folder / "postgresql" / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as trial:
        trial.bind((processes.HOST, 0))
        port: int = trial.getsockname()[1]
    return port
