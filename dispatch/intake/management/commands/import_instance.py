"""`manage.py import_instance FILE`: a public home-care instance becomes a town with one day of orders."""

import argparse
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dispatch.intake.instances import import_instance
from people import clock
from people.errors import DomainError


class Command(BaseCommand):
    help = (
        "Import a UHHC instance as a town with elders, carers, travel times and one day's visits (default: tomorrow)."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--day", type=date.fromisoformat, help="as 2026-11-24; default: tomorrow")
        parser.add_argument("--town", default="", help="code of the town to make; default: the instance's name")
        parser.add_argument("--name", default="", help="marks what is made; default: the file's name")
        parser.add_argument("--start", type=time.fromisoformat, default=time(7), help="minute 0, as 07:00")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        now = clock.now()
        try:
            made = import_instance(
                content=file.read_bytes(),
                name=options["name"] or file.stem,
                day=options["day"] or clock.local_date(now) + timedelta(days=1),
                town_code=options["town"],
                starts_at=options["start"],
                actor=None,
                now=now,
            )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        state = "imported" if made.is_new else "was there already"
        self.stdout.write(
            f"{made.town.code} {made.day} {state}: {made.elders} elders, {made.carers} carers, {made.visits} visits. "
            f"Next: manage.py plan_day --town {made.town.code} --day {made.day} --publish"
        )
