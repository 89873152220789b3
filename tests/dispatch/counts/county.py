"""A small county for the counts: rows written straight to the tables, so that only the counting is under test."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group, User

from dispatch.visits.models import Assignment
from orders.models import Elder, Order, OrderItem, ServiceItem, Visit
from people.models import Person, Place, Town, TownDuty
from people.roles import Role
from volunteers.models import Carer, Organisation

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOVEMBER = date(2026, 11, 1)
AFTER_CUT_OFF = datetime(2026, 12, 6, 1, 0, tzinfo=UTC)


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment on the county's wall clock."""
    return datetime.combine(day, time(hour, minute, second), SHANGHAI)


def user_with(*roles: Role, name: str = "") -> User:
    user = User.objects.create_user(name or "-".join(roles))
    user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    return user


@dataclass
class County:
    """Makes towns, elders, carers and visits by name; asks for nothing twice."""

    towns: dict[str, Town] = field(default_factory=dict)
    elders: dict[str, Elder] = field(default_factory=dict)
    carers: dict[str, Carer] = field(default_factory=dict)
    items: dict[str, ServiceItem] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)

    def town(self, name: str) -> Town:
        if name not in self.towns:
            code = f"T{len(self.towns)}"
            self.towns[name] = Town.objects.create(code=code, name=name, latitude=33.8, longitude=119.3)
        return self.towns[name]

    def organisation(self, name: str) -> Organisation:
        if name not in self.organisations:
            self.organisations[name] = Organisation.objects.create(
                code=f"O{len(self.organisations)}", name=name, kind="COMPANY", active_from=date(2026, 1, 1)
            )
        return self.organisations[name]

    def elder(self, name: str, town: str) -> Elder:
        if name not in self.elders:
            self.elders[name] = Elder.objects.create(
                person=self._person(name),
                number=f"E{len(self.elders)}",
                town=self.town(town),
                visit_code="0000",
                active_from=date(2026, 1, 1),
            )
        return self.elders[name]

    def carer(self, name: str, town: str, organisation: str = "", kind: str = "") -> Carer:
        if name not in self.carers:
            place = Place.objects.create(town=self.town(town), latitude=33.8, longitude=119.3)
            self.carers[name] = Carer.objects.create(
                person=self._person(name),
                number=f"C{len(self.carers)}",
                kind=kind or (Carer.Kind.WORKER if organisation else Carer.Kind.VOLUNTEER),
                organisation=self.organisation(organisation) if organisation else None,
                town=self.town(town),
                start_place=place,
                end_place=place,
                active_from=date(2026, 1, 1),
            )
        return self.carers[name]

    def item(self, kind: str) -> ServiceItem:
        if kind not in self.items:
            self.items[kind] = ServiceItem.objects.create(
                code=kind.lower(),
                kind=kind,
                name=kind,
                duration_minutes=60,
                skill=kind,
                price_fen=0,
                effective_from=date(2026, 1, 1),
            )
        return self.items[kind]

    def visit(
        self,
        day: date,
        elder: Elder,
        carer: Carer,
        *,
        kind: str = "CLEAN",
        start: datetime | None = None,
        seconds: int = 3600,
        status: str = "verified",
        gov_minutes: int = 0,
        credit_minutes: int = 0,
        second: Carer | None = None,
    ) -> Visit:
        """A visit of `seconds` on the day; verified unless said otherwise, with a second carer for a double-up."""
        start = start or at(day, 9)
        number = f"D{Order.objects.count()}"
        order = Order.objects.create(number=number, elder=elder, requested_at=start, created_at=start)
        item = self.item(kind)
        line = OrderItem.objects.create(order=order, item=item, duration_minutes=60)
        visit = Visit.objects.create(
            order_item=line,
            elder=elder,
            item=item,
            town=elder.town,
            place=carer.start_place,
            service_date=day,
            window_start=start,
            window_end=start + timedelta(hours=2),
            duration_minutes=60,
            carers_needed=2 if second else 1,
            gov_minutes=gov_minutes,
            credit_minutes=credit_minutes,
            status=status,
            verified_at=start + timedelta(days=1) if status == "verified" else None,
            end_reason="ill" if status in ("cancelled", "not_done") else "",
            created_at=start,
        )
        legs = [carer, second] if second else [carer]
        for leg, who in enumerate(legs, start=1):
            Assignment.objects.create(
                visit=visit,
                leg=leg,
                carer=who,
                planned_start=start,
                planned_end=start + timedelta(hours=1),
                status="checked_out",
                started_at=start,
                ended_at=start + timedelta(seconds=seconds * leg),
                created_at=start,
            )
        return visit

    def dispatcher_of(self, town: str) -> User:
        user = user_with(Role.DISPATCHER)
        TownDuty.objects.create(user=user, town=self.town(town))
        return user

    def manager_of(self, organisation: str) -> User:
        user = user_with(Role.ORGANISATION_MANAGER)
        self.organisation(organisation).managers.add(user)
        return user

    def _person(self, name: str) -> Person:
        return Person.objects.create(name=name, gender="F", created_at=AFTER_CUT_OFF)
