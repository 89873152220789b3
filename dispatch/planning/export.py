"""A run as one JSON document, enough to solve it again elsewhere. Ids only: no names, numbers or addresses.

`python -m dispatch.engine solve` takes the document as it is.
"""

from typing import Any

from dispatch.engine.problem import FORM_VERSION
from dispatch.planning.models import Plan, PlanRun


def run_as_json(run: PlanRun) -> dict[str, Any]:
    """Problem, parameters and seed as solved, and the plan (None before there is one)."""
    plan = Plan.objects.filter(run=run).first()
    return {
        "form": "run",
        "version": FORM_VERSION,
        "run": run.pk,
        "town": run.town.code,
        "day": run.day.isoformat(),
        "seed": run.seed,
        "params": run.params,
        "travel_source": run.travel_source,
        "problem": run.problem,
        "plan": plan.content if plan else None,
    }
