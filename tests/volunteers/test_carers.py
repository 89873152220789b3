"""Who joins, who sees whom, and who may come no more."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from people.errors import Conflict, Invalid, WrongState
from people.models import Person, TownDuty
from people.roles import Role
from tests.cast import Cast, make_person, make_user
from tests.volunteers.make import BY, MONDAY
from volunteers import services
from volunteers.models import Carer, CarerEvent, CarerSkill, Organisation
from volunteers.selectors import carers_visible_to, organisations_visible_to
from volunteers.timebank.selectors import accounts_visible_to, transfers_visible_to
from volunteers.timebank.services import account_of, earn, issuer_account

pytestmark = pytest.mark.django_db


def register(person: Person, **changes: object) -> Carer:
    content = {"number": "N1", "kind": "VOLUNTEER", "town": person.home and person.home.town, "active_from": MONDAY}
    return services.register_carer(person=person, **content | changes, **BY)


def test_a_new_carer_starts_and_ends_at_home_with_the_skills_given(cast: Cast):
    person = make_person("周杰", "M", cast.gaogou)

    carer = register(person, skills=["MEAL", "CLEAN", "MEAL"], radius_metres=3000)

    assert (carer.start_place, carer.end_place, carer.radius_metres) == (person.home, person.home, 3000)
    assert list(CarerSkill.objects.filter(carer=carer).values_list("code", flat=True)) == ["CLEAN", "MEAL"]
    assert CarerEvent.objects.get(carer=carer).kind == "REGISTERED"


def test_an_elder_may_become_a_carer(cast: Cast):
    assert register(cast.elder.person).person == cast.elder.person


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "WORKER"},  # belongs to no organisation
        {"kind": "ROBOT"},
        {"number": ""},
        {"active_to": date(2026, 1, 1)},  # before the first day
        {"takes_lunch": True},  # without its time
        {"kind": "VOLUNTEER", "auto_accept": True},  # has no contract
    ],
)
def test_an_impossible_carer_is_refused(cast: Cast, changes):
    person = make_person("周杰", "M", cast.gaogou)

    with pytest.raises(Invalid):
        register(person, **changes)

    assert not Carer.objects.filter(person=person).exists()


def test_the_database_knows_no_volunteer_with_a_contract(cast: Cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Carer.objects.filter(pk=cast.volunteer.pk).update(auto_accept=True)

    cast.volunteer.refresh_from_db()
    assert not cast.volunteer.auto_accept


def test_a_carer_starts_somewhere(cast: Cast):
    homeless = Person.objects.create(name="无名", gender="M", created_at=BY["now"])

    with pytest.raises(Invalid) as refusal:
        register(homeless, town=cast.gaogou)

    assert list(refusal.value.fields) == ["start_place"]


def test_a_person_and_a_number_are_registered_once(cast: Cast):
    person = make_person("周杰", "M", cast.gaogou)

    for who, number in ((cast.worker.person, "N1"), (person, cast.worker.number)):
        with pytest.raises(Conflict) as refusal:
            register(who, number=number)
        assert refusal.value.code == "duplicate_carer"

    assert not Carer.objects.filter(person=person).exists()


def test_a_blacklisted_carer_is_listed_once_or_earlier(cast: Cast):
    services.blacklist(carer=cast.worker, from_day=date(2026, 3, 10), reason="theft", **BY)
    services.blacklist(carer=cast.worker, from_day=MONDAY, reason="proved", **BY)

    with pytest.raises(WrongState):
        services.blacklist(carer=cast.worker, from_day=date(2026, 4, 1), reason="again", **BY)

    assert Carer.objects.get(pk=cast.worker.pk).blocked_from == MONDAY
    assert CarerEvent.objects.filter(carer=cast.worker, kind="BLACKLISTED").count() == 2


def test_nobody_is_blacklisted_without_a_reason(cast: Cast):
    with pytest.raises(Invalid):
        services.blacklist(carer=cast.worker, from_day=MONDAY, reason=" ", **BY)

    assert Carer.objects.get(pk=cast.worker.pk).blocked_from is None


def test_each_sees_the_carers_of_the_own_part(cast: Cast):
    everybody = {cast.worker, cast.volunteer, cast.both_carer}
    elsewhere = Organisation.objects.create(code="O2", name="别家", kind="SOCIAL", active_from=MONDAY)
    other_manager = make_user("other", Role.ORGANISATION_MANAGER)
    elsewhere.managers.add(other_manager)
    other_town = make_user("chaomian", Role.DISPATCHER)
    TownDuty.objects.create(user=other_town, town=cast.chaomian)

    seen = {name: set(carers_visible_to(user)) for name, user in cast.everybody().items()}

    assert seen == {
        "operator": everybody,
        "dispatcher": everybody,
        "administrator": everybody,
        "auditor": everybody,
        "manager": {cast.worker},
        "worker": {cast.worker},
        "volunteer": {cast.volunteer},
        "both": {cast.both_carer},
        "stranger": set(),
    }
    assert not carers_visible_to(other_manager)
    assert not carers_visible_to(other_town)


def test_each_sees_the_organisations_of_the_own_part(cast: Cast):
    elsewhere = Organisation.objects.create(code="O2", name="别家", kind="SOCIAL", active_from=MONDAY)
    everything = {cast.organisation, elsewhere}

    seen = {name: set(organisations_visible_to(user)) for name, user in cast.everybody().items()}

    assert seen == {
        "operator": everything,
        "dispatcher": everything,
        "administrator": everything,
        "auditor": everything,
        "manager": {cast.organisation},
        "worker": {cast.organisation},
        "volunteer": set(),
        "both": set(),
        "stranger": set(),
    }


def test_each_sees_the_accounts_and_transfers_of_the_own_part(cast: Cast):
    now = BY["now"]
    for number, carer in enumerate((cast.worker, cast.volunteer)):
        earn(person=carer.person, minutes=60, key=f"visit:{number}:1", cause=f"visit:{number}", **BY)
    worker, volunteer = (account_of(carer.person, now) for carer in (cast.worker, cast.volunteer))
    all_accounts = {issuer_account(now), worker, volunteer}

    accounts = {name: set(accounts_visible_to(user)) for name, user in cast.everybody().items()}
    transfers = {name: transfers_visible_to(user).count() for name, user in cast.everybody().items()}

    assert accounts == {
        "operator": all_accounts,
        "dispatcher": {worker, volunteer},
        "administrator": all_accounts,
        "auditor": all_accounts,
        "manager": {worker},
        "worker": {worker},
        "volunteer": {volunteer},
        "both": set(),
        "stranger": set(),
    }
    assert transfers == {
        "operator": 2,
        "dispatcher": 2,
        "administrator": 2,
        "auditor": 2,
        "manager": 1,
        "worker": 1,
        "volunteer": 1,
        "both": 0,
        "stranger": 0,
    }
