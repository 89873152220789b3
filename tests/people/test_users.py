"""Roles, users and the devices they are logged in on."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from knox.models import AuthToken

from people import services
from people.errors import Conflict, Invalid, NotVisible
from people.models import Device
from people.roles import Role, has_role, label_of, roles_of
from tests.cast import NOW, PASSWORD, Cast, make_user


@pytest.mark.django_db
def test_the_migration_makes_one_group_per_role() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


def test_a_user_has_the_roles_of_the_groups(cast: Cast) -> None:
    both = make_user("both", Role.OPERATOR, Role.DISPATCHER)

    assert roles_of(both) == {"operator", "dispatcher"}
    assert (has_role(both, Role.AUDITOR, Role.OPERATOR), has_role(both, Role.AUDITOR)) == (True, False)


def test_who_is_gone_or_unknown_has_no_role(cast: Cast) -> None:
    cast.administrator.is_active = False

    assert roles_of(cast.administrator) == roles_of(AnonymousUser()) == roles_of(cast.stranger) == frozenset()


@pytest.mark.django_db
def test_the_first_superuser_is_an_administrator() -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)

    assert roles_of(root) == {"administrator"}


def test_a_foreign_group_keeps_its_own_name() -> None:
    assert label_of("guests") == "guests"
    assert label_of("auditor") == str(Role.AUDITOR.label)


def test_a_user_at_a_desk_may_enter_the_records_and_a_carer_may_not(cast: Cast) -> None:
    desk, carer = (
        services.create_user(username=f"new-{role}", password=PASSWORD, roles=[role], actor=cast.administrator, now=NOW)
        for role in (Role.AUDITOR, Role.CARER)
    )

    assert (desk.is_staff, carer.is_staff) == (True, False)
    assert (list(roles_of(desk)), list(roles_of(carer))) == (["auditor"], ["carer"])


def test_losing_the_desk_role_closes_the_records(cast: Cast) -> None:
    services.give_roles(user=cast.operator, roles=[Role.CARER], actor=cast.administrator, now=NOW)

    cast.operator.refresh_from_db()
    assert (cast.operator.is_staff, list(roles_of(cast.operator))) == (False, ["carer"])


def test_a_weak_password_makes_no_user(cast: Cast) -> None:
    with pytest.raises(Invalid) as refusal:
        services.create_user(username="new", password="12345", roles=[], actor=cast.administrator, now=NOW)

    assert list(refusal.value.fields) == ["password"]
    assert not User.objects.filter(username="new").exists()


def test_a_user_name_is_given_once(cast: Cast) -> None:
    with pytest.raises(Conflict) as refusal:
        services.create_user(username="operator", password=PASSWORD, roles=[], actor=cast.administrator, now=NOW)

    assert refusal.value.code == "duplicate_user"


def test_only_the_hash_of_a_token_is_stored(cast: Cast) -> None:
    device, token = services.log_in_device(user=cast.worker_user, name="红米", now=NOW)

    stored = AuthToken.objects.values().get()
    assert token not in str(stored)
    assert device.token_id == stored["digest"]


def test_a_revoked_device_keeps_its_row_and_loses_its_token(cast: Cast) -> None:
    kept, _ = services.log_in_device(user=cast.worker_user, name="红米", now=NOW)
    lost, _ = services.log_in_device(user=cast.worker_user, name="旧手机", now=NOW)

    for _ in range(2):  # a second time changes nothing
        services.revoke_device(device=lost, actor=cast.worker_user, now=NOW)

    assert list(AuthToken.objects.values_list("device__name", flat=True)) == [kept.name]
    lost.refresh_from_db()
    assert (lost.revoked_at, lost.token_id) == (NOW, None)


def test_an_administrator_logs_a_lost_phone_out(cast: Cast) -> None:
    device, _ = services.log_in_device(user=cast.worker_user, name="红米", now=NOW)

    services.revoke_device(device=device, actor=cast.administrator, now=NOW)

    assert AuthToken.objects.count() == 0


def test_nobody_else_does(cast: Cast) -> None:
    device, _ = services.log_in_device(user=cast.worker_user, name="红米", now=NOW)

    with pytest.raises(NotVisible):
        services.revoke_device(device=device, actor=cast.volunteer_user, now=NOW)

    assert Device.objects.get().revoked_at is None
    assert AuthToken.objects.count() == 1
