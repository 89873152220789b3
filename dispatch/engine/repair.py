"""Repairs a running day: somebody fell ill, cancelled, or takes longer. Only what must change is planned anew."""

from __future__ import annotations

from dataclasses import replace

from dispatch.engine.params import Params
from dispatch.engine.plan import Plan
from dispatch.engine.problem import Pin, Problem
from dispatch.engine.solve import solve
from dispatch.engine.stop import Stop

CHANGED_CARER = 300  # points: no saved travel is worth it, an unserved visit is
CHANGED_START = 5  # points a minute


def told(problem: Problem, plan: Plan) -> Problem:
    """The day with what the plan told people of its visits, carers who are gone included."""
    legs = {leg.id for visit in problem.visits for leg in visit.legs}
    pins = (Pin(stop.leg, route.carer, stop.start) for route in plan.routes for stop in route.stops)
    return replace(problem, published=tuple(pin for pin in pins if pin.leg in legs))


def repair(problem: Problem, plan: Plan, *, stop: Stop, params: Params | None = None, seed: int = 0) -> Plan:
    """The plan of a changed day that keeps what people were told wherever it can.

    `problem` is the day as it stands now: without the carers who dropped out and the visits that were cancelled, with
    what is under way or accepted pinned, and with `published` saying what people were told (`told`). `plan` is the
    running one, from which the search starts; its prices hold unless `params` says others.
    """
    prices = params or plan.params
    dear = replace(
        prices,
        changed_carer=max(prices.changed_carer, CHANGED_CARER),
        changed_start=max(prices.changed_start, CHANGED_START),
    )
    return solve(problem, stop=stop, params=dear, seed=seed, warm=plan)
