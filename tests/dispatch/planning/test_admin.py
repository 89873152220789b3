"""Plan runs in the admin: read and taken away by those who plan, seen by nobody else."""

import pytest
from django.test import Client

from dispatch.planning.models import PlanRun
from dispatch.planning.services.runs import request_plan, solve_run
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY
from tests.orders.make import item, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> PlanRun:
    make.carer("C1")
    make.visit(make.elder_at("E1"), item())
    asked = request_plan(town=town(), day=TODAY, actor=None, now=NOW, solutions=5, send=False)
    return solve_run(run_id=asked.pk, now=NOW)


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_a_run_is_read_and_taken_away_as_json(client: Client, run: PlanRun, role: Role) -> None:
    client.force_login(make_user("reader", role))
    for page in ("planrun", "plan", "travelmatrix", "travelleg"):
        assert client.get(f"/admin/planning/{page}/").status_code == 200
    assert client.get(f"/admin/planning/planrun/{run.pk}/change/").status_code == 200
    found = client.get(f"/admin/planning/planrun/{run.pk}/download/").json()
    run.refresh_from_db()
    assert (found["problem"], found["plan"]) == (run.problem, run.plan.content)


def test_nobody_changes_a_run(client: Client, run: PlanRun) -> None:
    client.force_login(make_user("reader", Role.ADMINISTRATOR))
    assert client.get("/admin/planning/planrun/add/").status_code == 403
    assert client.post(f"/admin/planning/planrun/{run.pk}/change/", {"status": "published"}).status_code == 403
    assert client.post(f"/admin/planning/planrun/{run.pk}/delete/", {"post": "yes"}).status_code == 403
    assert PlanRun.objects.get().status == "solved"


def test_operators_and_dispatchers_of_elsewhere_do_not_see_it(client: Client, run: PlanRun) -> None:
    client.force_login(make_user("operator", Role.OPERATOR))
    assert client.get(f"/admin/planning/planrun/{run.pk}/change/").status_code == 403
    assert client.get(f"/admin/planning/planrun/{run.pk}/download/").status_code in (403, 404)
    elsewhere = make_user("elsewhere", Role.DISPATCHER)
    elsewhere.town_duties.create(town=town("T2"))
    client.force_login(elsewhere)
    assert client.get(f"/admin/planning/planrun/{run.pk}/download/").status_code == 404
