"""Why a visit is absent, who could take a visit, and whether one move is allowed.

Everything is tried against the routes as they stand; nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from time import monotonic

from dispatch.engine.answer import draft_of
from dispatch.engine.day import Day
from dispatch.engine.draft import Draft, Place
from dispatch.engine.plan import Plan, Reason, ReasonCode, Unserved
from dispatch.engine.problem import LinkKind, Problem
from dispatch.engine.relax import relaxation_of
from dispatch.engine.rules import Rule

MOST_RELAXED = 200  # absent visits for which a relaxation is sought

# How far a carer gets before a rule stops him; the furthest stage of all carers names the reason.
_STAGES: tuple[dict[Rule, ReasonCode], ...] = (
    {Rule.SKILLS: ReasonCode.NO_CERTIFIED_CARER_ON_DUTY},
    {Rule.SHIFT: ReasonCode.NO_CARER_ON_SHIFT, Rule.WINDOW: ReasonCode.NO_CARER_ON_SHIFT},
    {
        Rule.GENDER: ReasonCode.GENDER,
        Rule.BARRED: ReasonCode.BARRED,
        Rule.OWN_PERSON: ReasonCode.BARRED,
        Rule.WORKERS_ONLY: ReasonCode.WORKERS_ONLY,
    },
    {Rule.FORBIDDEN: ReasonCode.DECLINED_BY_ALL},
    {Rule.RADIUS: ReasonCode.OUT_OF_EVERY_RADIUS},
    {
        Rule.MAX_VISITS: ReasonCode.DAILY_MAXIMUM_REACHED,
        Rule.MAX_MINUTES: ReasonCode.DAILY_MAXIMUM_REACHED,
        Rule.ORGANISATION_LIMIT: ReasonCode.ORGANISATION_LIMIT_REACHED,
    },
    {Rule.ONE_AT_A_TIME: ReasonCode.TWO_VISITS_AT_ONCE},
    {Rule.SEQUENCE: ReasonCode.NO_CARER_FREE_IN_WINDOW},
)
_NOT_FOUND = Reason(ReasonCode.NOT_FOUND_IN_TIME, proven=False)
_STAGE_OF = {rule: (number, code) for number, stage in enumerate(_STAGES) for rule, code in stage.items()}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One carer for one leg: either where he would fit, or the rule that prevents it."""

    leg: str
    carer: str
    blocked: Rule | None
    start: int | None = None
    extra_travel: int | None = None  # minutes added to his route
    extra_cost: int | None = None  # points


@dataclass(frozen=True, slots=True)
class Move:
    """The answer to "may this carer do this leg, at this minute?"."""

    ok: bool
    blocked: Rule | None
    start: int | None = None
    extra_travel: int | None = None
    lateness: int = 0


def unserved(draft: Draft, until: float = inf) -> tuple[Unserved, ...]:
    """Every visit that is not wholly in the draft: its reasons and, for the dearest ones, the cheapest relaxation.

    The dearest are looked at first; those not reached before the moment `until` (of `monotonic`) are called not found
    in time.
    """
    day, absent = draft.day, draft.absent()
    bare = Draft(day, draft.scheduler)
    found = {}
    for rank, visit in enumerate(sorted(absent, key=lambda visit: -day.price[visit])):
        in_time = monotonic() < until
        reasons = _why_absent(draft, bare, visit) if in_time else (_NOT_FOUND,)
        relaxed = in_time and rank < MOST_RELAXED and _NOT_FOUND not in reasons
        found[visit] = Unserved(day.visits[visit].id, reasons, relaxation_of(draft, visit) if relaxed else None)
    return tuple(found[visit] for visit in absent)


def why_absent(draft: Draft, visit: int, *, searched: bool = False) -> tuple[Reason, ...]:
    """The named reasons of a visit that is not wholly in the draft; never empty.

    With `searched` every place was looked at in vain already. Then nothing is proven either: looking again and proving take
    most of the time on a day with many places, and a caller waits.
    """
    return _why_absent(draft, None if searched else Draft(draft.day, draft.scheduler), visit)


def _why_absent(draft: Draft, bare: Draft | None, visit: int) -> tuple[Reason, ...]:
    """The same, with a draft of nothing but the facts at hand; without one every place was looked at in vain."""
    day = draft.day
    missing = [leg for leg in day.legs_of[visit] if leg not in draft.carer_of]
    if any(leg in day.pinned for leg in missing):
        return (Reason(ReasonCode.PIN_DOES_NOT_FIT, proven=False),)
    if bare is not None and draft.best_places(visit) is not None:
        return (_NOT_FOUND,)
    proven = bare is not None and _is_impossible(bare, missing)
    reasons: dict[ReasonCode, Reason] = {}
    some_fit = False
    is_alone = len(day.legs_of[visit]) == 1  # then every carer was tried above, and none has a place
    for leg in missing:
        of_leg = _why_leg(draft, leg, proven, none_fits=is_alone)
        some_fit = some_fit or not of_leg
        for reason in of_leg:
            reasons.setdefault(reason.code, reason)
    if len(day.legs_of[visit]) > 1 and (some_fit or len(missing) < len(day.legs_of[visit])):
        only_one = Reason(ReasonCode.DOUBLE_UP_HAS_ONLY_ONE, proven, (("needed", len(day.legs_of[visit])),))
        return (only_one, *reasons.values())
    return tuple(reasons.values())


def candidates(problem: Problem, plan: Plan, visit_id: str) -> tuple[Candidate, ...]:
    """For each leg and carer: the cheapest place in the plan without this leg, or what prevents it.

    The other legs of the visit stay where they are. Possible carers first, cheapest first.
    """
    day = Day(problem, plan.params)
    draft = draft_of(day, plan)
    found: list[Candidate] = []
    for leg in day.legs_of[day.visit_number[visit_id]]:
        for carer, who in enumerate(problem.carers):
            place, blocked = _try(draft, leg, carer, None)
            if place is None:
                found.append(Candidate(day.legs[leg].id, who.id, blocked))
                continue
            travel = _extra_travel(draft, leg, place)
            found.append(Candidate(day.legs[leg].id, who.id, None, place.start, travel, place.cost))
    order = {leg.id: number for number, leg in enumerate(day.legs)}
    return tuple(sorted(found, key=lambda c: (order[c.leg], c.blocked is not None, c.extra_cost or 0, c.carer)))


def check_move(problem: Problem, plan: Plan, leg: str, carer: str, start: int | None = None) -> Move:
    """Whether the leg can go to this carer, at `start` when given, with all else as planned."""
    day = Day(problem, plan.params)
    draft = draft_of(day, plan)
    number = day.leg_number[leg]
    place, blocked = _try(draft, number, day.carer_number[carer], start)
    if place is None:
        return Move(False, blocked)
    return Move(True, None, place.start, _extra_travel(draft, number, place), day.lateness(number, place.start))


def _is_impossible(bare: Draft, missing: list[int]) -> bool:
    """True when even with nothing but the facts planned the legs find too few carers.

    Where another visit on the way could make a way shorter, only the rules that ask nothing of ways can prove it.
    """
    if bare.day.has_no_short_cuts:
        able = [{place.carer for place in bare.places(leg)} for leg in missing]
    else:
        able = [set(bare.day.eligible(leg)) for leg in missing]
    return not all(able) or len(set().union(*able)) < len(missing)


def _why_leg(draft: Draft, leg: int, proven: bool, *, none_fits: bool) -> list[Reason]:
    """The rules that stop the carers who get furthest; empty when somebody fits alone."""
    furthest, stopped = 0, {ReasonCode.NO_CERTIFIED_CARER_ON_DUTY: 0}
    for carer in range(len(draft.day.carers)):
        rule = _stopped_by(draft, leg, carer, none_fits=none_fits)
        if rule is None:
            return []
        stage, code = _STAGE_OF[rule]
        if stage > furthest:
            furthest, stopped = stage, {}
        if stage == furthest:
            stopped[code] = stopped.get(code, 0) + 1
    return [Reason(code, proven, (("leg", draft.day.legs[leg].id), ("carers", n))) for code, n in stopped.items()]


def _stopped_by(draft: Draft, leg: int, carer: int, *, none_fits: bool) -> Rule | None:
    """The rule that keeps the carer from the leg, in the order of the stages; None when it fits.

    With `none_fits` it is known that nobody has a place, so that none is sought.
    """
    day = draft.day
    barrier = day.barrier(leg, carer)
    if barrier in (Rule.SKILLS, Rule.PINNED):
        return barrier
    if not day.starts(leg, carer):
        return Rule.SHIFT if day.window_starts(leg) else Rule.WINDOW
    if barrier is not None:
        return barrier
    full = draft.full_by(carer, leg)
    if full is not None:
        return full
    if not draft.starts(leg, carer):
        return Rule.ONE_AT_A_TIME
    if none_fits or draft.place_with(leg, carer) is None:
        return Rule.SEQUENCE
    return None


def _try(draft: Draft, leg: int, carer: int, start: int | None) -> tuple[Place | None, Rule | None]:
    """A place for the leg on the carer's route, the leg itself taken out first; else the rule."""
    day = draft.day
    if leg in day.facts:
        return None, Rule.PINNED
    trial = draft.copy()
    if leg in trial.carer_of and not trial.remove_legs({leg}):
        return None, Rule.SEQUENCE
    visit = day.visits[day.visit_of[leg]]
    others = [other for other in day.legs_of[day.visit_of[leg]] if other != leg and other in trial.carer_of]
    if any(trial.carer_of[other] == carer for other in others):
        return None, Rule.DISTINCT_CARERS
    barrier = day.barrier(leg, carer)
    if barrier is not None:
        return None, barrier
    if not day.starts(leg, carer):
        return None, Rule.SHIFT if day.window_starts(leg) else Rule.WINDOW
    if start is not None and not _within(day.window_starts(leg), start):
        return None, Rule.WINDOW
    if start is not None and not _within(day.starts(leg, carer), start):
        return None, Rule.SHIFT
    free = trial.starts(leg, carer)
    if not free or (start is not None and not _within(free, start)):
        return None, Rule.ONE_AT_A_TIME
    full = trial.full_by(carer, leg)
    if full is not None:
        return None, full
    if start is not None and not _keeps_link(trial, leg, others, start):
        return None, Rule.LINK
    moments: list[int | None] = [start]
    if start is None and others and visit.link and visit.link.kind is not LinkKind.INDEPENDENT:
        moments = list(trial.moments_beside(leg, others))
    places = [trial.place_with(leg, carer, moment) for moment in moments]
    found = min((p for p in places if p), key=lambda p: (p.cost, p.start), default=None)
    return found, None if found else Rule.SEQUENCE


def _within(intervals: tuple[tuple[int, int], ...], moment: int) -> bool:
    return any(low <= moment <= high for low, high in intervals)


def _keeps_link(draft: Draft, leg: int, others: list[int], start: int) -> bool:
    """True when the start suits the starts of the visit's legs that stay where they are."""
    link = draft.day.visits[draft.day.visit_of[leg]].link
    if link is None or link.kind is LinkKind.INDEPENDENT:
        return True
    for other in others:
        gap = start - draft.start_of(other)
        if link.kind is LinkKind.SIMULTANEOUS and gap != 0:
            return False
        if link.kind is LinkKind.SEQUENTIAL and abs(leg - other) == 1:
            ordered = gap if other < leg else -gap
            if not link.min_gap <= ordered <= link.max_gap:
                return False
    return True


def _extra_travel(draft: Draft, leg: int, place: Place) -> int:
    """Minutes the leg adds to the carer's travel, against his route without it."""
    without = draft.copy()
    if leg in without.carer_of:
        without.remove_legs({leg})
    return place.timing.travel - without.timings[place.carer].travel
