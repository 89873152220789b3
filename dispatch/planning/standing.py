"""A visit among the work that stands: who else could take one of its legs, and what keeps the others away."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from dispatch.engine import explain
from dispatch.engine.plan import Figures
from dispatch.engine.plan import Plan as Answer
from dispatch.engine.problem import LinkKind, Pin, Problem
from dispatch.engine.problem import Visit as EngineVisit
from dispatch.engine.rules import Rule
from dispatch.planning.faults import fault_of
from dispatch.planning.names import carer_id, leg_id
from dispatch.planning.snapshot import snapshot
from dispatch.planning.words import reason_text
from orders.models import Visit
from people.errors import Conflict, WrongState
from volunteers.models import Carer

NO_ROUTES = Answer(routes=(), unserved=(), figures=Figures())
_MOVABLE = (Visit.Status.OPEN, Visit.Status.PLANNED, Visit.Status.RESERVED)


@dataclass(frozen=True, slots=True)
class Standing:
    """The day with all live work as facts, except the leg in question."""

    problem: Problem
    visit: EngineVisit  # with a linked visit, if there is one
    leg: str
    held: dict[str, Pin]  # live work on any leg of the visit, the one in question included

    def candidates(self) -> tuple[explain.Candidate, ...]:
        """Each carer for this leg: possible ones first, cheapest first; the others with the rule that prevents it."""
        found = explain.candidates(self._freed({self.leg}), NO_ROUTES, self.visit.id)
        return tuple(each for each in found if each.leg == self.leg)

    def settle(self, carer: Carer, start: int | None) -> dict[str, tuple[str, int]] | Rule:
        """Who serves each leg of the visit, and from which minute, once `carer` takes this one; else the broken rule.

        Partners keep their carer. With a common start they come along to the new minute; a missing partner is found.

        Raises:
            Conflict: the carer has no part in this town's day ("not_on_duty").
        """
        if all(each.id != carer_id(carer.pk) for each in self.problem.carers):
            raise Conflict(_("This carer is not on duty in this town that day."), code="not_on_duty")
        together = self.visit.link is not None and self.visit.link.kind is LinkKind.SIMULTANEOUS
        others = [leg.id for leg in self.visit.legs if leg.id != self.leg]
        held = [self.held[leg] for leg in others if leg in self.held]
        if start is None and together and held:
            start = held[0].start
        moves = together and any(pin.start != start for pin in held)
        free = {self.leg, *(pin.leg for pin in held if moves)}
        move = explain.check_move(self._freed(free), NO_ROUTES, self.leg, carer_id(carer.pk), start)
        if move.start is None:
            return move.blocked or Rule.SEQUENCE
        settled = {self.leg: (carer_id(carer.pk), move.start)}
        for leg in others:
            pin = self.held.get(leg)
            if pin is not None and pin.start is not None and not moves:
                settled[leg] = (pin.carer, pin.start)
                continue
            beside = self._pinned(settled)
            partner = self._partner(beside, leg, pin, move.start if together else None)
            if isinstance(partner, Rule):
                return partner
            settled[leg] = partner
        return settled

    def broken_by(self, carers: Mapping[str, str], start: int) -> tuple[str, Rule] | None:
        """The first of the carers (by leg) who cannot begin at `start` beside the others, and the rule; else None."""
        on_duty = {each.id for each in self.problem.carers}
        settled: dict[str, tuple[str, int]] = {}
        for leg, carer in carers.items():
            if carer not in on_duty:
                return carer, Rule.SHIFT
            move = explain.check_move(self._pinned(settled), NO_ROUTES, leg, carer, start)
            if not move.ok:
                return carer, move.blocked or Rule.SEQUENCE
            settled[leg] = (carer, start)
        return None

    def way_to(self, carer: str, start: int) -> int:
        """Minutes from where the carer is before `start` (other work, else his place) to the visit."""
        problem, mine = self.problem, {leg.id for leg in self.visit.legs}
        who = next(each for each in problem.carers if each.id == carer)
        place_of = {leg.id: visit.place for visit in problem.visits for leg in visit.legs}
        pins = [pin for pin in problem.pins if pin.carer == carer and pin.leg not in mine]
        before = [(pin.start, pin.leg) for pin in pins if pin.start is not None and pin.start < start]
        origin = place_of[max(before)[1]] if before else who.start_place
        return problem.travel[who.mode][origin][self.visit.place]

    def _partner(self, problem: Problem, leg: str, pin: Pin | None, start: int | None) -> tuple[str, int] | Rule:
        """The carer who held the leg, if there was one, else the one with the least extra travel."""
        best: tuple[int, str, int] | None = None
        blocked = Rule.ALL_OR_NONE
        for carer in [pin.carer] if pin else [each.id for each in problem.carers]:
            move = explain.check_move(problem, NO_ROUTES, leg, carer, start)
            if move.start is not None:
                choice = (move.extra_travel or 0, carer, move.start)
                best = min(best, choice) if best else choice
            elif pin and move.blocked:
                blocked = move.blocked
        return best[1:] if best else blocked

    def _freed(self, legs: set[str]) -> Problem:
        return replace(self.problem, pins=tuple(pin for pin in self.problem.pins if pin.leg not in legs))

    def _pinned(self, settled: dict[str, tuple[str, int]]) -> Problem:
        """All of this visit free but what is settled already."""
        mine = {leg.id for leg in self.visit.legs}
        pins = [Pin(leg, carer, start) for leg, (carer, start) in settled.items()]
        return replace(self.problem, pins=(*self._freed(mine).pins, *pins))


def standing(visit: Visit, leg: int, now: datetime) -> Standing:
    """The visit's leg among the live work of its town and day; makes no network call.

    Raises:
        WrongState: the visit has begun or has ended.
        Conflict: it is linked in a way that no plan can express (the fault is the code).
    """
    if visit.status not in _MOVABLE:
        raise WrongState(
            _("This cannot be done now: it is already “%(state)s”.") % {"state": visit.get_status_display()}
        )
    problem = snapshot(visit.town, visit.service_date, now, ask_service=False, moving=visit.pk).problem
    wanted = leg_id(visit.pk, leg)
    found = next((each for each in problem.visits if any(part.id == wanted for part in each.legs)), None)
    if found is None:
        raise WrongState(_("This visit has no such part."), code="no_such_leg")
    if fault := fault_of(found):
        raise Conflict(reason_text({"code": fault}), code=fault)
    mine = {part.id for part in found.legs}
    return Standing(problem, found, wanted, {pin.leg: pin for pin in problem.pins if pin.leg in mine})
