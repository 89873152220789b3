"""Loads the demonstration county's towns, organisations, elders, carers and users in bulk. Everything is invented."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from stdnum.cn import uscc

from dispatch.demo import county
from orders.catalogue import CARE_CERTIFICATE, NURSING_CERTIFICATE, THERAPY_CERTIFICATE
from orders.models import Contact, Elder, ElderAlert, ElderCategory, Entitlement
from people.identity import prepare_person, prepare_phone
from people.models import Person, Phone, Place, Town, TownDuty
from people.roles import Role
from volunteers.models import Availability, Carer, CarerSkill, Certificate, Organisation

PASSWORD = "demo-lianshui-2026"
ELDERS = 2000
CARERS_PER_TOWN = 20
CERTIFIED = {"BATH": CARE_CERTIFICATE, "REHAB": THERAPY_CERTIFICATE, "MEDICAL": NURSING_CERTIFICATE}

_ORGANISATIONS = (
    ("安东居家养老服务有限公司", Organisation.Kind.COMPANY),
    ("涟水夕阳红护理有限公司", Organisation.Kind.COMPANY),
    ("淮涟康养服务有限公司", Organisation.Kind.COMPANY),
    ("涟水县为老服务中心", Organisation.Kind.CENTRE),
    ("爱邻社会工作服务社", Organisation.Kind.SOCIAL),
    ("涟水县助老公益协会", Organisation.Kind.SOCIAL),
    ("银龄互助志愿队", Organisation.Kind.GROUP),
    ("青年志愿者服务队", Organisation.Kind.GROUP),
)

_STAFF = (
    ("operator", Role.OPERATOR, "话务员 小周"),
    ("dispatcher", Role.DISPATCHER, "调度员 小吴"),
    ("manager", Role.ORGANISATION_MANAGER, "机构管理员 老郑"),
    ("admin", Role.ADMINISTRATOR, "民政管理员 老沈"),
    ("auditor", Role.AUDITOR, "审计员 小何"),
)


@dataclass(slots=True)
class Population:
    """What was loaded, by town, for the loaders of history and of today."""

    towns: list[Town] = field(default_factory=list)
    elders: dict[int, list[Elder]] = field(default_factory=dict)
    carers: dict[int, list[Carer]] = field(default_factory=dict)
    skills: dict[int, set[str]] = field(default_factory=dict)


def load_population(
    *, rng: Random, now: datetime, today: date, elders: int = ELDERS, carers_per_town: int = CARERS_PER_TOWN
) -> Population:
    """Write towns, organisations, so many elders and carers and a login per role; returns them by town."""
    population = Population(towns=_towns())
    organisations = _organisations(today)
    serials = county.Serials()
    _elders(population, elders // len(population.towns), rng=rng, now=now, today=today, serials=serials)
    _carers(population, organisations, carers_per_town, rng=rng, now=now, today=today, serials=serials)
    _staff(organisations)
    return population


def _towns() -> list[Town]:
    return Town.objects.bulk_create(
        Town(code=code, name=name, latitude=latitude, longitude=longitude)
        for code, name, latitude, longitude in county.TOWNS
    )


def _organisations(today: date) -> list[Organisation]:
    rows = []
    for number, (name, kind) in enumerate(_ORGANISATIONS, start=1):
        body = f"91320826MA{number:07d}"
        code = body + uscc.calc_check_digit(body)
        rows.append(Organisation(code=code, name=name, kind=kind, active_from=today - timedelta(days=900)))
    return Organisation.objects.bulk_create(rows)


def _people(
    plans: list[tuple[Town, str, bool, int, int]], *, rng: Random, now: datetime, today: date, serials: county.Serials
) -> list[Person]:
    """Bulk-write people with a home and a phone each; a plan is (town, gender, elderly, youngest, oldest)."""
    homes = []
    for town, *_rest in plans:
        latitude, longitude = county.point_near(rng, town.latitude, town.longitude)
        village = rng.choice(county.VILLAGES)
        homes.append(
            Place(
                town=town,
                village=village,
                address=f"{village}{rng.randint(1, 9)}组{rng.randint(1, 80)}号",
                latitude=latitude,
                longitude=longitude,
            )
        )
    Place.objects.bulk_create(homes, batch_size=500)
    rows = []
    for (_town, gender, elderly, youngest, oldest), home in zip(plans, homes, strict=True):
        birth = county.birthday(rng, youngest=youngest, oldest=oldest, today=today)
        person = prepare_person(
            name=county.person_name(rng, gender=gender, elderly=elderly),
            gender=gender,
            birth_date=birth,
            id_number=county.id_number(rng, birth=birth, gender=gender, serial=serials.born_on(birth)),
            now=now,
        )
        person.home = home
        rows.append(person)
    Person.objects.bulk_create(rows, batch_size=500)
    Phone.objects.bulk_create(
        [prepare_phone(person=person, number=county.mobile(serials.of_mobile()), is_primary=True) for person in rows],
        batch_size=500,
    )
    return rows


def _elders(
    population: Population, per_town: int, *, rng: Random, now: datetime, today: date, serials: county.Serials
) -> None:
    plans = [(town, rng.choice("FFM"), True, 62, 95) for town in population.towns for _ in range(per_town)]
    people = _people(plans, rng=rng, now=now, today=today, serials=serials)
    since = today - timedelta(days=400)
    elders = [
        Elder(
            person=person,
            number=f"E{number:06d}",
            town=plan[0],
            health_note=rng.choice(("", "高血压，按时服药", "糖尿病，饮食清淡", "膝关节不好，走路慢")),
            visit_code=f"{rng.randint(0, 9999):04d}",
            home_adapted=rng.random() < 0.3,
            active_from=since,
        )
        for number, (person, plan) in enumerate(zip(people, plans, strict=True), start=1)
    ]
    Elder.objects.bulk_create(elders, batch_size=500)
    for elder in elders:
        population.elders.setdefault(elder.town_id, []).append(elder)
    _facts_of(elders, rng=rng, today=today, since=since)
    children = _people(
        [(elder.town, rng.choice("FM"), False, 30, 60) for elder in elders[::4]],
        rng=rng,
        now=now,
        today=today,
        serials=serials,
    )
    Contact.objects.bulk_create(
        [
            Contact(
                elder=elder,
                person=child,
                relation="女儿" if child.gender == "F" else "儿子",
                authority=rng.choice(Contact.Authority.values),
            )
            for elder, child in zip(elders[::4], children, strict=True)
        ],
        batch_size=500,
    )


def _facts_of(elders: list[Elder], *, rng: Random, today: date, since: date) -> None:
    categories, entitlements, alerts = [], [], []
    for elder in elders:
        birth = elder.person.birth_date
        codes = set(rng.sample(["LIVING_ALONE", "EMPTY_NEST", "LEFT_BEHIND"], k=rng.choice((0, 1, 1))))
        if birth is not None and today.year - birth.year >= 80:
            codes.add("ADVANCED_AGE")
        if rng.random() < 0.15:
            codes.add("DISABLED")
        categories += [
            ElderCategory(elder=elder, code=code, valid_from=since, source="民政台账") for code in sorted(codes)
        ]
        if "DISABLED" in codes or "ADVANCED_AGE" in codes:
            code = "DISABLED" if "DISABLED" in codes else "ADVANCED_AGE"
            minutes = 1800 if code == "DISABLED" else 720
            entitlements.append(
                Entitlement(elder=elder, category=code, minutes_per_month=minutes, valid_from=since, basis="演示数据")
            )
        if rng.random() < 0.2:
            alerts.append(ElderAlert(elder=elder, kind=rng.choice(["DOG", "KEY_SAFE", "HARD_OF_HEARING", "FALL_RISK"])))
    ElderCategory.objects.bulk_create(categories, batch_size=500)
    # Each locks its elder until its transaction ends, and PostgreSQL has room for some thousands of locks.
    for first in range(0, len(entitlements), 1000):
        Entitlement.objects.bulk_create(entitlements[first : first + 1000])
    ElderAlert.objects.bulk_create(alerts, batch_size=500)


def _carers(
    population: Population,
    organisations: list[Organisation],
    per_town: int,
    *,
    rng: Random,
    now: datetime,
    today: date,
    serials: county.Serials,
) -> None:
    plans = []
    for town in population.towns:
        for number in range(per_town):
            oldest = 58 if number % 2 else 72  # every other one a volunteer: 以老帮老
            plans.append((town, rng.choice("FFM"), False, 25, oldest))
    people = _people(plans, rng=rng, now=now, today=today, serials=serials)
    _logins(people)
    since = today - timedelta(days=500)
    carers = []
    for number, (person, (town, *_rest)) in enumerate(zip(people, plans, strict=True)):
        worker = number % 2 == 1
        allowed = organisations[:4] if worker else organisations[4:]
        carers.append(
            Carer(
                person=person,
                number=f"C{number + 1:05d}",
                kind=Carer.Kind.WORKER if worker else Carer.Kind.VOLUNTEER,
                organisation=allowed[number // 2 % len(allowed)],
                town=town,
                start_place=person.home,
                end_place=person.home,
                mode=Carer.Mode.EBIKE if worker or rng.random() < 0.6 else Carer.Mode.WALK,
                radius_metres=None if worker else rng.choice((3000, 4000, 5000)),
                max_visits_a_day=None if worker else 3,
                max_minutes_a_day=480 if worker else 180,
                takes_lunch=worker,
                lunch_start=time(11, 0) if worker else None,
                lunch_end=time(14, 0) if worker else None,
                auto_accept=worker and rng.random() < 0.5,
                active_from=since,
            )
        )
    Carer.objects.bulk_create(carers, batch_size=500)
    for carer in carers:
        population.carers.setdefault(carer.town_id, []).append(carer)
    _what_they_can(population, carers, rng=rng, today=today, since=since)


def _what_they_can(population: Population, carers: list[Carer], *, rng: Random, today: date, since: date) -> None:
    skills, certificates, times = [], [], []
    for carer in carers:
        worker = carer.kind == Carer.Kind.WORKER
        codes = {"MEAL", "CLEAN", "WELFARE", "COMFORT", "ERRAND", "ESCORT"}
        if worker:
            codes |= {"BATH", "URGENT", "PERSONAL"} | ({"REHAB", "MEDICAL"} if rng.random() < 0.65 else set())
        elif rng.random() < 0.15:
            codes.add("MEDICAL")
        population.skills[carer.pk] = codes
        skills += [CarerSkill(carer=carer, code=code) for code in sorted(codes)]
        for skill, certificate in CERTIFIED.items():
            if skill in codes:
                until = today + timedelta(days=rng.randint(10, 700))
                certificates.append(
                    Certificate(
                        carer=carer, code=certificate, issuer="淮安市人社局（演示）", valid_from=since, valid_to=until
                    )
                )
        days = rng.sample(range(7), k=6 if worker else 5)
        hours = [(480, 1050)] if worker else [rng.choice(((480, 720), (810, 1050), (480, 1050)))]
        times += [
            Availability(carer=carer, weekday=day, start_minute=start, end_minute=end, valid_from=since)
            for day in days
            for start, end in hours
        ]
    CarerSkill.objects.bulk_create(skills, batch_size=500)
    Certificate.objects.bulk_create(certificates, batch_size=500)
    Availability.objects.bulk_create(times, batch_size=500)


def _logins(people: list[Person]) -> None:
    """A user per carer. One hash serves all: hashing 320 passwords would take longer than the whole plan."""
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        [
            User(username=f"carer{number:03d}", password=password, last_name=person.name)
            for number, person in enumerate(people, start=1)
        ],
        batch_size=500,
    )
    carer_group = Group.objects.get(name=Role.CARER)
    carer_group.user_set.add(*users)
    for person, user in zip(people, users, strict=True):
        person.user = user
    Person.objects.bulk_update(people, ["user"], batch_size=200)


def _staff(organisations: list[Organisation]) -> None:
    password = make_password(PASSWORD)
    for username, role, name in _STAFF:
        user = User.objects.create(
            username=username, password=password, last_name=name, is_staff=role != Role.ORGANISATION_MANAGER
        )
        user.groups.add(Group.objects.get(name=role))
        if role == Role.ORGANISATION_MANAGER:
            organisations[0].managers.add(user)
    town_dispatcher = User.objects.create(
        username="dispatcher2", password=password, last_name="调度员 涟城", is_staff=True
    )
    town_dispatcher.groups.add(Group.objects.get(name=Role.DISPATCHER))
    TownDuty.objects.create(user=town_dispatcher, town=Town.objects.get(code=county.TOWNS[0][0]))
