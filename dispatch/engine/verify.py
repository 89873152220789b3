"""The independent judge: recomputes every hard rule and every figure from the problem alone.

The parts live in `judge_*.py`; none imports OR-Tools or the solver's day, schedule or
draft, so a mistake there cannot hide here. Planning refuses a plan that fails.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.engine import judge_carers, judge_figures, judge_times, judge_visits
from dispatch.engine.judge import Case, Violation
from dispatch.engine.plan import Figures, Plan
from dispatch.engine.problem import Problem

__all__ = ["Report", "Violation", "verify"]


@dataclass(frozen=True, slots=True)
class Report:
    violations: tuple[Violation, ...]
    figures: Figures  # recomputed

    @property
    def ok(self) -> bool:
        return not self.violations


def verify(problem: Problem, plan: Plan) -> Report:
    """Every violation of a hard rule, and the figures the routes really add up to."""
    unknown = tuple(judge_visits.unknown_ids(problem, plan))
    if unknown:  # nothing else can be judged
        return Report(unknown, Figures())
    case = Case(problem, plan)
    violations = [*judge_visits.completeness(case), *judge_visits.pins(case)]
    for route in plan.routes:
        violations += judge_carers.people(case, route)
        violations += judge_carers.maxima(case, route)
        violations += judge_times.times(case, route)
        violations += judge_times.lunch(case, route)
    violations += judge_carers.organisations(case)
    for visit in problem.visits:
        violations += judge_visits.links(case, visit)
    violations += judge_visits.one_at_a_time(case)
    figures = judge_figures.figures(case)
    violations += judge_figures.compare(case, figures)
    return Report(tuple(violations), figures)
