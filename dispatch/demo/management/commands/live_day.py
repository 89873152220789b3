"""`manage.py live_day`: plan one town's day and let simulated carers live it over the HTTP API, exactly as planned."""

import os
from argparse import ArgumentParser
from collections import Counter
from datetime import date
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from dispatch.demo import processes
from dispatch.demo.habits import AS_PLANNED
from dispatch.demo.live import live
from dispatch.demo.progress import Progress
from dispatch.planning.models import PlanRun
from orders.models import Visit
from people.models import Town


class Command(BaseCommand):
    help = "Plan a town's day (an imported instance, say) and let simulated carers live it; prints the visits by state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--town", required=True, help="code of the town")
        parser.add_argument("--day", required=True, type=date.fromisoformat, help="as 2026-11-24")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *_args: Any, **options: Any) -> None:
        if connection.vendor != "sqlite" or not settings.DEBUG:
            raise CommandError("Simulated carers belong on the development SQLite file only.")
        town = Town.objects.filter(code=options["town"]).first()
        if town is None:
            raise CommandError(f"No town has the code {options['town']}.")
        processes.prepare(options["port"])
        day: date = options["day"]
        if PlanRun.objects.filter(town=town, day=day).exists():
            raise CommandError(f"{town} has a plan for {day} already; import the instance for another --day.")
        live(
            towns=[town],
            day=day,
            dispatcher=None,
            operator=None,
            habits=AS_PLANNED,
            port=options["port"],
            rng=Random(0),
            progress=Progress(),
        )
        visits = Visit.objects.filter(town=town, service_date=day)
        for status, number in sorted(Counter(visits.values_list("status", flat=True)).items()):
            self.stdout.write(f"{status} {number}")
