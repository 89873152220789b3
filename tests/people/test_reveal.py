"""Opening a masked field: a reason, a row, once."""

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction

from people import services
from people.errors import DomainError, Invalid, NotAllowed, NotVisible
from people.models import RevealLog
from tests.cast import NOW, Cast, make_person


def reveal(cast: Cast, field: str, actor: User, reason: str = "回电确认地址") -> str:
    return services.reveal(person=cast.elder.person, field=field, reason=reason, actor=actor, now=NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id_number", "320826194108159989"),
        ("phone", "13800138000、0517-82380123"),
        ("address", "高沟镇 扬口村三组12号"),
    ],
)
def test_a_field_is_opened_and_the_opening_is_recorded(cast: Cast, field: str, value: str) -> None:
    assert reveal(cast, field, cast.operator) == value

    row = RevealLog.objects.get()
    assert (row.actor, row.person, row.field, row.reason, row.at) == (
        cast.operator,
        cast.elder.person,
        field,
        "回电确认地址",
        NOW,
    )


def test_every_opening_is_a_row_of_its_own(cast: Cast) -> None:
    for _ in range(3):
        reveal(cast, "phone", cast.dispatcher)

    assert RevealLog.objects.count() == 3


@pytest.mark.parametrize("reason", ["", "   ", "-"])
def test_no_reason_opens_nothing(cast: Cast, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        reveal(cast, "phone", cast.operator, reason)

    assert refusal.value.code == "reason"
    assert RevealLog.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("auditor", NotAllowed),  # reads the trail, opens nothing
        ("manager", NotVisible),
        ("worker", NotVisible),
        ("stranger", NotVisible),
    ],
)
def test_other_roles_open_nothing(cast: Cast, who: str, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        reveal(cast, "phone", cast.everybody()[who])

    assert RevealLog.objects.count() == 0


def test_a_carer_does_not_open_even_ones_own_record_here(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.reveal(person=cast.worker.person, field="phone", reason="看一下", actor=cast.worker_user, now=NOW)


@pytest.mark.parametrize("field", ["name_pinyin", "id_number_index", "user"])
def test_only_secrets_are_opened(cast: Cast, field: str) -> None:
    with pytest.raises(Invalid):
        reveal(cast, field, cast.operator)

    assert RevealLog.objects.count() == 0


def test_an_empty_field_leaves_no_row(cast: Cast) -> None:
    nobody = make_person("周新", "M", cast.gaogou)

    with pytest.raises(Invalid) as refusal:
        services.reveal(person=nobody, field="phone", reason="回电", actor=cast.operator, now=NOW)

    assert refusal.value.code == "nothing_recorded"
    assert RevealLog.objects.count() == 0


@pytest.mark.parametrize("statement", ["UPDATE people_reveallog SET reason = 'x'", "DELETE FROM people_reveallog"])
def test_the_database_itself_keeps_the_trail(cast: Cast, statement: str) -> None:
    reveal(cast, "phone", cast.operator)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert RevealLog.objects.get().reason == "回电确认地址"


def test_the_trail_outlives_the_one_who_wrote_it(cast: Cast) -> None:
    reveal(cast, "phone", cast.operator)

    with pytest.raises(IntegrityError), transaction.atomic():
        cast.operator.delete()

    assert RevealLog.objects.count() == 1


def test_the_database_refuses_a_row_without_a_reason(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RevealLog.objects.create(actor=cast.operator, person=cast.elder.person, field="phone", reason="", at=NOW)
