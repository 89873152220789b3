"""A public home-care instance (UHHC form) becomes a town of its own, with one day of ordinary orders.

Patients become elders, carers work for one organisation, the instance's travel times become the town's matrix.
docs/mechanisms/import.md says what each field of the form turns into.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import fmean
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from dispatch.engine import problem as engine
from dispatch.engine.uhhc import problem_of
from dispatch.planning.models import TravelMatrix
from dispatch.visits.models import CarerPreference
from orders.models import Elder, Order, ServiceItem, ServiceKind, Visit, VisitLink, VisitWindow
from orders.requests import ItemRequest
from orders.services.elders import register_elder
from orders.services.orders import place_order
from orders.wall_clock import at
from people.errors import Conflict, Invalid
from people.models import Gender, Place, Town
from people.services import create_person, create_place
from volunteers.models import Availability, Carer, Organisation
from volunteers.services import offer_time, register_carer

MINUTES_A_DAY = 1440
LONGEST_NAME = 15
# Elders, carers and services of an instance are valid for whatever day it is imported for.
LONG_AGO = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class ImportedDay:
    """What an import left in the database; `is_new` is False when the day was there already."""

    town: Town
    day: date
    elders: int
    carers: int
    visits: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Source:
    """An instance that passed: the engine's reading of it, its raw fields, and how it is named here."""

    name: str
    raw: Mapping[str, Any]
    problem: engine.Problem
    digest: str


def import_instance(
    *,
    content: bytes,
    name: str,
    day: date,
    town_code: str = "",
    starts_at: time = time(7),
    actor: User | None,
    now: datetime,
) -> ImportedDay:
    """The town and day of an instance, made in one transaction. Importing the same name and day again changes nothing.

    `name` (at most 15 characters) marks everything that is made; minute 0 of the instance is `starts_at` on the wall
    clock. A further day adds availability and visits for the carers and elders that are there.

    Raises:
        Invalid: the content is no instance, or its hours do not fit into the day.
        Conflict: the name stands for another instance already (code "another_instance").
    """
    source = _read(content, name, offset=starts_at.hour * 60 + starts_at.minute)
    with transaction.atomic():
        town = Town.objects.filter(code=town_code or name).first()
        if town is None:
            town = _make_town(source, town_code or name, actor, now)
        elif not TravelMatrix.objects.filter(town=town, source=_label(source)).exists():
            raise Conflict(
                _("Town %(code)s is there already and was made of something else.") % {"code": town.code},
                code="another_instance",
            )
        visits = Visit.objects.filter(town=town, service_date=day)
        if is_new := not visits.exists():
            _make_day(source, town, day, actor, now)
        return ImportedDay(town, day, town.elders.count(), town.carers.count(), visits.count(), is_new)


def _read(content: bytes, name: str, *, offset: int) -> _Source:
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(_("Give the instance a name of at most %(most)d characters.") % {"most": LONGEST_NAME})
    try:
        raw = json.loads(content)
        problem = problem_of(raw, offset=offset)
        _points(raw)
    except (ValueError, KeyError, TypeError, LookupError, AttributeError) as error:
        raise Invalid(_("This is no home-care instance in UHHC form: %(reason)s") % {"reason": error}) from error
    last = max(
        max((window.end for visit in problem.visits for window in visit.windows), default=0),
        max((shift.end for carer in problem.carers for shift in carer.shifts), default=0),
    )
    if last >= MINUTES_A_DAY:
        raise Invalid(_("The instance's hours do not fit into the day: let it start earlier."))
    return _Source(name, raw, problem, hashlib.sha256(content).hexdigest()[:16])


def _label(source: _Source) -> str:
    return f"{source.name} sha256:{source.digest}"


# The town: once --------------------------------------------------------------------------------------------------------


def _make_town(source: _Source, code: str, actor: User | None, now: datetime) -> Town:
    points = _points(source.raw)
    town = Town.objects.create(
        code=code,
        name=_("Instance %(name)s") % {"name": code},
        latitude=fmean(latitude for _longitude, latitude in points.values()),
        longitude=fmean(longitude for longitude, _latitude in points.values()),
    )
    places = {
        index: create_place(town=town, latitude=latitude, longitude=longitude, actor=actor, now=now)
        for index, (longitude, latitude) in sorted(points.items())
    }
    grid = source.raw["distances"]
    TravelMatrix.objects.create(
        town=town,
        place_ids=[place.pk for place in places.values()],
        minutes=[[grid[start][end] for end in places] for start in places],
        source=_label(source),
    )
    _make_services(source)
    elders = _make_elders(source, town, places, actor, now)
    carers = _make_carers(source, town, places, actor, now)
    _make_preferences(source, elders, carers, now)
    return town


def _points(raw: Mapping[str, Any]) -> dict[int, tuple[float, float]]:
    """Longitude and latitude of each row of the matrix that somebody lives at or starts from."""
    return {
        each["distance_matrix_index"]: (float(each["location"][0]), float(each["location"][1]))
        for each in [*raw["terminal_points"], *raw["patients"]]
    }


def _make_services(source: _Source) -> None:
    lengths: dict[str, int] = {}
    for visit in source.problem.visits:
        for leg in visit.legs:
            for skill in leg.skills:
                lengths[skill] = max(lengths.get(skill, 0), leg.minutes)
    for skill, minutes in sorted(lengths.items()):
        ServiceItem.objects.create(
            code=_code(source, skill),
            kind=ServiceKind.PERSONAL,
            name=_("Service %(code)s") % {"code": _code(source, skill)},
            duration_minutes=minutes,
            skill=_code(source, skill),
            price_fen=0,
            effective_from=LONG_AGO,
        )


def _make_elders(
    source: _Source, town: Town, places: Mapping[int, Place], actor: User | None, now: datetime
) -> dict[str, Elder]:
    elders = {}
    for number, visit in enumerate(source.problem.visits):
        person = create_person(
            name=_("Elder %(number)s") % {"number": visit.id},
            gender=_alternating(number),
            home=places[visit.place],
            actor=actor,
            now=now,
        )
        elders[visit.id] = register_elder(
            person=person, town=town, number=_code(source, visit.id), active_from=LONG_AGO, actor=actor, now=now
        )
    return elders


def _make_carers(
    source: _Source, town: Town, places: Mapping[int, Place], actor: User | None, now: datetime
) -> dict[str, Carer]:
    organisation = Organisation.objects.create(
        code=source.name,
        name=_("Organisation of %(name)s") % {"name": source.name},
        kind=Organisation.Kind.COMPANY,
        town=town,
        active_from=LONG_AGO,
    )
    carers = {}
    for number, each in enumerate(source.problem.carers):
        person = create_person(
            name=_("Carer %(number)s") % {"number": each.id}, gender=_alternating(number), actor=actor, now=now
        )
        carers[each.id] = register_carer(
            person=person,
            number=_code(source, each.id),
            kind=Carer.Kind.WORKER,
            town=town,
            organisation=organisation,
            active_from=LONG_AGO,
            start_place=places[each.start_place],
            end_place=places[each.end_place],
            skills=[_code(source, skill) for skill in each.skills],
            mode=Carer.Mode.CAR,
            overtime_minutes=MINUTES_A_DAY - 1 - max(shift.end for shift in each.shifts),
            actor=actor,
            now=now,
            **_lunch(each.lunch),
        )
    return carers


def _lunch(lunch: engine.Lunch | None) -> dict[str, Any]:
    if lunch is None:
        return {}
    return {
        "takes_lunch": True,
        "lunch_required": lunch.required,
        "lunch_start": _clock(lunch.window.start),
        "lunch_end": _clock(lunch.window.end),
        "lunch_minutes": lunch.minutes,
    }


def _make_preferences(source: _Source, elders: Mapping[str, Elder], carers: Mapping[str, Carer], now: datetime) -> None:
    CarerPreference.objects.bulk_create(
        CarerPreference(elder=elders[visit.id], carer=carers[carer], kind=kind, reason=source.name, since=LONG_AGO)
        for visit in source.problem.visits
        for kind, chosen in (
            (CarerPreference.Kind.BARRED, visit.barred),
            (CarerPreference.Kind.PREFERRED, visit.preferred - visit.barred),
        )
        for carer in sorted(chosen)
    )


# The day: once per day -------------------------------------------------------------------------------------------------


def _make_day(source: _Source, town: Town, day: date, actor: User | None, now: datetime) -> None:
    carers = {carer.number: carer for carer in town.carers.all()}
    for each in source.problem.carers:
        carer = carers[_code(source, each.id)]
        if not Availability.objects.filter(carer=carer, day=day).exists():
            for shift in each.shifts:
                offer_time(carer=carer, day=day, start_minute=shift.start, end_minute=shift.end, actor=actor, now=now)
    elders = {elder.number: elder for elder in town.elders.select_related("person__home", "town")}
    items = {item.code: item for item in ServiceItem.objects.filter(code__startswith=f"{source.name}-")}
    for visit in source.problem.visits:
        _place(visit, elders[_code(source, visit.id)], source, items, day, actor, now)


def _place(
    visit: engine.Visit,
    elder: Elder,
    source: _Source,
    items: Mapping[str, ServiceItem],
    day: date,
    actor: User | None,
    now: datetime,
) -> None:
    windows = [(_moment(day, window.start), _moment(day, window.end)) for window in visit.windows]
    order = place_order(
        elder=elder,
        items=[_request(visit, leg, source, items, windows) for leg in visit.legs],
        requested_at=now,
        channel=Order.Channel.IMPORT,
        note=source.name,
        actor=actor,
        now=now,
    )
    visits = list(Visit.objects.filter(order_item__order=order).order_by("order_item__position"))
    if len(windows) > 1:
        VisitWindow.objects.bulk_create(
            VisitWindow(visit=each, start=start, end=end) for each in visits for start, end in windows
        )
    if visit.link is not None:
        first, second = visits
        VisitLink.objects.create(
            first=first,
            second=second,
            kind=visit.link.kind.name,
            min_gap=visit.link.min_gap,
            max_gap=visit.link.max_gap,
        )


def _request(
    visit: engine.Visit,
    leg: engine.Leg,
    source: _Source,
    items: Mapping[str, ServiceItem],
    windows: Sequence[tuple[datetime, datetime]],
) -> ItemRequest:
    """What is asked for. Lateness costs but is allowed as long as the day lasts: the form knows only soft window ends."""
    (skill,) = leg.skills
    return ItemRequest(
        item=items[_code(source, skill)],
        window_start=windows[0][0],
        window_end=windows[-1][1],
        duration_minutes=leg.minutes,
        window_rule=Visit.WindowRule[visit.window_rule.name],
        lateness_minutes=max(0, MINUTES_A_DAY - 1 - visit.windows[-1].end - _longest(visit.legs)),
        mandatory=visit.mandatory,
    )


def _longest(legs: Iterable[engine.Leg]) -> int:
    return max(leg.minutes for leg in legs)


def _code(source: _Source, part: str) -> str:
    return f"{source.name}-{part}"


def _alternating(number: int) -> Gender:
    return Gender.MALE if number % 2 else Gender.FEMALE


def _clock(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _moment(day: date, minute: int) -> datetime:
    return at(day, time()) + timedelta(minutes=minute)
