"""The engine's problem and plan as they are kept in the database, and back."""

import json
from typing import Any

from dispatch.engine import jsonform
from dispatch.engine.plan import Plan as Answer
from dispatch.engine.problem import Problem
from dispatch.planning.models import Plan, PlanRun


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
