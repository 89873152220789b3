"""`api`: a carer's day over the interface at 50 requests a second, beside a bare Django view on the same server.

PostgreSQL starts from its wheel, and the web server as `manage.py serve` starts it (four processes of two threads). The
phones are a process of their own on the same two cores.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import django

from benchmarks.carers_api.drive import Task, Times
from benchmarks.postgresql import start_postgresql
from benchmarks.table import quantile, render, write_report

WARM_UP = 10.0  # seconds that do not count
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=60, help="that count, after the warm-up")
    parser.add_argument("--rate", type=float, default=50, help="requests a second, of each kind")
    parser.add_argument("--carers", type=int, default=1_000)
    parser.add_argument("--visits", type=int, default=5_250)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    times = _measure(args)
    write_report(args.json, "api", vars(args), [asdict(times)])
    for line in report(times):
        print(line)
    return 0


def report(times: Times) -> list[str]:
    """The table, and the last line in JSON (seconds)."""
    kinds = {"day": times.day, "bare": times.bare}
    rows = [
        [name, str(len(taken)), *(f"{1000 * quantile(taken, share):.1f} ms" for share in SHARES.values())]
        for name, taken in kinds.items()
    ]
    ratio = quantile(times.day, 0.5) / quantile(times.bare, 0.5)
    last = {
        name: {share: round(quantile(taken, SHARES[share]), 4) for share in ("p50", "p95")}
        for name, taken in kinds.items()
    }
    return [
        render(["from when it was due to the last byte", "n", *SHARES], rows),
        f"a day is {times.day_bytes} bytes on average; its p50 is {ratio:.1f} times the bare view's; errors: {times.errors}",
        json.dumps({**last, "errors": times.errors}),
    ]


def _measure(args: argparse.Namespace) -> Times:
    folder = Path(mkdtemp(prefix="dispatch-api-"))
    # At exit, not sooner: the database's own last look at its lock would make the folder anew.
    atexit.register(rmtree, folder, ignore_errors=True)
    with ExitStack() as running:
        address, stop = start_postgresql(folder)
        running.callback(stop)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.carers_api.settings",
            "DEBUG": "true",
            "EMBEDDED": "true",
            "DATABASE_URL": address,
            "LOG_LEVEL": "WARNING",
        }
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from benchmarks.carers_api.county import load
        from benchmarks.console.measure import free_port
        from dispatch.demo import processes

        port = free_port()
        processes.prepare(port)
        call_command("migrate", verbosity=0)
        tokens = load(carers=args.carers, visits=args.visits, seed=args.seed)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        connection.close()
        running.enter_context(processes.web(port, folder, LOG_LEVEL="INFO"))
        task = Task(port=port, tokens=tokens, rate=args.rate, seconds=args.seconds, warm_up=WARM_UP)
        driver = [sys.executable, "-m", "benchmarks.carers_api.drive"]
        told = json.dumps(asdict(task))
        output = subprocess.run(driver, input=told, stdout=subprocess.PIPE, text=True, check=True).stdout
        return Times(**json.loads(output))
