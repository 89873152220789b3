"""One town's day as the engine's problem: what is promised is pinned, what was declined is forbidden."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from dispatch.engine import problem as engine
from dispatch.engine.grid import Grid
from dispatch.planning import faults, wishes
from dispatch.planning.day_clock import MINUTES_A_DAY, minute_not_before, minute_of
from dispatch.planning.names import carer_id, leg_id, organisation_id, visit_id
from dispatch.planning.reach import radius_of
from dispatch.planning.reading import PLANNABLE, Asked, DayRows, holes, read_day
from dispatch.planning.rows import Spot, VisitRow, Work
from dispatch.planning.travel import travel_times
from dispatch.visits.models import Assignment
from orders.models import Visit, VisitLink
from people import clock, policy
from people.models import Place, Town
from volunteers.models import Carer


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The problem, where its travel times come from, and who the carers are."""

    problem: engine.Problem
    travel_source: str
    carers: Mapping[int, Carer]  # by key, with their persons


@policy.read_once()
def snapshot(
    town: Town,
    day: date,
    now: datetime,
    *,
    only_holes: bool = False,
    ask_service: bool = True,
    asked: Asked | None = None,
    moving: int | None = None,
) -> Snapshot:
    """Read the town's day as it stands. The number of queries does not depend on the size of the day.

    Open and planned visits are to be planned; every live assignment, offers that still wait included, is pinned at its
    minute. `only_holes` leaves out open visits that nobody was asked for yet. `ask_service=False` does no network call.
    `asked` is there too, as the visit of key 0. `moving` is the key of a promised visit whose carer may change.
    Linked visits that no plan can express are there with their fault (`dispatch.planning.faults`), to stay unserved.
    """
    rows = read_day(town, day, asked=asked, moving=moving)
    kept = frozenset(holes().filter(town=town, service_date=day).values_list("pk", flat=True)) if only_holes else None
    promised = {each.visit_id for each in rows.live}
    visits = [
        visit
        for visit in rows.visits
        if visit.pk in promised or (visit.status in PLANNABLE and (kept is None or visit.pk in kept))
    ]
    carers = [carer for carer in rows.carers if rows.duty.get(carer.pk) or carer.pk in rows.live_by_carer]
    places = _places(visits, carers)
    number = {place.pk: position for position, place in enumerate(places)}
    travel = travel_times(
        town=town,
        places=places,
        modes={carer.mode for carer in carers},
        on=day,
        now=now,
        ask_service=ask_service,
    )
    groups = _groups(visits, rows)
    engine_id = {visit.pk: visit_id(group.visits[0].pk) for group in groups for visit in group.visits}
    problem = engine.Problem(
        visits=tuple(_visit(group, rows, day, number) for group in groups),
        carers=tuple(_carer(carer, rows, day, number) for carer in carers),
        places=len(places),
        travel={mode: Grid(minutes) for mode, minutes in travel.minutes.items()},
        metres=Grid(travel.metres),
        pins=tuple(_pin(each, day) for each in rows.live),
        forbidden=frozenset(
            (engine_id[visit], carer_id(carer)) for visit, carer in rows.declined if visit in engine_id
        ),
        organisation_minutes=_organisation_minutes(rows),
        buffer=policy.minutes("visit_buffer_minutes", on=day),
        earliest=_earliest(day, now),
        label=f"{town.code} {day}",
    )
    return Snapshot(problem, travel.source, {carer.pk: carer for carer in carers})


# Visits -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Group:
    """Visits that the engine plans as one: a single visit, or a linked pair."""

    visits: tuple[VisitRow, ...]
    link: VisitLink | None


def _groups(visits: Sequence[VisitRow], rows: DayRows) -> list[_Group]:
    """A link between visits that one carer holds both of came too late: each stays as it is promised."""
    holders: dict[int, set[int]] = {}
    for each in rows.live:
        holders.setdefault(each.visit_id, set()).add(each.carer_id)
    of_key = {visit.pk: visit for visit in visits}
    paired: set[int] = set()
    groups = []
    for link in rows.links:
        of_one = holders.get(link.first_id, set()) & holders.get(link.second_id, set())
        if link.first_id in of_key and link.second_id in of_key and not of_one:
            paired |= {link.first_id, link.second_id}
            groups.append(_Group((of_key[link.first_id], of_key[link.second_id]), link))
    groups += [_Group((visit,), None) for visit in visits if visit.pk not in paired]
    return sorted(groups, key=lambda group: group.visits[0].pk)


def _visit(group: _Group, rows: DayRows, day: date, number: dict[int, int]) -> engine.Visit:
    first = group.visits[0]
    elder = first.elder_id
    genders = {visit.gender_rule for visit in group.visits} - {""}
    windows = _windows(group, rows, day)
    fault = _fault(group, genders, windows)
    legs = tuple(_leg(visit, leg, rows, fault) for visit in group.visits for leg in _legs_of(visit, rows))
    return engine.Visit(
        id=visit_id(first.pk),
        place=number[first.place_id],
        windows=_stretches(windows or _own_windows(first, rows, day)),
        legs=legs,
        link=engine.Link(engine.LinkKind.INDEPENDENT) if fault else _link(group, len(legs)),
        priority=max(_priority(visit) for visit in group.visits),
        window_rule=engine.WindowRule[first.window_rule],
        max_lateness=min(visit.lateness_minutes for visit in group.visits),
        barred=frozenset(map(carer_id, rows.barred.get(elder, ()))),
        preferred=frozenset(map(carer_id, wishes.preferred(group.visits, rows))),
        usual={carer_id(carer): weight for carer, weight in sorted(wishes.usual(group.visits, rows, day).items())},
        gender=genders.pop() if len(genders) == 1 else None,
        workers_only=any(visit.workers_only for visit in group.visits),
        person=_person(first.person_id),
        popular=any(visit.is_popular for visit in group.visits),
    )


def _legs_of(visit: VisitRow, rows: DayRows) -> list[int]:
    """The legs to be planned or kept; what is free of another town's visit is for that town to plan."""
    legs = range(1, visit.carers_needed + 1)
    return [leg for leg in legs if visit.town_id == rows.town.pk or (visit.pk, leg) in rows.live_by_leg]


def _priority(visit: VisitRow) -> engine.Priority:
    """The tier of a visit. No visit is mandatory for the engine: a plan must come even when carers are too few."""
    if not visit.mandatory:
        return engine.Priority.COMPANIONSHIP
    return engine.Priority[Visit.Priority(visit.priority).name]


def _link(group: _Group, legs: int) -> engine.Link | None:
    if group.link is None:
        return engine.Link(engine.LinkKind.SIMULTANEOUS) if legs > 1 else None
    return engine.Link(engine.LinkKind[group.link.kind], group.link.min_gap, group.link.max_gap)


def _fault(group: _Group, genders: set[str], windows: list[tuple[int, int]]) -> str:
    """What keeps any plan from expressing the link, empty when nothing does."""
    if len(genders) > 1:
        return faults.TWO_GENDERS
    if group.link is None:
        return ""
    together = group.link.kind == VisitLink.Kind.SIMULTANEOUS
    if not together and any(visit.carers_needed > 1 for visit in group.visits):
        return faults.DOUBLE_UP
    return "" if windows else faults.NO_WINDOW


def _windows(group: _Group, rows: DayRows, day: date) -> list[tuple[int, int]]:
    """The windows common to the visits of the group; none when linked visits have no common minute."""
    common = _own_windows(group.visits[0], rows, day)
    for visit in group.visits[1:]:
        common = [
            (max(start, other_start), min(end, other_end))
            for start, end in common
            for other_start, other_end in _own_windows(visit, rows, day)
            if max(start, other_start) <= min(end, other_end)
        ]
    return common


def _stretches(windows: list[tuple[int, int]]) -> tuple[engine.Window, ...]:
    return tuple(engine.Window(start, end) for start, end in _merged(windows, touching=-1))


def _own_windows(visit: VisitRow, rows: DayRows, day: date) -> list[tuple[int, int]]:
    stretches = rows.windows.get(visit.pk) or [(visit.window_start, visit.window_end)]
    return [(minute_not_before(start, day), minute_of(end, day)) for start, end in stretches]


def _leg(visit: VisitRow, leg: int, rows: DayRows, fault: str) -> engine.Leg:
    """One carer's part. The certificate is asked of the first carer, of both when volunteers may not come at all."""
    skills = {each for each in (visit.skill, fault) if each}
    if visit.certificate and (leg == 1 or visit.workers_only):
        skills.add(f"cert:{visit.certificate}")
    minutes = _minutes(visit.duration_minutes, rows.live_by_leg.get((visit.pk, leg)))
    return engine.Leg(id=leg_id(visit.pk, leg), minutes=minutes, skills=frozenset(skills))


def _minutes(planned: int, held: Work | Assignment | None) -> int:
    """How long one carer's part really took, once it has ended, else what was agreed."""
    if held is not None and held.started_at and held.ended_at:
        return max(int((held.ended_at - held.started_at).total_seconds() // 60), 1)
    return planned


# Carers -------------------------------------------------------------------------------------------------------------


def _carer(carer: Carer, rows: DayRows, day: date, number: dict[int, int]) -> engine.Carer:
    return engine.Carer(
        id=carer_id(carer.pk),
        start_place=number[carer.start_place_id],
        end_place=number[carer.end_place_id],
        shifts=_shifts(carer, rows, day),
        kind=engine.CarerKind[carer.kind],
        mode=carer.mode,
        skills=rows.abilities.get(carer.pk, frozenset()),
        gender=carer.person.gender,
        lunch=_lunch(carer),
        radius_metres=radius_of(carer, day),
        max_visits=carer.max_visits_a_day,
        max_minutes=carer.max_minutes_a_day,
        max_overtime=carer.overtime_minutes,
        person=_person(carer.person_id),
        organisation=None if carer.organisation_id is None else organisation_id(carer.organisation_id),
        popular_before=rows.popular_before.get(carer.pk, 0),
    )


def _shifts(carer: Carer, rows: DayRows, day: date) -> tuple[engine.Window, ...]:
    """When the carer is on duty. One who is not, but holds work, is there for that work only."""
    stretches = list(rows.duty.get(carer.pk, ())) or [
        (minute_of(each.planned_start, day), minute_not_before(each.planned_end, day))
        for each in rows.live_by_carer[carer.pk]
    ]
    return tuple(engine.Window(start, end) for start, end in _merged(stretches, touching=0))


def _lunch(carer: Carer) -> engine.Lunch | None:
    if not carer.takes_lunch or carer.lunch_start is None or carer.lunch_end is None:
        return None
    window = engine.Window(_minute(carer.lunch_start), _minute(carer.lunch_end))
    minutes = min(carer.lunch_minutes, window.end - window.start)
    return engine.Lunch(window=window, minutes=minutes, required=carer.lunch_required) if minutes else None


def _organisation_minutes(rows: DayRows) -> dict[str, int]:
    """What each organisation with a daily limit may promise here: the limit less what its carers hold elsewhere."""
    held: Counter[int | None] = Counter()
    for each in rows.elsewhere:
        held[each.carer.organisation_id] += _minutes(each.visit.duration_minutes, each)
    left = {}
    for carer in rows.carers:
        owner = carer.organisation
        if owner and owner.daily_minutes:
            left[organisation_id(owner.pk)] = max(owner.daily_minutes - held[owner.pk], 0)
    return left


# Small parts --------------------------------------------------------------------------------------------------------


def _pin(assignment: Work, day: date) -> engine.Pin:
    """Where the carer really began once he has checked in, else where he promised to."""
    start = assignment.started_at or assignment.planned_start
    return engine.Pin(
        leg=leg_id(assignment.visit_id, assignment.leg),
        carer=carer_id(assignment.carer_id),
        start=minute_of(start, day),
    )


def _places(visits: Iterable[VisitRow], carers: Iterable[Carer]) -> list[Spot | Place]:
    found: dict[int, Spot | Place] = {visit.place_id: visit.place for visit in visits}
    for carer in carers:
        found |= {carer.start_place_id: carer.start_place, carer.end_place_id: carer.end_place}
    return [found[key] for key in sorted(found)]


def _earliest(day: date, now: datetime) -> int:
    today = clock.local_date(now)
    if day == today:
        return minute_not_before(now, day)
    return 0 if day > today else MINUTES_A_DAY


def _merged(stretches: Iterable[tuple[int, int]], *, touching: int) -> list[tuple[int, int]]:
    """The stretches in order, those that overlap (or lie `touching` minutes apart) made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start - merged[-1][1] <= touching:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _person(pk: int) -> str:
    return f"p{pk}"
