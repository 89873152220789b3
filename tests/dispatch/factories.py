"""One town's Monday for the tests of dispatch: carers with logins, elders along one road, work asked and promised.

Times are "HH:MM" in Shanghai on TODAY; it is NOW (07:00) unless a test says otherwise.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User

from dispatch.offers.models import Offer
from dispatch.offers.services.answer import accept_offer
from dispatch.offers.services.send import LegOffer, open_pool, send_offers
from dispatch.visits.models import Assignment, CheckEvent
from dispatch.visits.services.check import record_check
from orders.models import Elder, ServiceItem, Visit, VisitLink
from people.models import Place
from people.roles import Role
from tests.cast import make_user
from tests.orders import make
from tests.orders.make import NOW, TODAY, at
from volunteers.models import Carer, CarerSkill, Certificate, Organisation

__all__ = ["NOW", "TODAY", "at"]

DEGREES_PER_KILOMETRE = 1 / 111.195


def make_place(kilometres_north: float = 0.0) -> Place:
    """A place on the road that runs north from the town's point."""
    latitude = 33.78 + kilometres_north * DEGREES_PER_KILOMETRE
    return Place.objects.create(
        town=make.town(), village="扬口村", address="三组12号", latitude=latitude, longitude=119.26
    )


def make_organisation(code: str = "91320826MA1ABCDE0X") -> Organisation:
    return Organisation.objects.get_or_create(
        code=code, defaults={"name": f"安康 {code}", "kind": Organisation.Kind.COMPANY, "active_from": date(2026, 1, 1)}
    )[0]


def make_manager(organisation: Organisation, username: str = "manager") -> User:
    user = make_user(username, Role.ORGANISATION_MANAGER)
    organisation.managers.add(user)
    return user


def make_carer(
    number: str = "C1",
    *,
    kind: str = Carer.Kind.VOLUNTEER,
    name: str = "李强",
    gender: str = "F",
    skills: tuple[str, ...] = ("CLEAN",),
    certificates: tuple[str, ...] = (),
    kilometres_north: float = 0.0,
    **fields: Any,
) -> Carer:
    """A carer with a login (user name as the number), skills, and certificates that are valid all 2026."""
    home = make_place(kilometres_north)
    user = make_user(number.lower(), Role.CARER)
    values = {
        "person": make.person(name, gender=gender, user=user, home=home),
        "number": number,
        "kind": kind,
        "organisation": make_organisation() if kind == Carer.Kind.WORKER else None,
        "town": home.town,
        "start_place": home,
        "end_place": home,
        "active_from": date(2026, 1, 1),
    }
    carer = Carer.objects.create(**(values | fields))
    CarerSkill.objects.bulk_create(CarerSkill(carer=carer, code=code) for code in skills)
    for code in certificates:
        Certificate.objects.create(carer=carer, code=code, valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31))
    return carer


def login_of(carer: Carer) -> User:
    assert carer.person.user
    return carer.person.user


def make_elder(number: str = "E1", *, name: str = "张桂兰", kilometres_north: float = 0.0, **fields: Any) -> Elder:
    """An elder at that place on the road; the code on the card in the home is 4711."""
    person = make.person(name, home=make_place(kilometres_north))
    return make.elder(number, **{"person": person, "visit_code": "4711"} | fields)


def make_item(code: str = "CLEAN", **fields: Any) -> ServiceItem:
    return ServiceItem.objects.filter(code=code).first() or make.item(code, **fields)


def make_visit(
    elder: Elder | None = None, item: ServiceItem | None = None, start: str = "09:00", end: str = "11:00", **terms: Any
) -> Visit:
    """An open visit of its own order; 60 minutes of cleaning by one carer unless said otherwise."""
    elder = elder or Elder.objects.first() or make_elder()
    return make.visit(elder, item or make_item(), start=start, end=end, **terms)


def link(first: Visit, second: Visit) -> VisitLink:
    """Two visits that are served both or neither."""
    return VisitLink.objects.create(first=first, second=second, kind=VisitLink.Kind.SIMULTANEOUS)


def legs(visit: Visit, *carers: Carer, start: str = "09:00") -> list[LegOffer]:
    """The question to each carer for one leg of the visit, all from the same start."""
    begin = at(start, visit.service_date)
    end = begin + timedelta(minutes=visit.duration_minutes)
    return [LegOffer(visit, leg, carer, begin, end) for leg, carer in enumerate(carers, start=1)]


def ask(visit: Visit, *carers: Carer, start: str = "09:00", now: datetime = NOW) -> list[Any]:
    """The open offers, one per carer (typed loosely: their assignment is there, though the column may be empty)."""
    return send_offers(legs=legs(visit, *carers, start=start), actor=None, now=now)


def ask_pool(visit: Visit, *carers: Carer, leg: int = 1, start: str = "09:00", now: datetime = NOW) -> list[Offer]:
    begin = at(start, visit.service_date)
    return open_pool(visit=visit, leg=leg, starts=dict.fromkeys(carers, begin), actor=None, now=now)


def accept(offer: Offer, now: datetime = NOW) -> Assignment:
    """The carer says yes."""
    return accept_offer(offer=offer, actor=login_of(offer.carer), now=now)


def promise(visit: Visit, *carers: Carer, start: str = "09:00") -> list[Any]:
    """Asked and accepted: the visit is reserved."""
    return [accept(offer) for offer in ask(visit, *carers, start=start)]


def check(
    assignment: Assignment,
    kind: str,
    clock: str,
    *,
    now: datetime | None = None,
    client_id: UUID | None = None,
    **how: Any,
) -> CheckEvent:
    """A check of the carer's own app at the elder's door, sent at once unless `now` says otherwise."""
    moment = at(clock, assignment.visit.service_date)
    place = assignment.visit.place
    values: dict[str, Any] = {
        "source": CheckEvent.Source.APP,
        "device_time": moment,
        "sent_at": now or moment,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "accuracy_metres": 10,
        "actor": login_of(assignment.carer),
    }
    return record_check(
        assignment=assignment, client_id=client_id or uuid4(), kind=kind, now=now or moment, **(values | how)
    )


def serve(assignment: Assignment, start: str = "09:00", end: str = "10:00") -> None:
    """In and out with clean evidence."""
    check(assignment, "in", start)
    check(assignment, "out", end)


def flags_of(assignment: Assignment) -> dict[str, dict[str, Any]]:
    """The facts of each doubt by its code."""
    return {flag.code: flag.facts for flag in assignment.flags.all()}
