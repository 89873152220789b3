"""`manage.py export_plan_run ID FILE`: all that a run was solved from, and its plan, as one JSON file."""

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dispatch.planning.export import run_as_json
from dispatch.planning.models import PlanRun


class Command(BaseCommand):
    help = "Write a run's problem, parameters, seed and plan to a file. It holds no names, numbers or addresses."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        run = PlanRun.objects.select_related("town", "plan").filter(pk=options["run"]).first()
        if run is None or run.problem is None:
            raise CommandError(f"Run {options['run']} was never solved.")
        options["file"].write_text(json.dumps(run_as_json(run), ensure_ascii=False, indent=1))
        self.stdout.write(f"run {run.pk} is in {options['file']}")
