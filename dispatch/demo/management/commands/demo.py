"""`manage.py demo`: load a county, plan and live its day, print one screen, write var/demo.json, serve."""

import json
import os
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from celery import current_app as app
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from tqdm import tqdm

from dispatch.counts.services import close_month
from dispatch.demo import day, history, processes
from dispatch.demo.phones import Phone
from dispatch.demo.population import PASSWORD, Population, load_population
from dispatch.demo.screen import show
from dispatch.demo.summary import summarise
from dispatch.demo.today import VISITS, place_orders
from orders import catalogue
from orders.services.obligations import fix_list
from people import clock as product_clock
from people.models import PolicySetting
from people.services import log_in_device
from volunteers.models import Carer

T = TypeVar("T")
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
        self.seconds: dict[str, float] = {}
        rng = Random(SEED)
        today = product_clock.local_date(product_clock.now())
        morning = datetime.combine(today, clock_time(6, 30), timezone.get_default_timezone()).astimezone(UTC)

        with self.step("database"):
            _empty_database()
        with self.step("people"):
            catalogue.load(effective_from=history.months_before(today)[0] - timedelta(days=400))
            population = load_population(rng=rng, now=morning - timedelta(days=100), today=today)
        with self.step("history"):
            months = history.months_before(today)
            for town in self.bar(population.towns, len(population.towns), "past visits by town"):
                history.load_town(town, population, days=history.days_of(months), rng=rng)
            admin = User.objects.get(username="admin")
            for month in months:
                close_month(month=month, actor=admin, now=morning)
            fix_list(month=today.replace(day=1), actor=admin, now=morning)
        with self.step("orders"):
            operator = User.objects.get(username="operator")
            orders = place_orders(population, operator=operator, today=today, now=morning, rng=rng)
            for _order in self.bar(orders, VISITS, "orders of today"):
                pass
        self.live_the_day(population, today=today, morning=morning, port=options["port"], rng=rng)

        with self.step("counts"):
            summary = summarise(today=today, seconds=self.seconds)
        (settings.VAR_DIR / "demo.json").write_text(json.dumps(summary.as_json(), ensure_ascii=False, indent=2))
        show(self.stdout, summary, port=options["port"], password=PASSWORD)
        if not options["no_serve"]:
            call_command("serve", port=options["port"])

    def live_the_day(self, population: Population, *, today: Any, morning: datetime, port: int, rng: Random) -> None:
        """Start broker, worker and web on the simulated clock and run the day through them."""
        clock = day.Clock(settings.VAR_DIR / "demo-clock.txt")
        clock.set(morning)
        PolicySetting.objects.create(
            key="plan_seconds", value=PLAN_SECONDS, effective_from=today, owner="demo", note="演示用较短的求解时间"
        )
        dispatcher = User.objects.get(username="dispatcher")
        operator = User.objects.get(username="operator")
        with ExitStack() as running:
            with self.step("start"):
                address = running.enter_context(processes.broker())
                settings.CELERY_BROKER_URL = app.conf.broker_url = address
                surroundings = {"REDIS_URL": address, "SIMULATED_CLOCK_FILE": str(clock.path)}
                running.enter_context(processes.worker(beat=False, **surroundings))
                running.enter_context(processes.web(port, **surroundings))
                phones = _log_in_phones(f"http://127.0.0.1:{port}", now=morning)
            with self.step("plan"):
                runs = day.plan_and_publish(towns=population.towns, today=today, dispatcher=dispatcher, clock=clock)
                for _run in self.bar(runs, len(population.towns), "plans, solved and published"):
                    pass
            with self.step("offers"):
                day.answer_offers(phones, declining=0.04, silent=0.01, progress=self.bar)
                day.let_repairs_settle(clock=clock, minutes=35)
                day.answer_offers(phones, declining=0.0, silent=0.0, progress=self.bar)
                day.cancel_some(today=today, operator=operator, clock=clock, count=4, rng=rng)
                day.let_repairs_settle(clock=clock, minutes=5)
                day.answer_offers(phones, declining=0.0, silent=0.0, progress=self.bar)
            with self.step("visits"):
                checks, missing = day.checks_of_the_day(today=today, rng=rng)
                day.send_checks(phones, checks, clock=clock, progress=self.bar)
                evening = datetime.combine(today, clock_time(20, 0), timezone.get_default_timezone())
                clock.set(evening.astimezone(UTC))
                day.end_the_day(today=today, missing=missing, dispatcher=dispatcher, clock=clock, rng=rng)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step; its seconds go to the summary."""
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 1)

    @staticmethod
    def bar(rows: Iterable[T], total: int, words: str) -> Iterable[T]:
        """The rows, with a progress bar on a terminal."""
        return tqdm(rows, total=total, desc=f"{words:28}", unit="", disable=None)


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


def _log_in_phones(base: str, *, now: datetime) -> dict[int, Phone]:
    """One device token per carer, issued without the password: hashing 320 of them would take minutes."""
    phones = {}
    for carer in Carer.objects.select_related("person__user").order_by("pk"):
        if carer.person.user is None:
            continue
        _device, token = log_in_device(user=carer.person.user, name=f"phone-{carer.pk}", now=now)
        phones[carer.pk] = Phone(base=base, token=token, name=f"phone-{carer.pk}", seed=carer.pk)
    return phones
