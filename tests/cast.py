"""A small cast, so that tests about who may do what read as stories. Names and numbers are invented.

    def test_a_stranger_sees_nobody(cast: Cast) -> None:
        assert not people_visible_to(cast.stranger)

The fixture `cast` is known everywhere; `make_…` add to it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import Group, User
from stdnum.cn import ric

from orders.models import Elder
from people import services
from people.models import Gender, Person, Place, Town
from people.roles import DESK_ROLES, Role
from volunteers.models import Carer, Organisation

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)  # Monday, 08:30 in Shanghai
TODAY = date(2026, 3, 2)
PASSWORD = "Zhaogu-2026-lianshui"

# Prefix 320826 is 涟水县; the order digits 99x keep the numbers apart from any that was issued.
_LIANSHUI = "320826"


def id_number(birth_date: date, gender: str, *, order: int = 99) -> str:
    """A number that passes every check: born then, of that gender; `order` (0 to 99) tells namesakes apart."""
    digits = f"{_LIANSHUI}{birth_date:%Y%m%d}{order:02d}{9 if gender == Gender.MALE else 8}"
    return digits + ric.calc_check_digit(digits + "0")


def make_user(username: str, *roles: Role, name: str = "") -> User:
    """A user with these roles and the password PASSWORD."""
    user = User.objects.create_user(username, password=PASSWORD, last_name=name)
    user.groups.set(Group.objects.filter(name__in=roles))
    if not DESK_ROLES.isdisjoint(roles):
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return user


def make_town(code: str, name: str, latitude: float = 33.78, longitude: float = 119.26) -> Town:
    """The town with this code; several towns may share a point."""
    town, _ = Town.objects.get_or_create(
        code=code, defaults={"name": name, "latitude": latitude, "longitude": longitude}
    )
    return town


def make_person(
    name: str,
    gender: str,
    town: Town,
    *,
    birth_date: date = date(1960, 5, 6),
    phones: tuple[str, ...] = (),
    village: str = "",
    address: str = "",
    user: User | None = None,
    number: str | None = None,
) -> Person:
    """A person who lives in a village of the town, at the town's own point."""
    home = Place.objects.create(
        town=town, village=village, address=address, latitude=town.latitude, longitude=town.longitude
    )
    person = services.create_person(
        name=name,
        gender=gender,
        birth_date=birth_date,
        id_number=number,
        phones=phones,
        home=home,
        actor=None,
        now=NOW,
    )
    if user:
        person.user = user
        person.save(update_fields=["user"])
    return person


def make_elder(person: Person, number: str, *, visit_code: str = "4711", health_note: str = "") -> Elder:
    """The person as an elder of the town of their home, since the start of 2026."""
    assert person.home
    return Elder.objects.create(
        person=person,
        number=number,
        town=person.home.town,
        visit_code=visit_code,
        health_note=health_note,
        active_from=date(2026, 1, 1),
    )


def make_carer(person: Person, number: str, *, organisation: Organisation | None = None, **fields: object) -> Carer:
    """The person as a carer who starts from home: a worker of the organisation, or a volunteer without one."""
    assert person.home
    values: dict[str, object] = {
        "person": person,
        "number": number,
        "kind": Carer.Kind.WORKER if organisation else Carer.Kind.VOLUNTEER,
        "organisation": organisation,
        "town": person.home.town,
        "start_place": person.home,
        "end_place": person.home,
        "active_from": date(2026, 1, 1),
    }
    return Carer.objects.create(**(values | fields))


@dataclass(frozen=True)
class Cast:
    """One user per role, and the people they work with."""

    gaogou: Town
    chaomian: Town
    operator: User
    dispatcher: User
    administrator: User
    auditor: User
    manager: User
    organisation: Organisation
    # 张桂兰, 84, an elder of 高沟镇.
    elder: Elder
    # 王芳, a paid worker of the organisation, and 李强, a volunteer: both with a login.
    worker: Carer
    volunteer: Carer
    # 陈秀英 is both: an elder who helps others.
    both_elder: Elder
    both_carer: Carer
    # Somebody with a login and no role.
    stranger: User

    @property
    def worker_user(self) -> User:
        return self._user_of(self.worker)

    @property
    def volunteer_user(self) -> User:
        return self._user_of(self.volunteer)

    @property
    def both_user(self) -> User:
        return self._user_of(self.both_carer)

    @staticmethod
    def _user_of(carer: Carer) -> User:
        user = carer.person.user
        assert user
        return user

    def everybody(self) -> dict[str, User]:
        """The users by the name of their part."""
        return {
            "operator": self.operator,
            "dispatcher": self.dispatcher,
            "administrator": self.administrator,
            "auditor": self.auditor,
            "manager": self.manager,
            "worker": self.worker_user,
            "volunteer": self.volunteer_user,
            "both": self.both_user,
            "stranger": self.stranger,
        }


def assemble() -> Cast:
    """Write the whole cast to the database."""
    gaogou = make_town("320826103", "高沟镇", 34.0210, 119.1890)
    chaomian = make_town("320826999", "朝棉街道", 33.7800, 119.2600)
    manager = make_user("manager", Role.ORGANISATION_MANAGER, name="周敏")
    organisation = Organisation.objects.create(
        code="91320826MA1ABCDE0X",
        name="安康居家养老服务有限公司",
        kind=Organisation.Kind.COMPANY,
        town=gaogou,
        active_from=date(2026, 1, 1),
    )
    organisation.managers.add(manager)
    zhang = make_person(
        "张桂兰",
        Gender.FEMALE,
        gaogou,
        birth_date=date(1941, 8, 15),
        number=id_number(date(1941, 8, 15), Gender.FEMALE),
        phones=("13800138000", "0517-82380123"),
        village="扬口村",
        address="三组12号",
    )
    wang = make_person(
        "王芳",
        Gender.FEMALE,
        gaogou,
        birth_date=date(1985, 3, 3),
        phones=("13900139001",),
        user=make_user("wangfang", Role.CARER, name="王芳"),
    )
    li = make_person(
        "李强",
        Gender.MALE,
        gaogou,
        birth_date=date(1972, 10, 1),
        phones=("13900139002",),
        user=make_user("liqiang", Role.CARER, name="李强"),
    )
    chen = make_person(
        "陈秀英",
        Gender.FEMALE,
        gaogou,
        birth_date=date(1963, 12, 24),
        phones=("13900139003",),
        user=make_user("chenxiuying", Role.CARER, name="陈秀英"),
    )
    return Cast(
        gaogou=gaogou,
        chaomian=chaomian,
        operator=make_user("operator", Role.OPERATOR, name="孙静"),
        dispatcher=make_user("dispatcher", Role.DISPATCHER, name="赵磊"),
        administrator=make_user("administrator", Role.ADMINISTRATOR, name="吴建国"),
        auditor=make_user("auditor", Role.AUDITOR, name="郑洁"),
        manager=manager,
        organisation=organisation,
        elder=make_elder(zhang, "E0001", health_note="高血压，按时服药"),
        worker=make_carer(wang, "C0001", organisation=organisation),
        volunteer=make_carer(li, "C0002"),
        both_elder=make_elder(chen, "E0002", visit_code="0815"),
        both_carer=make_carer(chen, "C0003"),
        stranger=make_user("stranger", name="何人"),
    )


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, freshly written."""
    return assemble()
