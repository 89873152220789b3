"""`manage.py plan_day --town CODE --day 2026-11-24`: plan one town's day here and now, without a worker."""

import argparse
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dispatch.planning.models import PlanRun
from dispatch.planning.services import publish, runs
from people import clock
from people.errors import DomainError
from people.models import Town


class Command(BaseCommand):
    help = "Plan one town's day and print the figures; with --publish, offer the work to the carers."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--town", required=True, help="code of the town")
        parser.add_argument("--day", required=True, type=date.fromisoformat, help="as 2026-11-24")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--solutions", type=int, help="stop after this many solutions, to be repeatable")
        parser.add_argument("--publish", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        town = Town.objects.filter(code=options["town"]).first()
        if town is None:
            raise CommandError(f"There is no town with the code {options['town']}.")
        try:
            run = runs.request_plan(
                town=town,
                day=options["day"],
                actor=None,
                now=clock.now(),
                seed=options["seed"],
                solutions=options["solutions"],
                send=False,
            )
            run = runs.solve_run(run_id=run.pk, now=clock.now())
            if run.status == PlanRun.Status.FAILED:
                raise CommandError(f"Run {run.pk} failed: {run.failure}")
            if options["publish"]:
                publish.publish(run=run, actor=None, now=clock.now())
        except DomainError as error:
            raise CommandError(str(error)) from error
        plan = run.plan
        self.stdout.write(
            f"run {run.pk} {run.status}: {plan.served} served, {plan.unserved} unserved, "
            f"{plan.travel_minutes} min travel, {plan.service_minutes} min service, {run.travel_source}"
        )
