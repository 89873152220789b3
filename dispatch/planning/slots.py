"""Live slots: who could come and when, while the caller is on the line, beside all that is promised and planned.

Nothing is written and nobody is asked; `services.promise` does that with the slot that the caller chose.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.engine.insert import Question
from dispatch.engine.insert import Slot as EngineSlot
from dispatch.engine.plan import Plan as Answer
from dispatch.engine.problem import Visit as EngineVisit
from dispatch.engine.problem import Window
from dispatch.planning.day_clock import MINUTES_A_DAY, minute_not_before, minute_of, moment_of
from dispatch.planning.names import pk_of, visit_id
from dispatch.planning.reading import Asked
from dispatch.planning.selectors import is_running
from dispatch.planning.snapshot import Snapshot, snapshot
from dispatch.planning.standing import NO_ROUTES
from dispatch.planning.stored import proposed_routes
from dispatch.planning.words import Text, refusal_text
from dispatch.visits.services.wish import require_possible
from orders.models import Elder, OrderItem, Visit
from orders.requests import ItemRequest
from orders.services.terms import Terms, check
from orders.wall_clock import local
from people import policy
from people.errors import Invalid
from volunteers.models import Carer

NEXT_DAYS = 3  # after the wished one, on which a later slot is looked for
_UNORDERED = 0  # the key of a visit that has none yet


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which the visit would fit, with the carer of each part. `latest` is when they could still begin."""

    carers: tuple[Carer, ...]
    start: datetime
    end: datetime
    latest: datetime
    travel_minutes: tuple[int, ...]  # on the road to the elder, by carer
    extra_cost: int  # points of the plan
    is_usual: bool  # somebody whom the elder knows comes
    is_wished: bool  # somebody whom the elder or the order wishes for comes


@dataclass(frozen=True, slots=True)
class SlotAnswer:
    """The best slots inside the window, most fitting first; without any the reasons, and the nearest of that day."""

    slots: tuple[Slot, ...]
    reasons: tuple[Text, ...]
    nearest: Slot | None  # without one, `find_later_slot` looks at the following days
    is_promise: bool  # the day's plan is published: a slot can be offered at once; else it is likely only


@policy.read_once()
def find_slots(
    *,
    elder: Elder,
    wanted: ItemRequest,
    carer: Carer | None = None,
    instead_of: Visit | None = None,
    now: datetime,
    count: int = 3,
) -> SlotAnswer:
    """When somebody could come for `wanted` (the first time of a recurrence); `carer` is the one wished for by name.
    `instead_of` is the visit that would move there.

    Open visits that wait for a plan hold a place where they fit. Makes no network call; the number of queries does not
    depend on the size of the day.

    Raises:
        Invalid: as placing the order would, or the wished carer may not serve it (field `wished_carer`).
    """
    terms = check(request=wanted, elder=elder, now=now)
    asked = Asked(_unordered(elder, terms), carer, None if instead_of is None else instead_of.pk)
    if carer is not None:
        require_possible(carer, asked.visit)
    day = _Day.read(asked, now)
    question = day.question()
    found = question.best_slots(count)
    if found:
        return SlotAnswer(day.slots(found), (), None, day.is_running)
    reasons = tuple(dict.fromkeys(refusal_text(reason) for reason in question.reasons()))
    return SlotAnswer((), reasons, day.nearest(), day.is_running)


@policy.read_once()
def find_later_slot(*, elder: Elder, wanted: ItemRequest, carer: Carer | None = None, now: datetime) -> Slot | None:
    """The slot nearest to the same time of day on the first of the following days that has one, None when none has.

    For a wish that its own day cannot fulfil: it reads one day after the other, so it is a question of its own.
    Raises as `find_slots`.
    """
    check(request=wanted, elder=elder, now=now)
    start, end = local(wanted.window_start), local(wanted.window_end)
    for later in (timedelta(days=days) for days in range(1, NEXT_DAYS + 1)):
        shifted = replace(wanted, window_start=start + later, window_end=end + later)
        try:
            terms = check(request=shifted, elder=elder, now=now)
        except Invalid:  # not in the catalogue by then, or the elder gets no services
            continue
        found = _Day.read(Asked(_unordered(elder, terms), carer), now).nearest()
        if found is not None:
            return found
    return None


def _unordered(elder: Elder, terms: Terms) -> Visit:
    """The visit as placing the order would make it, without a row. Its rank among visits is of no account here."""
    home = elder.person.home
    assert home is not None, "the terms were checked"
    return Visit(
        pk=_UNORDERED,
        order_item=OrderItem(item=terms.request.item, dialect_wish=terms.dialect_wish),
        elder=elder,
        item=terms.request.item,
        town=elder.town,
        place=home,
        service_date=terms.service_date,
        window_start=terms.window_start,
        window_end=terms.window_end,
        window_rule=terms.request.window_rule,
        lateness_minutes=terms.request.lateness_minutes,
        duration_minutes=terms.duration_minutes,
        carers_needed=terms.carers_needed,
        gender_rule=terms.gender_wish,
        mandatory=terms.request.mandatory,
    )


@dataclass(frozen=True, slots=True)
class _Day:
    """The town's day with the visit in question, and what is planned on it."""

    visit: Visit
    taken: Snapshot
    routes: Answer
    is_running: bool

    @classmethod
    def read(cls, asked: Asked, now: datetime) -> "_Day":
        town, day = asked.visit.town, asked.visit.service_date
        taken = snapshot(town, day, now, ask_service=False, asked=asked)
        if is_running(town, day):
            return cls(asked.visit, taken, NO_ROUTES, True)  # what is promised stands in the problem
        return cls(asked.visit, taken, proposed_routes(town, day) or NO_ROUTES, False)

    @property
    def _asked(self) -> EngineVisit:
        return next(each for each in self.taken.problem.visits if each.id == visit_id(_UNORDERED))

    def question(self) -> Question:
        """The visit put to the day as it stands."""
        return Question(self.taken.problem, self.routes, self._asked.id)

    def nearest(self) -> Slot | None:
        """The slot of the whole day that lies nearest to the window."""
        visit, day = self.visit, self.visit.service_date
        window = Window(minute_not_before(visit.window_start, day), minute_of(visit.window_end, day))
        any_time = replace(self._asked, windows=(Window(0, MINUTES_A_DAY),), max_lateness=0)
        others = tuple(each for each in self.taken.problem.visits if each.id != any_time.id)
        problem = replace(self.taken.problem, visits=(*others, any_time))
        found = Question(problem, self.routes, any_time.id).nearest_slot(window)
        return None if found is None else self.slots((found,))[0]

    def slots(self, found: tuple[EngineSlot, ...]) -> tuple[Slot, ...]:
        """The engine's slots with carers and moments."""
        return tuple(map(self._slot, found))

    def _slot(self, found: EngineSlot) -> Slot:
        asked, day = self._asked, self.visit.service_date
        start, who = min(found.starts), set(found.carers)
        return Slot(
            carers=tuple(self.taken.carers[pk_of(carer)] for carer in found.carers),
            start=moment_of(start, day),
            end=moment_of(start + self.visit.duration_minutes, day),
            latest=moment_of(found.latest, day),
            travel_minutes=found.ways,
            extra_cost=found.extra_cost,
            is_usual=not who.isdisjoint(asked.usual),
            is_wished=not who.isdisjoint(asked.preferred),
        )
