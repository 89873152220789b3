"""`console`: calls, slots and saves at five times the county's peak, while plans are solved and months are counted.

It starts all it needs: PostgreSQL and Valkey from wheels, and, as `manage.py serve` does, web (four processes of two
threads) and a worker (two processes) with beat. The table names where each clock starts and stops.
"""

from __future__ import annotations

import argparse
import atexit
import os
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import django

from benchmarks.console import report
from benchmarks.postgresql import start_postgresql
from benchmarks.table import write_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=3, help="that count, after the warm-up")
    parser.add_argument("--calls", type=float, default=25, help="a minute, each with one order")
    parser.add_argument("--scale", type=float, default=1, help="share of the county to load")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    folder = Path(mkdtemp(prefix="dispatch-console-"))
    # At exit, not sooner: the database's own last look at its lock would make the folder anew.
    atexit.register(rmtree, folder, ignore_errors=True)
    address, stop = start_postgresql(folder)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "true",
        "EMBEDDED": "true",
        "DATABASE_URL": address,
        "SIMULATED_CLOCK_FILE": str(folder / "clock.txt"),
        "CTI_TOKENS": "exchange-of-the-benchmark",
        "LOG_LEVEL": "WARNING",
    }
    try:
        django.setup()
        from benchmarks.console.measure import measure  # its models come with Django's set-up

        book, cost, plan = measure(
            folder, minutes=args.minutes, calls_a_minute=args.calls, scale=args.scale, seed=args.seed
        )
    finally:
        stop()
    rows = [{"clock": name, "seconds": seconds} for name, seconds in book.seconds.items()]
    write_report(args.json, "console", vars(args), [asdict(cost), *rows])
    print(f"{plan}\n{cost}\n")
    print(report.table(book))
    for line in (*report.count_lines(book), *report.error_lines(book)):
        print(line)
    print(report.last_line(book))
    return 0
