"""What the dispatch board shows of one town's day: the plan under review, or the work as it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext

from dispatch.engine.plan import Plan as Answer
from dispatch.offers.models import Offer
from dispatch.planning.day_clock import minute_not_before, minute_of
from dispatch.planning.models import PlanRun
from dispatch.planning.names import leg_of, pk_of
from dispatch.planning.reading import DayRows, read_day
from dispatch.planning.rows import Work
from dispatch.planning.selectors import newest_run, published_run, run_under_way
from dispatch.planning.services.publish import reasons_as_rows, visit_keys
from dispatch.planning.stored import answer_of, problem_of
from dispatch.planning.travel import travel_times
from dispatch.planning.words import Text, quality_text, reason_text, relaxation_text, remedy_text, rule_text
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.clock import local_date
from people.models import Town
from volunteers.models import Carer

PINNED = (Assignment.Status.ACCEPTED, Assignment.Status.CHECKED_IN, Assignment.Status.CHECKED_OUT)


@dataclass(frozen=True, slots=True)
class Task:
    """One carer's part of a visit on the board; minutes of the day."""

    carer: int
    visit: int
    leg: int
    arrive: int
    start: int
    end: int
    travel: int
    pinned: bool  # promised already
    status: str = ""  # of the assignment, empty while only proposed


@dataclass(frozen=True, slots=True)
class CarerRow:
    """One carer's line of the timeline."""

    carer: Carer
    shifts: tuple[tuple[int, int], ...]
    lunch: tuple[int, int] | None
    tasks: list[Task]


@dataclass(frozen=True, slots=True)
class Missing:
    """A visit without a carer: why, and what would help."""

    visit: Visit
    reasons: list[tuple[Text, Text, bool]]  # reason, remedy, proven by trying
    relaxation: str  # what would serve it, empty when nothing was found
    in_pool: bool = False  # carers are being asked for it in the open pool


@dataclass(frozen=True, slots=True)
class Sums:
    """The figures on top; minutes. Travel is the way to the visits and, from each carer's last one, home."""

    served: int
    unserved: int
    travel: int
    service: int


@dataclass(frozen=True)
class Board:
    town: Town
    day: date
    run: PlanRun | None  # the newest that somebody asked for
    under_way: PlanRun | None
    published: PlanRun | None
    shows_plan: bool  # the plan under review, else the work as it stands
    proposed: Sums | None
    quality: str  # how near to the best possible the proposed plan is
    standing: Sums
    missing: list[Missing]
    rows: list[CarerRow]
    left_out: list[tuple[Visit | None, Text]]
    visits: Mapping[int, Visit]
    now_minute: int | None  # only on the day itself

    @property
    def travel_source(self) -> str:
        """Where the run's travel times come from, in the reader's language."""
        return gettext(self.run.travel_source) if self.run and self.run.travel_source else ""


def board(town: Town, day: date, now: datetime, *, standing: bool = False) -> Board:
    """The board of a town and day. A solved plan is shown for review, unless `standing` asks for the present work."""
    run, published = newest_run(town, day), published_run(town, day)
    rows = read_day(town, day)
    answer = None if run is None or run.status != PlanRun.Status.SOLVED else answer_of(run.plan)
    visits = {
        visit.pk: visit
        for visit in Visit.objects.filter(town=town, service_date=day)
        .exclude(status=Visit.Status.CANCELLED)
        .select_related("item", "elder__person", "place")
    }
    shown = None if standing else answer
    live = [_live_task(each, day) for each in rows.live]
    names = {carer.pk: carer.person.name for carer in rows.carers}
    return Board(
        town=town,
        day=day,
        run=run,
        under_way=run_under_way(town, day),
        published=published,
        shows_plan=shown is not None,
        proposed=_sums_of(run) if answer else None,
        quality=quality_text(answer.gap) if answer else "",
        standing=_standing_sums(rows, visits, _way_home(rows, day, now)),
        missing=_unserved(shown, run, visits, names) if shown and run else _open(visits.values(), names, now),
        rows=_rows(rows, _planned_tasks(shown, live) if shown else live, _lunches(shown, published)),
        left_out=_left_out(published, visits),
        visits=visits,
        now_minute=minute_of(now, day) if day == local_date(now) else None,
    )


def _rows(rows: DayRows, tasks: Iterable[Task], lunches: Mapping[int, tuple[int, int]]) -> list[CarerRow]:
    """Carers on duty or with work, those with work first."""
    of_carer: dict[int, list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.start):
        of_carer.setdefault(task.carer, []).append(task)
    found = []
    for carer in rows.carers:
        mine, shifts = of_carer.get(carer.pk, []), rows.duty.get(carer.pk, ())
        if not mine and not shifts:
            continue
        lunch = lunches.get(carer.pk)
        if lunch and any(task.arrive - task.travel < lunch[1] and lunch[0] < task.end for task in mine):
            lunch = None  # the day has moved since that break was planned
        found.append(CarerRow(carer, tuple(shifts), lunch if mine else None, mine))
    return sorted(found, key=lambda row: (not row.tasks, row.carer.person.name_pinyin, row.carer.pk))


def _planned_tasks(answer: Answer, live: Iterable[Task]) -> list[Task]:
    promised = {(task.carer, task.visit, task.leg) for task in live}
    return [
        Task(
            carer=pk_of(route.carer),
            visit=leg_of(stop.leg)[0],
            leg=leg_of(stop.leg)[1],
            arrive=stop.arrive,
            start=stop.start,
            end=stop.end,
            travel=stop.travel,
            pinned=(pk_of(route.carer), *leg_of(stop.leg)) in promised,
        )
        for route in answer.routes
        for stop in route.stops
    ]


def _live_task(assignment: Work, day: date) -> Task:
    start = minute_of(assignment.planned_start, day)
    return Task(
        carer=assignment.carer_id,
        visit=assignment.visit_id,
        leg=assignment.leg,
        arrive=start,
        start=start,
        end=minute_not_before(assignment.planned_end, day),
        travel=assignment.travel_minutes,
        pinned=assignment.status in PINNED,
        status=assignment.status,
    )


def _lunches(shown: Answer | None, published: PlanRun | None) -> dict[int, tuple[int, int]]:
    answer = shown or (answer_of(published.plan) if published else None)
    return {pk_of(route.carer): route.lunch for route in answer.routes if route.lunch} if answer else {}


def _sums_of(run: PlanRun | None) -> Sums | None:
    if run is None:
        return None
    plan = run.plan
    return Sums(plan.served, plan.unserved, plan.travel_minutes, plan.service_minutes)


def _standing_sums(rows: DayRows, visits: Mapping[int, Visit], way_home: int) -> Sums:
    waiting = (Visit.Status.OPEN, Visit.Status.UNSERVED, Visit.Status.NOT_DONE)
    unserved = sum(visit.status in waiting for visit in visits.values())
    return Sums(
        served=len(visits) - unserved,
        unserved=unserved,
        travel=sum(each.travel_minutes for each in rows.live) + way_home,
        service=sum(int((each.planned_end - each.planned_start).total_seconds() // 60) for each in rows.live),
    )


def _way_home(rows: DayRows, day: date, now: datetime) -> int:
    """Minutes from each carer's last visit to where the day ends for him, all added up; makes no network call."""
    visit_place = {visit.pk: visit.place for visit in rows.visits}
    last = {each.carer_id: each for each in sorted(rows.live, key=lambda each: each.planned_start)}
    ways = [(each, visit_place[last[each.pk].visit_id], each.end_place) for each in rows.carers if each.pk in last]
    places = list({place.pk: place for _, start, end in ways for place in (start, end)}.values())
    number = {place.pk: position for position, place in enumerate(places)}
    modes = {carer.mode for carer, *_ in ways}
    found = travel_times(town=rows.town, places=places, modes=modes, on=day, now=now, ask_service=False).minutes
    return sum(int(found[carer.mode][number[start.pk], number[end.pk]]) for carer, start, end in ways)


def _unserved(answer: Answer, run: PlanRun, visits: Mapping[int, Visit], names: Mapping[int, str]) -> list[Missing]:
    problem = problem_of(run)
    return [
        _missing(visits[key], reasons_as_rows(problem, each), names)
        for each in answer.unserved
        for key in visit_keys(problem, each.visit)
        if key in visits
    ]


def _open(visits: Iterable[Visit], names: Mapping[int, str], now: datetime) -> list[Missing]:
    waiting = (Visit.Status.OPEN, Visit.Status.UNSERVED)
    missing = [visit for visit in visits if visit.status in waiting]
    pool = Offer.objects.filter(visit__in=missing, kind=Offer.Kind.POOL, status=Offer.Status.SENT, expires_at__gt=now)
    in_pool = set(pool.order_by().values_list("visit", flat=True))
    return [replace(_missing(visit, visit.unserved_reasons, names), in_pool=visit.pk in in_pool) for visit in missing]


def _missing(visit: Visit, reasons: Sequence[Mapping[str, object]], names: Mapping[int, str]) -> Missing:
    worded = [(reason_text(each), remedy_text(each), bool(each.get("proven"))) for each in reasons]
    return Missing(visit, worded, next(filter(None, (relaxation_text(each, names) for each in reasons)), ""))


def _left_out(published: PlanRun | None, visits: Mapping[int, Visit]) -> list[tuple[Visit | None, Text]]:
    if published is None:
        return []
    return [(visits.get(each["visit"]), rule_text(each["reason"])) for each in published.plan.left_out]
