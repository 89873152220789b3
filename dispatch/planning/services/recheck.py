"""Does a plan still hold? Compares the day as it was planned with the day as it stands; reads and writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.engine.day import Day
from dispatch.engine.plan import Plan, Stop
from dispatch.engine.problem import Problem, Visit
from dispatch.engine.rules import Rule
from dispatch.engine.schedule import Scheduler

GONE = "visit_gone"  # cancelled, or no longer of this day
CHANGED = "visit_changed"  # another window, duration, or partner
TAKEN = "already_taken"  # somebody holds the work by now
OFF_DUTY = "carer_off_duty"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An engine visit that is not published, and the first reason met."""

    visit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """A leg to be published: whose, and when (minutes of the day)."""

    carer: str
    stop: Stop


def recheck(plan: Plan, old: Problem, fresh: Problem) -> tuple[list[Part], list[LeftOut]]:
    """The parts of the plan that still hold, whole visits only, and those that do not, each with its reason."""
    return _Recheck(plan, old, fresh).run()


class _Recheck:
    def __init__(self, plan: Plan, old: Problem, fresh: Problem) -> None:
        self._plan = plan
        self._old = old
        self._fresh = fresh
        self._day = Day(fresh, plan.params)
        self._old_visits = {visit.id: visit for visit in old.visits}
        self._old_pins = {pin.leg: pin for pin in old.pins}
        self._pins = {pin.leg: pin for pin in fresh.pins}
        # A carer may be on the way by now: leaving is judged by the moment of the plan, only starts by the present.
        self._scheduler = Scheduler(Day(replace(fresh, earliest=min(old.earliest, fresh.earliest)), plan.params))
        self._booked: dict[int, dict[int, int]] = {}  # carer -> leg -> start, to keep clear of
        for leg, fact in self._day.facts.items():
            self._booked.setdefault(fact.carer, {})[leg] = fact.start

    def run(self) -> tuple[list[Part], list[LeftOut]]:
        parts: dict[str, list[Part]] = {}
        for route in self._plan.routes:
            for stop in route.stops:
                parts.setdefault(stop.visit, [])
                if stop.leg not in self._old_pins:
                    parts[stop.visit].append(Part(route.carer, stop))
        kept: list[Part] = []
        left_out: list[LeftOut] = []
        absent = {each.visit for each in self._plan.unserved}
        for visit in self._old.visits:
            mine = parts.get(visit.id, [])
            if not mine or visit.id in absent:
                continue
            reason = self._why_not(visit, mine)
            if reason is not None:
                left_out.append(LeftOut(visit.id, reason))
                continue
            kept += mine
            for part in mine:
                carer, leg = self._day.carer_number[part.carer], self._day.leg_number[part.stop.leg]
                self._booked.setdefault(carer, {})[leg] = part.stop.start
        return kept, left_out

    def _why_not(self, visit: Visit, parts: Sequence[Part]) -> str | None:
        number = self._day.visit_number.get(visit.id)
        if number is None:
            return GONE
        if self._has_changed(visit, self._day.visits[number]):
            return CHANGED
        for part in parts:
            if part.stop.leg in self._pins:
                return TAKEN
            carer = self._day.carer_number.get(part.carer)
            if carer is None:
                return OFF_DUTY
            rule = self._broken_rule(self._day.leg_number[part.stop.leg], carer, part.stop.start)
            if rule is not None:
                return rule.value
        return Rule.ORGANISATION_LIMIT.value if self._exceeds_limit(parts) else None

    def _has_changed(self, then: Visit, now: Visit) -> bool:
        """Also when a partner who was promised has dropped out or moved: all or none."""
        if (then.windows, then.legs, then.link) != (now.windows, now.legs, now.link):
            return True
        return any(self._old_pins[leg.id] != self._pins.get(leg.id) for leg in then.legs if leg.id in self._old_pins)

    def _broken_rule(self, leg: int, carer: int, start: int) -> Rule | None:
        day, who = self._day, self._day.carers[carer]
        barrier = day.barrier(leg, carer)
        if barrier is not None:
            return barrier
        if start < self._fresh.earliest:
            return Rule.EARLIEST
        if not any(low <= start <= high for low, high in day.starts(leg, carer)):
            return Rule.SHIFT
        if self._collides(leg, carer, start):
            return Rule.SEQUENCE
        booked = self._booked.get(carer, {})
        if who.max_visits is not None and len(booked) >= who.max_visits:
            return Rule.MAX_VISITS
        minutes = day.minutes[leg] + sum(day.minutes[other] for other in booked)
        if who.max_minutes is not None and minutes > who.max_minutes:
            return Rule.MAX_MINUTES
        return self._broken_day(carer, {**booked, leg: start})

    def _exceeds_limit(self, parts: Sequence[Part]) -> bool:
        """True when an organisation has too few minutes left for all that its carers would do of the visit."""
        day = self._day
        added = [(day.carer_number[part.carer], day.leg_number[part.stop.leg]) for part in parts]
        return day.organisation_excess(lambda carer: self._booked.get(carer, ()), added) > 0

    def _broken_day(self, carer: int, starts: dict[int, int]) -> Rule | None:
        """LUNCH or OVERTIME_LIMIT when the carer's whole day, with work booked meanwhile, no longer keeps it."""
        day, who = self._day, self._day.carers[carer]
        legs = sorted(starts, key=lambda leg: starts[leg])
        if self._scheduler.time(carer, legs, starts) is not None:
            return None
        home = starts[legs[-1]] + day.minutes[legs[-1]] + day.travel[carer][day.place[legs[-1]]][who.end_place]
        return Rule.OVERTIME_LIMIT if home > who.shifts[-1].end + who.max_overtime else Rule.LUNCH

    def _collides(self, leg: int, carer: int, start: int) -> bool:
        """True when there is no time to travel from or to other work of the carer."""
        day, buffer = self._day, self._fresh.buffer
        place, end, travel = day.place[leg], start + day.minutes[leg], day.travel[carer]
        return any(
            begin + day.minutes[other] + travel[day.place[other]][place] + buffer > start
            and end + travel[place][day.place[other]] + buffer > begin
            for other, begin in self._booked.get(carer, {}).items()
        )
