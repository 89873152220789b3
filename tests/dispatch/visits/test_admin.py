"""The admin shows work and evidence by role, and reviews doubts; nothing is written there by hand."""

from typing import Any

import pytest
from django.urls import reverse

from dispatch.visits.models import Flag
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import make_carer, make_visit, promise, serve

pytestmark = pytest.mark.django_db

PAGES = ["assignment", "checkevent", "correction", "flag", "carerpreference"]


@pytest.fixture
def flag() -> Any:
    [assignment] = promise(make_visit(), make_carer())
    serve(assignment, "09:00", "09:20")
    return assignment.flags.get()


def review(client, flag: Flag, verb: str, reason: str):
    return client.post(
        reverse("admin:visits_flag_changelist"),
        {"action": verb, "reason": reason, "_selected_action": [flag.pk]},
        follow=True,
    )


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DISPATCHER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_the_desks_read_every_page(client, flag, role):
    client.force_login(make_user("someone", role))

    for page in PAGES:
        assert client.get(reverse(f"admin:visits_{page}_changelist")).status_code == 200
    assert client.get(reverse("admin:offers_offer_changelist")).status_code == 200
    assert client.get(reverse("admin:visits_assignment_change", args=[flag.assignment_id])).status_code == 200


@pytest.mark.parametrize(
    ("verb", "status", "visit"), [("clear", "cleared", "verified"), ("uphold", "upheld", "not_done")]
)
def test_a_dispatcher_settles_a_doubt_from_the_list(client, flag, verb, status, visit):
    client.force_login(make_user("dispatcher", Role.DISPATCHER))

    review(client, flag, verb, "已电话核实")

    flag.refresh_from_db()
    flag.assignment.visit.refresh_from_db()
    assert (flag.status, flag.assignment.visit.status) == (status, visit)
    assert flag.events.last().reason == "已电话核实"


def test_a_verdict_without_a_reason_is_told_and_changes_nothing(client, flag):
    client.force_login(make_user("dispatcher", Role.DISPATCHER))

    response = review(client, flag, "clear", "")

    flag.refresh_from_db()
    assert flag.status == "open"
    assert "请说明原因" in response.content.decode()


def test_an_auditor_settles_nothing(client, flag):
    client.force_login(make_user("auditor", Role.AUDITOR))

    review(client, flag, "clear", "已核实")

    flag.refresh_from_db()
    assert flag.status == "open"
