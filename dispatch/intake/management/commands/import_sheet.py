"""`manage.py import_sheet FILE [--dry-run]`: import an XLSX or CSV file, all rows or none."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dispatch.intake.sheets import check_sheets, import_sheets
from dispatch.intake.writers import State
from people import clock


class Command(BaseCommand):
    help = "Import elders, carers, organisations, certificates, hours, services and orders from a spreadsheet."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="tell every row's outcome and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from error
        run = check_sheets if options["dry_run"] else import_sheets
        report = run(content=content, actor=None, now=clock.now())
        if options["dry_run"]:
            for outcome in report.outcomes:
                self.stdout.write(f"{outcome.sheet} {outcome.row}: {outcome.state.value}")
        for problem in report.problems:
            self.stderr.write(f"{problem.sheet} {problem.row} {problem.column}: {problem.reason}")
        if report.problems:
            raise CommandError(f"{len(report.problems)} problems; nothing was stored.")
        counted = ", ".join(f"{report.count(state)} {state.name.lower()}" for state in State)
        self.stdout.write(counted if report.stored else f"{counted}; nothing was stored (dry run)")
