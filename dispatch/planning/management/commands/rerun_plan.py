"""`manage.py rerun_plan ID`: solve a run's stored problem again and compare. Nothing is written."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from dispatch.engine.verify import verify
from dispatch.planning.models import PlanRun
from dispatch.planning.services.runs import prices_of, stop_of
from dispatch.planning.stored import answer_of, problem_of


class Command(BaseCommand):
    help = "Solve a run's problem again with its parameters, seed and stop, and say whether the plan is the same."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--solutions", type=int, help="another stop: after this many solutions")

    def handle(self, *args: Any, **options: Any) -> None:
        run = PlanRun.objects.select_related("plan").filter(pk=options["run"]).first()
        if run is None or run.problem is None:
            raise CommandError(f"Run {options['run']} was never solved.")
        problem, then = problem_of(run), answer_of(run.plan)
        stop = stop_of(run) if options["solutions"] is None else MaxSolutions(options["solutions"])
        plan = solve(problem, stop=stop, params=prices_of(run), seed=run.seed)
        violations = verify(problem, plan).violations
        if violations:
            raise CommandError(f"The verifier refuses the new plan: {violations[0]}")
        same = (plan.routes, plan.figures) == (then.routes, then.figures)
        for label, each in (("then", then.figures), ("now", plan.figures)):
            self.stdout.write(
                f"{label}: {each.served} served, {each.unserved} unserved, {each.travel} min travel, cost {each.cost}"
            )
        self.stdout.write("the same plan" if same else "another plan")
