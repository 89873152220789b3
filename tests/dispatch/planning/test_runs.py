"""From a request to a checked plan in the database."""

import pytest

from dispatch.planning.models import Plan, PlanRun
from dispatch.planning.services.publish import publish
from dispatch.planning.services.runs import request_plan, solve_run
from dispatch.visits.models import Assignment
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY
from tests.orders.make import item, town

pytestmark = pytest.mark.django_db


def solved(**fields: object) -> PlanRun:
    run = request_plan(town=town(), day=TODAY, actor=None, now=NOW, solutions=20, **fields)
    return solve_run(run_id=run.pk, now=NOW)


def test_a_day_is_planned_and_published() -> None:
    clean = item()
    make.carer("C1")
    visits = [make.visit(make.elder_at(f"E{n}", n), clean, "09:00", "12:00") for n in (1, 2)]
    run = solved()
    assert (run.status, run.failure) == (PlanRun.Status.SOLVED, "")
    plan = Plan.objects.get(run=run)
    assert (plan.served, plan.unserved, plan.service_minutes) == (2, 0, 120)
    plan = publish(run=run, actor=None, now=NOW)
    assert plan.left_out == []
    assert Assignment.objects.filter(visit__in=visits, status=Assignment.Status.OFFERED).count() == 2
