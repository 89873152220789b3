"""A run is asked for once, solved once, checked, and can be made again."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from dispatch.engine.jsonform import asked_from_json
from dispatch.engine.plan import Figures, ReasonCode
from dispatch.engine.rules import Rule
from dispatch.engine.solve import solve
from dispatch.engine.verify import Report, Violation
from dispatch.planning.models import Plan, PlanRun, PlanRunEvent
from dispatch.planning.names import carer_id, organisation_id
from dispatch.planning.queue import SOLVE
from dispatch.planning.services import runs
from dispatch.planning.services.runs import CLAIM, discard, request_plan, solve_run
from dispatch.planning.snapshot import snapshot
from dispatch.planning.stored import answer_of, problem_of
from orders.models import ServiceItem
from people.errors import Conflict, Invalid, NotAllowed, WrongState
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY
from tests.orders.make import item, town
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day() -> None:
    """Two visits an hour's walk apart, one carer for them."""
    clean = item()
    make.carer("C1")
    for number in (1, 2):
        make.visit(make.elder_at(f"E{number}", number), clean, "09:00", "12:00")


def queued(**options: Any) -> PlanRun:
    values = {"town": town(), "day": TODAY, "actor": None, "now": NOW, "solutions": 20, "send": False}
    return request_plan(**(values | options))


def statuses(run: PlanRun) -> list[str]:
    return list(PlanRunEvent.objects.filter(subject=run).values_list("new", flat=True))


def test_a_solved_run_keeps_problem_plan_and_figures() -> None:
    run = solve_run(run_id=queued().pk, now=NOW)
    run.refresh_from_db()
    plan = Plan.objects.get(run=run)
    assert (run.status, run.failure, run.travel_source) == ("solved", "", "great-circle")
    assert (plan.served, plan.unserved, plan.service_minutes) == (2, 0, 120)
    # 1,350 m, 1,350 m and 2,700 m by e-bike at 18 km/h: 5 + 5 + 9 minutes.
    assert plan.travel_minutes == 19
    assert run.problem and len(run.problem["visits"]) == 2
    assert statuses(run) == ["queued", "solving", "solved"]


def test_solving_twice_stores_one_plan() -> None:
    run = queued()
    solve_run(run_id=run.pk, now=NOW)
    solve_run(run_id=run.pk, now=NOW)
    assert Plan.objects.filter(run=run).count() == 1
    assert statuses(run) == ["queued", "solving", "solved"]


def test_a_run_that_a_living_worker_holds_is_left_alone() -> None:
    run = queued()
    PlanRun.objects.filter(pk=run.pk).update(status="solving", claimed_until=NOW + timedelta(seconds=1))
    assert solve_run(run_id=run.pk, now=NOW).status == "solving"
    assert not Plan.objects.exists()


def test_a_dead_workers_run_is_taken_over_once() -> None:
    run = queued()
    PlanRun.objects.filter(pk=run.pk).update(status="solving", claimed_until=NOW)
    later = NOW + timedelta(seconds=1)
    assert solve_run(run_id=run.pk, now=later).status == "solved"
    taken = PlanRunEvent.objects.get(subject=run, old="solving", new="solving")
    assert taken.reason == "taken over from a dead worker"
    assert Plan.objects.filter(run=run).count() == 1


def test_a_slow_worker_that_was_taken_over_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = queued()

    def overtaken(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(runs, "solve", solve)
        solve_run(run_id=run.pk, now=NOW + CLAIM)
        return solve(*args, **options)

    monkeypatch.setattr(runs, "solve", overtaken)
    solve_run(run_id=run.pk, now=NOW)
    assert Plan.objects.filter(run=run).count() == 1
    assert statuses(run) == ["queued", "solving", "solving", "solved"]


@pytest.mark.django_db(transaction=True)
def test_the_engine_runs_outside_any_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    run = queued()
    inside: list[bool] = []

    def watched(*args: Any, **options: Any) -> Any:
        inside.append(connection.in_atomic_block)
        return solve(*args, **options)

    monkeypatch.setattr(runs, "solve", watched)
    solve_run(run_id=run.pk, now=NOW)
    assert inside == [False]


def test_of_two_workers_that_find_a_dead_claim_one_takes_it_over() -> None:
    run = queued()
    PlanRun.objects.filter(pk=run.pk).update(status="solving", claimed_until=NOW - timedelta(seconds=1))
    first, second = PlanRun.objects.get(pk=run.pk), PlanRun.objects.get(pk=run.pk)
    assert [runs._claim(each, NOW) for each in (first, second)] == [True, False]
    assert PlanRunEvent.objects.filter(subject=run, new="solving").count() == 1


def test_a_plan_that_the_verifier_refuses_fails_the_run_with_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Report((Violation(Rule.SKILLS, visit="v1", carer="c1"),), Figures())
    monkeypatch.setattr(runs, "verify", lambda problem, plan: found)
    run = solve_run(run_id=queued().pk, now=NOW)
    assert (run.status, run.failure) == ("failed", "refused by the verifier: skills v1 c1")
    assert not Plan.objects.exists()
    told = StringIO()
    call_command("rerun_plan", str(run.pk), stdout=told)
    now, verdict = told.getvalue().splitlines()
    assert now.startswith("now: 2 served, 0 unserved, 19 min travel")
    assert verdict == "the run that failed has no plan"


def test_an_engine_that_breaks_fails_the_run_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise RuntimeError("out of ideas")

    monkeypatch.setattr(runs, "solve", broken)
    run = solve_run(run_id=queued().pk, now=NOW)
    assert (run.status, run.failure) == ("failed", "RuntimeError: out of ideas")


def test_one_run_of_a_day_at_a_time() -> None:
    queued()
    with pytest.raises(Conflict) as refused:
        queued()
    assert refused.value.code == "run_under_way"
    assert PlanRun.objects.count() == 1


def test_a_new_run_puts_the_plan_under_review_aside() -> None:
    first = solve_run(run_id=queued().pk, now=NOW)
    second = queued()
    first.refresh_from_db()
    assert (first.status, second.status) == ("discarded", "queued")


def test_a_discarded_run_is_never_solved() -> None:
    run = queued()
    discard(run=run, actor=None, now=NOW)
    solve_run(run_id=run.pk, now=NOW)
    assert not Plan.objects.exists()
    with pytest.raises(WrongState):
        discard(run=run, actor=None, now=NOW)


def test_past_days_wrong_prices_and_other_roles_are_refused() -> None:
    for options, code in (
        ({"day": TODAY - timedelta(days=1)}, "day_passed"),
        ({"params": {"travel": -1}}, "wrong_price"),
    ):
        with pytest.raises(Invalid) as refused:
            queued(**options)
        assert refused.value.code == code
    with pytest.raises(NotAllowed):
        queued(actor=make_user("operator", Role.OPERATOR))
    assert not PlanRun.objects.exists()


def test_the_worker_is_asked_by_name_after_the_commit(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    from config.celery import app

    sent: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(type(app), "send_task", lambda self, name, args, **options: sent.append((name, args)))
    with django_capture_on_commit_callbacks(execute=True):
        run = queued(send=True)
        assert sent == []
    assert sent == [(SOLVE, [run.pk])]
    app.loader.import_default_modules()
    assert {SOLVE, "dispatch.planning.tasks.repair_hole", "dispatch.planning.tasks.watch_runs"} <= set(app.tasks)


def test_the_same_seed_and_stop_give_the_same_plan() -> None:
    run = solve_run(run_id=queued(seed=7).pk, now=NOW)
    told = StringIO()
    call_command("rerun_plan", str(run.pk), stdout=told)
    assert told.getvalue().splitlines()[-1] == "the same plan"


def test_a_run_can_be_taken_away_as_a_file(tmp_path: Path) -> None:
    run = solve_run(run_id=queued(seed=7).pk, now=NOW)
    call_command("export_plan_run", str(run.pk), str(tmp_path / "run.json"), stdout=StringIO())
    found = json.loads((tmp_path / "run.json").read_text())
    run.refresh_from_db()
    assert (found["town"], found["seed"], found["problem"]) == ("T1", 7, run.problem)
    assert "老人" not in (tmp_path / "run.json").read_text()


def test_fairness_and_limits_travel_with_the_run(tmp_path: Path) -> None:
    ServiceItem.objects.update(is_popular=True)
    limited = organisation_id(make.limit(60).pk)
    run = solve_run(run_id=queued(seed=7).pk, now=NOW)
    run.refresh_from_db()
    assert (run.plan.served, run.plan.unserved) == (1, 1)  # an hour each, and one hour in all
    [absent] = answer_of(run.plan).unserved
    assert [reason.code for reason in absent.reasons] == [ReasonCode.ORGANISATION_LIMIT_REACHED]

    call_command("export_plan_run", str(run.pk), str(tmp_path / "run.json"), stdout=StringIO())
    asked = asked_from_json((tmp_path / "run.json").read_text())
    assert asked.problem == problem_of(run) == snapshot(run.town, TODAY, NOW).problem
    assert [visit.popular for visit in asked.problem.visits] == [True, True]
    assert [carer.organisation for carer in asked.problem.carers] == [limited]
    assert asked.problem.organisation_minutes == {limited: 60}

    told = StringIO()
    call_command("rerun_plan", str(run.pk), stdout=told)
    assert told.getvalue().splitlines()[-1] == "the same plan"


@pytest.mark.parametrize("popular", [True, False])
def test_popular_work_goes_to_who_had_little_of_it_other_work_to_who_is_near(
    popular: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ServiceItem.objects.update(is_popular=popular)
    near, far = Carer.objects.get(), make.carer("C2", kilometres_north=-1)
    monkeypatch.setattr("dispatch.planning.reading.popular_before", lambda carers, day: {near.pk: 50})
    run = solve_run(run_id=queued().pk, now=NOW)
    routes = {route.carer: len(route.stops) for route in answer_of(run.plan).routes}
    assert routes == (
        {carer_id(near.pk): 0, carer_id(far.pk): 2} if popular else {carer_id(near.pk): 2, carer_id(far.pk): 0}
    )


def test_a_day_is_planned_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)
    told = StringIO()
    call_command("plan_day", "--town", "T1", "--day", TODAY.isoformat(), "--solutions", "5", "--publish", stdout=told)
    assert "published: 2 served, 0 unserved, 19 min travel, 120 min service, great-circle" in told.getvalue()
