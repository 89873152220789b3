"""The engine's problem and plan as they are kept in the database, and back."""

import json
from datetime import date
from typing import Any

from dispatch.engine import jsonform
from dispatch.engine.plan import Plan as Answer
from dispatch.engine.problem import Problem
from dispatch.planning.models import Plan, PlanRun
from people.models import Town


def problem_row(problem: Problem) -> dict[str, Any]:
    """The problem as a JSON column holds it."""
    row: dict[str, Any] = json.loads(jsonform.problem_to_json(problem))
    return row


def answer_row(answer: Answer) -> dict[str, Any]:
    """The engine's plan as a JSON column holds it."""
    row: dict[str, Any] = json.loads(jsonform.plan_to_json(answer))
    return row


def problem_of(run: PlanRun) -> Problem:
    """The problem the run solved. Raises FormError when the row was tampered with."""
    return jsonform.problem_from_json(json.dumps(run.problem))


def answer_of(plan: Plan) -> Answer:
    """The engine's plan in a plan row. Raises FormError when the row was tampered with."""
    return jsonform.plan_from_json(json.dumps(plan.content))


def proposed_routes(town: Town, day: date) -> Answer | None:
    """The newest plan of the day that waits for review, None when there is none."""
    waiting = Plan.objects.filter(run__town=town, run__day=day, run__status=PlanRun.Status.SOLVED, run__is_repair=False)
    plan = waiting.order_by("-run").first()
    return None if plan is None else answer_of(plan)
