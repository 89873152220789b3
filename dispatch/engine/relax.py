"""What would serve an absent visit: the cheapest single relaxation, tried against the routes as they stand.

Skills, gender and barred carers are never up for discussion. Only the few carers with the
shortest way are tried: no relaxation does not prove that none would help.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from dispatch.engine.day import Intervals, within_shifts
from dispatch.engine.draft import Draft, Place
from dispatch.engine.plan import Relaxation, RelaxationKind
from dispatch.engine.problem import LinkKind, Window
from dispatch.engine.rules import Rule
from dispatch.engine.schedule import NO_LEEWAY, Leeway

MOST_MINUTES = 120  # by which a start, a shift or overtime is stretched
MOST_CARERS = 8  # tried for each part of a visit
MOST_STARTS = 3  # common starts tried for a double-up besides the earliest

# Points that make relaxations comparable with each other and with minutes of travel; no cost of a plan has them.
_POINTS: dict[RelaxationKind, float] = {
    RelaxationKind.LATER: 1,
    RelaxationKind.EARLIER: 1,
    RelaxationKind.OVERTIME: 2,
    RelaxationKind.EARLY_SHIFT: 2,
    RelaxationKind.MORE_VISITS: 30,
    RelaxationKind.MORE_MINUTES: 1,
    RelaxationKind.FURTHER: 0.01,
    RelaxationKind.ASK_AGAIN: 60,
    RelaxationKind.VOLUNTEER: 60,
}
_KIND_OF = {
    Rule.WORKERS_ONLY: RelaxationKind.VOLUNTEER,
    Rule.FORBIDDEN: RelaxationKind.ASK_AGAIN,
    Rule.RADIUS: RelaxationKind.FURTHER,
    Rule.MAX_VISITS: RelaxationKind.MORE_VISITS,
    Rule.MAX_MINUTES: RelaxationKind.MORE_MINUTES,
}
_MOVED = (RelaxationKind.LATER, RelaxationKind.EARLIER)
_ANY_TIME = (-(10**9), 10**9)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A carer who could do the leg."""

    leg: int
    carer: int
    start: int
    travel: int  # minutes added
    amount: int  # by which something is relaxed for it


def relaxation_of(draft: Draft, visit: int) -> Relaxation | None:
    """The cheapest relaxation of one rule that would serve the visit, None when none of those tried does."""
    missing = [leg for leg in draft.day.legs_of[visit] if leg not in draft.carer_of]
    return min(_found(draft, missing), key=_points, default=None)


def _points(relaxation: Relaxation) -> float:
    return relaxation.extra_travel + _POINTS[relaxation.kind] * relaxation.amount


def _found(draft: Draft, missing: list[int]) -> Iterator[Relaxation]:
    """Relaxations that bring a carer for each missing leg."""
    seekers = {leg: _Seeker(draft, leg) for leg in missing}
    for leg, seeker in seekers.items():
        others = [seekers[other] for other in missing if other != leg]
        for span in _spans(draft, leg, others):
            served = False
            for kind, offer in seeker.relaxed(span, alone=not others):
                chain = _joined(kind, [offer], others)
                if chain is not None:
                    served = True
                    yield Relaxation(
                        kind=kind,
                        amount=max(each.amount for each in chain),
                        carers=tuple(draft.day.carers[each.carer].id for each in chain),
                        start=min(chain, key=lambda each: each.leg).start,
                        extra_travel=sum(each.travel for each in chain),
                    )
            if served:
                break


def _spans(draft: Draft, leg: int, others: Sequence[_Seeker]) -> Iterator[Span]:
    """When the leg may start beside those of its partners that stay; then also not before an absent one could."""
    low, high = _beside(draft, leg, {other: draft.start_of(other) for other in _placed_partners(draft, leg)})
    if low > high:
        return
    yield low, high
    if draft.is_time_linked(draft.day.visit_of[leg]):
        usual = (other.usual(carer, _ANY_TIME) for other in others for _, carer in other.near)
        starts = sorted({offer.start for offer in usual if offer is not None})
        yield from ((max(low, start), high) for start in starts[:MOST_STARTS] if start <= high)


def _placed_partners(draft: Draft, leg: int) -> list[int]:
    return [other for other in draft.day.legs_of[draft.day.visit_of[leg]] if other in draft.carer_of]


def _beside(draft: Draft, leg: int, starts: dict[int, int]) -> Span:
    """The starts that the link leaves to the leg when others of its visit start like this."""
    link = draft.day.visits[draft.day.visit_of[leg]].link
    low, high = _ANY_TIME
    if link is None or link.kind is LinkKind.INDEPENDENT:
        return low, high
    for other, start in starts.items():
        steps = leg - other
        near, far = (0, 0) if link.kind is LinkKind.SIMULTANEOUS else (link.min_gap, link.max_gap)
        if steps > 0:
            low, high = max(low, start + near * steps), min(high, start + far * steps)
        else:
            low, high = max(low, start + far * steps), min(high, start + near * steps)
    return low, high


def _joined(kind: RelaxationKind, chain: list[_Offer], others: Sequence[_Seeker]) -> list[_Offer] | None:
    """The chain with an offer of each other seeker that asks for nothing else, None when one has none."""
    if not others:
        return chain
    seeker, *rest = others
    given = [(offer.carer, offer.leg) for offer in chain]
    draft = seeker.draft
    partners = _placed_partners(draft, seeker.leg)
    starts = {offer.leg: offer.start for offer in chain} | {other: draft.start_of(other) for other in partners}
    taken = {offer.carer for offer in chain} | {draft.carer_of[other] for other in partners}
    span = _beside(draft, seeker.leg, starts)
    for _, carer in seeker.near:
        if carer in taken or draft.organisation_excess([*given, (carer, seeker.leg)]) > 0:
            continue
        offer = seeker.usual(carer, span, kind)
        longer = _joined(kind, [*chain, offer], rest) if offer else None
        if longer is not None:
            return longer
    return None


class _Seeker:
    """Looks for carers for one leg."""

    def __init__(self, draft: Draft, leg: int) -> None:
        self.draft = draft
        self.leg = leg
        day = draft.day
        self._minutes = day.minutes[leg]
        self._windows = day.window_starts(leg)
        self._last = self._windows[-1][1] if self._windows else day.last_start(leg)
        taken = {draft.carer_of[other] for other in _placed_partners(draft, leg)}
        self._barriers = {
            carer: list(day.barriers(leg, carer)) for carer in range(len(day.carers)) if carer not in taken
        }
        detours = [(self._detour(carer), carer) for carer, rules in self._barriers.items() if _is_negotiable(rules)]
        self.near = sorted((detour, carer) for detour, carer in detours if detour is not None)[:MOST_CARERS]

    def usual(self, carer: int, span: Span, moved: RelaxationKind | None = None) -> _Offer | None:
        """What the carer could do with nothing relaxed but, when the visit is moved, the windows in that direction."""
        day, leg = self.draft.day, self.leg
        if self._barriers[carer] or self.draft.full_by(carer, leg):
            return None
        windows = (*self._windows, *self._moved(moved)) if moved in _MOVED else self._windows
        place = self._place(carer, within_shifts(windows, day.shifts_with_overtime(carer), self._minutes), span)
        if place is None:
            return None
        return self._offer(place, max(0, self._minutes_off(place.start)))

    def relaxed(self, span: Span, *, alone: bool) -> Iterator[tuple[RelaxationKind, _Offer]]:
        """What the nearest carers could do with one thing relaxed; no dearer one after a cheap one when alone."""
        cheapest = inf
        for detour, carer in self.near:
            if alone and detour >= cheapest:
                break
            for kind, offer in self._offers(carer, span):
                if offer.amount > 0:
                    cheapest = min(cheapest, offer.travel + _POINTS[kind] * offer.amount)
                    yield kind, offer

    def _offers(self, carer: int, span: Span) -> Iterator[tuple[RelaxationKind, _Offer]]:
        """The carer without the one rule that keeps him away; with other times when none does."""
        excess = dict(self.draft.excess(carer, self.leg))
        hurdles = [*self._barriers[carer], *excess]
        if not hurdles:
            yield from self._with_other_times(carer, span)
        if len(hurdles) != 1 or hurdles[0] not in _KIND_OF:
            return
        place = self._place(carer, self.draft.day.starts(self.leg, carer), span)
        if place is not None:
            amount = excess.get(hurdles[0], 1)
            if hurdles[0] is Rule.RADIUS:
                amount = self.draft.day.metres_too_far(self.leg, carer)
            yield _KIND_OF[hurdles[0]], self._offer(place, amount)

    def _with_other_times(self, carer: int, span: Span) -> Iterator[tuple[RelaxationKind, _Offer]]:
        """The carer with another start than the windows allow, with overtime, or with an earlier shift."""
        day, minutes = self.draft.day, self._minutes
        shifts = day.shifts_with_overtime(carer)
        for kind in _MOVED:
            place = self._place(carer, within_shifts(self._moved(kind), shifts, minutes), span)
            if place is not None:
                if kind is RelaxationKind.EARLIER:
                    place = self._begun_last(place, shifts, span)
                yield kind, self._offer(place, self._minutes_off(place.start))
        *others, final = shifts
        longer = [*others, Window(final.start, final.end + MOST_MINUTES)]
        allowed = within_shifts(self._windows, longer, minutes)
        place = self._place(carer, allowed, span, Leeway(overtime=MOST_MINUTES))
        if place is not None:
            amount = max(place.timing.overtime - day.carers[carer].max_overtime, place.start + minutes - final.end)
            yield RelaxationKind.OVERTIME, self._offer(place, amount)
        begins, *others = shifts
        longer = [Window(begins.start - MOST_MINUTES, begins.end), *others]
        allowed = within_shifts(self._windows, longer, minutes)
        place = self._place(carer, allowed, span, Leeway(early=MOST_MINUTES))
        if place is not None:
            place, amount = self._least_early(place, allowed, span)
            yield RelaxationKind.EARLY_SHIFT, self._offer(place, amount)

    def _begun_last(self, place: Place, shifts: Sequence[Window], span: Span) -> Place:
        """The same position with the latest start before the windows that leaves the rest of the route its time."""
        low, high = place.start, min(span[1], self._windows[0][0] - 1)
        while low < high:
            middle = (low + high + 1) // 2
            later = self._again(place, within_shifts(((middle, high),), shifts, self._minutes), span)
            if later is None:
                high = middle - 1
            else:
                place, low = later, max(middle, later.start)
        return place

    def _least_early(self, place: Place, allowed: Intervals, span: Span) -> tuple[Place, int]:
        """The same position with the shift begun no earlier than it has to, and by how many minutes."""
        low, high = 1, MOST_MINUTES
        while low < high:
            middle = (low + high) // 2
            less = self._again(place, allowed, span, Leeway(early=middle))
            if less is None:
                low = middle + 1
            else:
                place, high = less, middle
        return place, high

    def _moved(self, kind: RelaxationKind) -> Intervals:
        """The starts past the last window, or before the first one."""
        now = self.draft.day.problem.earliest
        if kind is RelaxationKind.LATER:
            opens = self.draft.day.visits[self.draft.day.visit_of[self.leg]].windows[-1].start
            return ((max(self._last + 1, now, opens), self._last + MOST_MINUTES),)
        if not self._windows:
            return ()
        first = self._windows[0][0]
        return ((max(first - MOST_MINUTES, now), first - 1),)

    def _minutes_off(self, start: int) -> int:
        """Minutes from the windows to the start, not above 0 inside them."""
        return max(start - self._last, self._windows[0][0] - start if self._windows else 0)

    def _free(self, allowed: Intervals, span: Span) -> Intervals:
        cut = tuple((max(low, span[0]), min(high, span[1])) for low, high in allowed)
        return self.draft.apart(self.leg, tuple((low, high) for low, high in cut if low <= high))

    def _place(self, carer: int, allowed: Intervals, span: Span, leeway: Leeway = NO_LEEWAY) -> Place | None:
        free = self._free(allowed, span)
        return self.draft.place_within(self.leg, carer, free, leeway) if free else None

    def _again(self, place: Place, allowed: Intervals, span: Span, leeway: Leeway = NO_LEEWAY) -> Place | None:
        free = self._free(allowed, span)
        return self.draft.place_at(self.leg, place.carer, place.position, free, leeway) if free else None

    def _offer(self, place: Place, amount: int) -> _Offer:
        travel = place.timing.travel - self.draft.timings[place.carer].travel
        return _Offer(self.leg, place.carer, place.start, travel, amount)

    def _detour(self, carer: int) -> int | None:
        """The least added travel among the positions that time does not rule out at once, None when it rules out all."""
        draft, day = self.draft, self.draft.day
        who, matrix, route, starts = (
            day.carers[carer],
            day.travel[carer],
            draft.routes[carer],
            draft.timings[carer].starts,
        )
        place = day.place[self.leg]
        first = self._windows[0][0] if self._windows else self._last
        stops = [(who.start_place, who.shifts[0].start - MOST_MINUTES)]
        stops += [(day.place[leg], start + day.minutes[leg]) for leg, start in zip(route, starts, strict=True)]
        nexts = [*((day.place[leg], day.starts(leg, carer)[-1][1]) for leg in route)]
        nexts.append((who.end_place, who.shifts[-1].end + who.max_overtime + MOST_MINUTES))
        return min(
            (
                matrix[here][place] + matrix[place][there] - matrix[here][there]
                for (here, ready), (there, until) in zip(stops, nexts, strict=True)
                if ready <= self._last + MOST_MINUTES and first - MOST_MINUTES + self._minutes <= until
            ),
            default=None,
        )


def _is_negotiable(barriers: Sequence[Rule]) -> bool:
    return not barriers or (len(barriers) == 1 and barriers[0] in _KIND_OF)
