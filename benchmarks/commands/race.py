"""`race`: many carers tap for the same jobs of the open pool at once, on PostgreSQL and on SQLite, one after the other.

Each database has its own run: the product's web server as `manage.py serve` starts it, an empty county, and as many
telephones as rivals, each with its own token and connection. All jobs are open from the start.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import django

from benchmarks.postgresql import start_postgresql
from benchmarks.table import render, write_report

DATABASES = ("postgresql", "sqlite")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--carers", type=int, default=200, help="who all want each job")
    parser.add_argument("--jobs", type=int, default=50, help="open at once")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database", choices=DATABASES, help="only this one, in this process")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    if args.database:
        print(json.dumps(asdict(_one(args))))
        return 0
    results = {database: _in_its_own_process(args, database) for database in DATABASES}
    write_report(args.json, "race", vars(args), [{"database": name, **asdict(end)} for name, end in results.items()])
    headers = ["database", "jobs", "with one winner", "answers", "reasons", "not told who and when", "seconds"]
    print(render(headers, [[name, *_cells(end)] for name, end in results.items()]))
    print(json.dumps({name: {"winners": end.winners, "answers": end.answers} for name, end in results.items()}))
    return 0


@dataclass(frozen=True, slots=True)
class End:
    """How a race ended on one database: winners of each job, answers by status, refusals by their code."""

    winners: list[int]
    answers: dict[str, int]
    reasons: dict[str, int]
    untold: int
    seconds: float


def _cells(end: End) -> list[str]:
    counts = [
        ", ".join(f"{code}: {count}" for code, count in sorted(each.items())) for each in (end.answers, end.reasons)
    ]
    return [str(len(end.winners)), str(end.winners.count(1)), *counts, str(end.untold), f"{end.seconds:.0f}"]


def _in_its_own_process(args: argparse.Namespace, database: str) -> End:
    command = [sys.executable, "-m", "benchmarks", "race", "--database", database]
    for name in ("carers", "jobs", "seed"):
        command += [f"--{name}", str(getattr(args, name))]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return End(**json.loads(output.splitlines()[-1]))


def _one(args: argparse.Namespace) -> End:
    folder = Path(mkdtemp(prefix="dispatch-race-"))
    # At exit, not sooner: the database's own last look at its lock would make the folder anew.
    atexit.register(rmtree, folder, ignore_errors=True)
    with ExitStack() as running:
        address = f"sqlite:///{folder / 'race.sqlite3'}"
        if args.database == "postgresql":
            address, stop = start_postgresql(folder)
            running.callback(stop)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "true",
            "EMBEDDED": "true",
            "DATABASE_URL": address,
            "LOG_LEVEL": "WARNING",
        }
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from benchmarks.console.measure import free_port
        from benchmarks.race.rivals import load, winners
        from benchmarks.race.taps import race
        from dispatch.demo import processes

        port = free_port()
        processes.prepare(port)
        call_command("migrate", verbosity=0)
        rivals = load(carers=args.carers, jobs=args.jobs, seed=args.seed)
        connection.close()
        running.enter_context(processes.web(port, folder))
        began = time.monotonic()
        answers = race(rivals, port)
        seconds = time.monotonic() - began
        return End(winners(), dict(answers.statuses), dict(answers.reasons), answers.untold, seconds)
