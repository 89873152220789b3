"""`manage.py rerun_plan ID`: solve a run's stored problem again and compare. Nothing is written."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dispatch.engine.solve import solve
from dispatch.engine.stop import MaxSolutions
from dispatch.engine.verify import verify
from dispatch.planning.models import Plan, PlanRun
from dispatch.planning.services.runs import prices_of, stop_of
from dispatch.planning.stored import answer_of, problem_of


class Command(BaseCommand):
    help = "Solve a run's problem again with its parameters, seed and stop, and say whether the plan is the same."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--solutions", type=int, help="another stop: after this many solutions")

    def handle(self, *args: Any, **options: Any) -> None:
        run = PlanRun.objects.filter(pk=options["run"]).first()
        if run is None or run.problem is None:
            raise CommandError(f"Run {options['run']} was never solved.")
        problem, kept = problem_of(run), Plan.objects.filter(run=run).first()
        then = answer_of(kept) if kept else None  # a run that failed has a problem and no plan
        stop = stop_of(run) if options["solutions"] is None else MaxSolutions(options["solutions"])
        plan = solve(problem, stop=stop, params=prices_of(run), seed=run.seed)
        violations = verify(problem, plan).violations
        if violations:
            raise CommandError(f"The verifier refuses the new plan: {violations[0]}")
        for label, each in (("then", then), ("now", plan)):
            if each is not None:
                sums = each.figures
                self.stdout.write(
                    f"{label}: {sums.served} served, {sums.unserved} unserved, {sums.travel} min travel, cost {sums.cost}"
                )
        same = then is not None and (plan.routes, plan.figures) == (then.routes, then.figures)
        self.stdout.write("the same plan" if same else "another plan" if then else "the run that failed has no plan")
