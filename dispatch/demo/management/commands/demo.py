"""`manage.py demo`: load a county, plan and live its day, print one screen, write var/demo.json, serve."""

import json
import os
from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from dispatch.counts.services import close_month
from dispatch.demo import history, processes
from dispatch.demo.both_roles import enrol_old_volunteers
from dispatch.demo.habits import AS_IN_LIFE
from dispatch.demo.live import at, live
from dispatch.demo.population import PASSWORD, Population, load_population
from dispatch.demo.progress import Progress
from dispatch.demo.screen import show
from dispatch.demo.summary import summarise
from dispatch.demo.today import VISITS, place_orders
from orders import catalogue
from orders.services.obligations import fix_list
from people import clock
from people.models import PolicySetting

SEED = 20221216  # the day of the county's document
PLAN_SECONDS = 2


class Command(BaseCommand):
    help = "Load a demonstration county, plan and live today, print a summary, then serve the site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="stop after the summary")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *_args: Any, **options: Any) -> None:
        if connection.vendor != "sqlite" or not settings.DEBUG:
            raise CommandError(
                "The demonstration replaces the whole database: it runs on the development SQLite file only."
            )
        processes.prepare(options["port"])
        progress = Progress()
        rng = Random(SEED)
        today = clock.local_date(clock.now())
        morning = at(today, time(6, 30))

        (settings.VAR_DIR / "demo.json").unlink(missing_ok=True)
        with processes.child(processes.VAR / "warm-up.log", "dispatch.engine.warm"):  # compiles while the county loads
            population, operator = _load(progress, rng, today, morning)
        PolicySetting.objects.create(
            key="plan_seconds", value=PLAN_SECONDS, effective_from=today, owner="demo", note="演示用较短的求解时间"
        )
        live(
            towns=population.towns,
            day=today,
            dispatcher=User.objects.get(username="dispatcher"),
            operator=operator,
            habits=AS_IN_LIFE,
            port=options["port"],
            rng=rng,
            progress=progress,
        )
        with progress.step("counts"):
            summary = summarise(today=today, seconds=progress.seconds)
        (settings.VAR_DIR / "demo.json").write_text(json.dumps(summary.as_json(), ensure_ascii=False, indent=2))
        show(self.stdout, summary, port=options["port"], password=PASSWORD)
        if not options["no_serve"]:
            call_command("serve", port=options["port"])


def _load(progress: Progress, rng: Random, today: date, morning: datetime) -> tuple[Population, User]:
    """A new county with its history and today's orders, and the operator who took them."""
    with progress.step("database"):
        _empty_database()
    with progress.step("people"):
        catalogue.load(effective_from=history.months_before(today)[0] - timedelta(days=400))
        population = load_population(rng=rng, now=morning - timedelta(days=100), today=today)
    with progress.step("history"):
        months = history.months_before(today)
        for town in progress.bar(population.towns, len(population.towns), "past visits by town"):
            history.load_town(town, population, days=history.days_of(months), rng=rng)
        admin = User.objects.get(username="admin")
        for month in months:
            close_month(month=month, actor=admin, now=morning)
        fix_list(month=today.replace(day=1), actor=admin, now=morning)
    with progress.step("orders"):
        operator = User.objects.get(username="operator")
        enrol_old_volunteers(population, today=today, rng=rng)
        orders = place_orders(population, operator=operator, today=today, now=morning, rng=rng)
        for _order in progress.bar(orders, VISITS, "orders of today"):
            pass
    return population, operator


def _empty_database() -> None:
    """A second run starts clean: the file goes, and with it everything of the first."""
    connection.close()
    path = Path(settings.DATABASES["default"]["NAME"])
    for leftover in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        leftover.unlink(missing_ok=True)
    for stale in (settings.VAR_DIR / "valkey").glob("**/*"):
        if stale.is_file():
            stale.unlink()
    call_command("migrate", verbosity=0)
