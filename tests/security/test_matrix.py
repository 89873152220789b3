"""Every operation of the interface × everybody who should not get through: refused, and nothing changed.

A new operation without a row in `operations.py` fails here.
"""

from collections import Counter
from typing import Any

import pytest
from django.apps import apps

from dispatch.notices.models import PushSubscription
from dispatch.offers.models import Offer
from dispatch.visits.models import Assignment
from tests.flows.database import everything
from tests.security.operations import OUTSIDERS, PUBLIC, ROWS, Operation, call, operations
from tests.security.world import World

pytestmark = pytest.mark.django_db

# Whatever belongs to the cast and never to the rival.
OURS = ("张桂兰", "张*", "王芳", "李强", "安康", "lost phone")


def owners_of(rows: Counter[tuple[str, ...]]) -> set[int]:
    """The carers to whom new rows belong; a row of anything else but a carer's own is a mistake."""
    tables = {model._meta.db_table: model for model in apps.get_models()}
    fresh: list[Any] = [tables[row[0]]._default_manager.get(pk=row[1]) for row in rows]
    return {row.token.user.person.carer.pk if isinstance(row, PushSubscription) else row.carer_id for row in fresh}


def named(operation: Operation) -> str:
    return " ".join(operation)


def test_every_operation_has_a_row() -> None:
    assert set(operations()) == set(ROWS) | set(PUBLIC)


@pytest.mark.parametrize("operation", ROWS, ids=named)
def test_the_rightful_user_gets_through(operation: Operation, world: World) -> None:
    """Otherwise the refusals below would prove nothing."""
    answer = call(world.api(ROWS[operation].rightful), operation, world)

    assert answer.status_code in (200, 201, 202, 204), answer.content


@pytest.mark.parametrize("operation", [each for each in ROWS if each[0] == "get"], ids=named)
def test_what_the_rightful_user_has_already_is_not_sent_again(operation: Operation, world: World) -> None:
    client = world.api(ROWS[operation].rightful)
    first = call(client, operation, world)
    mark = first.headers["ETag"]
    assert mark.startswith('"'), mark  # strong

    again = call(client, operation, world, headers={"If-None-Match": mark})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == mark


@pytest.mark.parametrize("operation", ROWS, ids=named)
def test_an_outsider_gets_nothing_and_changes_nothing(operation: Operation, world: World) -> None:
    for part in OUTSIDERS:
        client = world.api(part)
        before = everything()

        answer = call(client, operation, world)

        assert answer.status_code == ROWS[operation].status_for(part), (part, answer.content)
        if ROWS[operation].writes_own and answer.status_code < 300:
            assert owners_of(everything() - before) == {world.rival_carer.pk}, part
            assert before - everything() == Counter(), part
        else:
            assert everything() == before, part
        text = answer.content.decode()
        assert [ours for ours in OURS if ours in text] == [], (part, text)
        if answer.status_code >= 400:
            assert set(answer.json()) == {"type", "errors"}, text


def test_a_login_with_a_wrong_password_makes_no_device(world: World) -> None:
    before = everything()

    answer = world.api("anonymous").post(
        "/api/v1/devices/", {"username": "wangfang", "password": "wrong", "name": "phone"}
    )

    assert answer.status_code == 401
    assert everything() == before


@pytest.mark.parametrize("path", ["assignments/", "offers/", "pool/"])
def test_a_filter_shows_no_more_than_the_list(path: str, world: World) -> None:
    queries = (
        f"carer={world.cast.worker.pk}",
        f"visit={world.open_offer.visit_id}",
        "page_size=1000",
        "status=sent",
        "town=高沟镇",
        "cursor=bm90aGluZw==",
    )
    for part in ("rival carer", "rival manager"):
        client = world.api(part)
        for query in queries:
            answer = client.get(f"/api/v1/{path}?{query}")
            assert answer.status_code in (200, 400, 404), answer.content
            assert [ours for ours in OURS if ours in answer.content.decode()] == [], (part, query)


def test_ids_of_others_in_a_body_are_not_heard(world: World) -> None:
    """The rival accepts an own offer and names our carer, visit and assignment in the body."""
    foreign: dict[str, Any] = {
        "id": world.open_offer.pk,
        "carer": world.cast.worker.pk,
        "visit": world.open_offer.visit_id,
        "assignment": world.promised.pk,
        "actor": world.cast.administrator.pk,
        "status": "verified",
        "accepted_by": world.cast.administrator.pk,
        "kind": "POOL",
        "now": "2020-01-01T00:00:00Z",
    }

    answer = world.api("rival carer").post(f"/api/v1/offers/{world.rival_offer.pk}/accept/", foreign)

    assert answer.status_code == 200, answer.content
    own = Assignment.objects.get(pk=answer.json()["id"])
    assert (own.carer, own.visit_id, own.accepted_by) == (
        world.rival_carer,
        world.rival_offer.visit_id,
        world.rival_user,
    )
    assert (Offer.objects.get(pk=world.open_offer.pk).status, own.status) == ("sent", "accepted")
    assert Assignment.objects.get(pk=world.promised.pk).status == "accepted"


def test_the_auditor_reads_and_changes_nothing(world: World) -> None:
    auditor = world.api("auditor")
    for operation in ROWS:
        if operation[0] != "get" and "devices" not in operation[1]:
            before = everything()
            assert call(auditor, operation, world).status_code == 403, operation
            assert everything() == before
