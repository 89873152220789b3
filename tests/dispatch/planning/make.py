"""A small town's day for the planner: carers on duty, elders along one road, visits that can be placed."""

from datetime import date
from typing import Any

from orders.models import Elder, ServiceItem, Visit
from people.models import Place
from tests.orders import make
from tests.orders.make import NOW, TODAY, at
from volunteers.models import Availability, Carer, CarerSkill, Organisation

__all__ = ["NOW", "TODAY", "at", "carer", "elder_at", "organisation", "visit"]


def place(kilometres_north: float = 0.0) -> Place:
    """A place on the road that runs north from the town's point."""
    return Place.objects.create(town=make.town(), latitude=33.78 + kilometres_north / 111.195, longitude=119.26)


def organisation(name: str = "安康居家") -> Organisation:
    return Organisation.objects.get_or_create(
        name=name,
        defaults={
            "code": f"9132{Organisation.objects.count():014}",
            "kind": Organisation.Kind.COMPANY,
            "active_from": date(2026, 1, 1),
        },
    )[0]


def limit(minutes: int, name: str = "安康居家") -> Organisation:
    """The organisation, whose carers may serve no more than these minutes a day."""
    limited = organisation(name)
    Organisation.objects.filter(pk=limited.pk).update(daily_minutes=minutes)
    return limited


def abroad(*rows: Visit | Carer) -> None:
    """Let the visits and carers be of the town next door."""
    for row in rows:
        type(row)._default_manager.filter(pk=row.pk).update(town=make.town("T2"))


def carer(
    number: str,
    *,
    shifts: tuple[tuple[int, int], ...] = ((480, 1080),),
    skills: tuple[str, ...] = ("CLEAN",),
    kind: str = Carer.Kind.WORKER,
    gender: str = "F",
    kilometres_north: float = 0.0,
    **fields: Any,
) -> Carer:
    """A carer on duty every day in these minutes (08:00 to 18:00 unless said otherwise)."""
    home = place(kilometres_north)
    values = {
        "person": make.person(f"护工{number}", gender=gender),
        "number": number,
        "kind": kind,
        "organisation": organisation() if kind == Carer.Kind.WORKER else None,
        "town": home.town,
        "start_place": home,
        "end_place": home,
        "active_from": date(2026, 1, 1),
    }
    made = Carer.objects.create(**(values | fields))
    CarerSkill.objects.bulk_create(CarerSkill(carer=made, code=code) for code in skills)
    Availability.objects.bulk_create(
        Availability(carer=made, weekday=weekday, start_minute=start, end_minute=end, valid_from=date(2026, 1, 1))
        for weekday in range(7)
        for start, end in shifts
    )
    return made


def elder_at(number: str, kilometres_north: float = 1.0, **fields: Any) -> Elder:
    """An elder who lives this far up the road."""
    return make.elder(number, person=make.person(f"老人{number}", home=place(kilometres_north)), **fields)


def visit(elder: Elder, item: ServiceItem, start: str = "09:00", end: str = "11:00", **terms: Any) -> Visit:
    """The only visit of a new order."""
    return make.visit(elder, item, start=start, end=end, **terms)
