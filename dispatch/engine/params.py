"""All weights and limits of the engine; no number of the objective lives elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields

from dispatch.engine.problem import Priority, Problem

HIGHEST_PRICE = 10**9  # points; far more than any day needs, and sums stay within 64 bits
FIRM = 10**6  # points at least: no way to a mandatory or pinned visit is too dear


@dataclass(frozen=True, slots=True)
class Params:
    """Prices in points; one minute of travel at the default weight is one point.

    Raises:
        ValueError: a price below 0 or above HIGHEST_PRICE, or none for an absent visit.
    """

    travel: int = 1  # per minute on the road
    lateness: int = 5  # per minute past a soft window
    highest_lateness: int = 0  # per minute of the largest lateness in the plan
    waiting: int = 0  # per minute between two stops without travel, visit or break
    highest_idle: int = 0  # per minute of the longest idle time of a carer
    overtime: int = 3  # per minute past the last shift
    missed_lunch: int = 200  # per wished break that was not possible
    not_preferred: int = 20  # per leg given by a carer the elder did not ask for
    continuity: int = 1  # times the weight lost against the most usual carer
    worker_minute: int = 0  # per service minute given by a paid worker
    volunteer_minute: int = 0  # per service minute given by a volunteer
    fairness: int = 2  # per popular leg, times the popular legs its carer had before it
    changed_carer: int = 30  # per published leg that goes to another carer
    changed_start: int = 1  # per minute that a published leg starts later than told
    unserved: int = 1000  # per absent visit of the lowest tier
    strict_tiers: bool = True  # one absent visit outweighs all absent visits of lower tiers

    def __post_init__(self) -> None:
        for each in fields(self):
            if not 0 <= getattr(self, each.name) <= HIGHEST_PRICE:
                raise ValueError(f"price {each.name} is not between 0 and {HIGHEST_PRICE}: {getattr(self, each.name)}")
        if self.unserved == 0:
            raise ValueError("price unserved must be above 0, or the best plan is an empty one")

    def price_of_absence(self, problem: Problem) -> dict[str, int]:
        """The price of leaving each visit out, by visit id; mandatory and pinned ones above all others."""
        pinned = {pin.leg for pin in problem.pins}
        firm = {visit.id for visit in problem.visits if visit.mandatory or any(leg.id in pinned for leg in visit.legs)}
        optional = Counter(visit.priority for visit in problem.visits if visit.id not in firm)
        by_tier: dict[Priority, int] = {}
        all_below = 0
        for tier in sorted(Priority):
            by_tier[tier] = self.unserved + (all_below if self.strict_tiers else 0)
            all_below += optional[tier] * by_tier[tier]
        highest = max(10 * self.unserved, FIRM) + all_below
        return {visit.id: highest if visit.id in firm else by_tier[visit.priority] for visit in problem.visits}
