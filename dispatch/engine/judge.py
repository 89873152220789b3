"""What every part of the judge looks things up in: the problem and the plan by id.

It imports neither OR-Tools nor the solver's day, schedule or draft; a mistake there
cannot hide here.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.engine.plan import Plan, Route, Stop
from dispatch.engine.problem import Carer, Problem, WindowRule
from dispatch.engine.rules import Rule


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule; empty visit or carer when the rule is not about one."""

    rule: Rule
    visit: str = ""
    carer: str = ""
    detail: str = ""


class Case:
    """A plan before the judge. A leg planned twice counts where it stands first."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.plan = plan
        self.visits = {visit.id: visit for visit in problem.visits}
        self.carers = {carer.id: carer for carer in problem.carers}
        self.leg = {leg.id: leg for visit in problem.visits for leg in visit.legs}
        self.owner = {leg.id: visit for visit in problem.visits for leg in visit.legs}
        self.pins = {pin.leg: pin for pin in problem.pins}
        self.facts = {pin.leg for pin in problem.pins if pin.start is not None}
        self.told = {told.leg: told for told in problem.published}
        self.placed: dict[str, tuple[Route, Stop]] = {}
        for route in plan.routes:
            for stop in route.stops:
                self.placed.setdefault(stop.leg, (route, stop))

    def hop(self, carer: Carer, before: Stop | None, after: Stop | None) -> int:
        """Minutes on the road; None stands for where the carer's day starts or ends."""
        origin = self.visits[before.visit].place if before else carer.start_place
        target = self.visits[after.visit].place if after else carer.end_place
        return self.problem.travel[carer.mode][origin][target]

    def lateness(self, leg: str, start: int) -> int:
        """Minutes past the end of the latest window that is open at the start."""
        visit = self.owner[leg]
        moment = start if visit.window_rule is WindowRule.START else start + self.leg[leg].minutes
        opened = [window for window in visit.windows if window.start <= start] or [visit.windows[0]]
        return max(0, moment - opened[-1].end)

    def minutes(self, route: Route) -> int:
        """Service minutes of a route."""
        return sum(self.leg[stop.leg].minutes for stop in route.stops)
