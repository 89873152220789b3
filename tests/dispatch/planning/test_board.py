"""The dispatch board over HTTP: who may see and do what, and what is on it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dispatch.offers.models import Offer
from dispatch.planning.board import board
from dispatch.planning.models import PlanRun
from dispatch.planning.selectors import newest_run, published_run
from dispatch.planning.services.pool import ask_everybody
from dispatch.planning.services.publish import publish
from dispatch.planning.services.runs import request_plan, solve_run
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import ask
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY
from tests.orders.make import item, town
from volunteers.models import Carer

pytestmark = pytest.mark.django_db
DAY = f"/board/T1/{TODAY.isoformat()}/"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.clock.now", lambda: NOW)


@pytest.fixture
def run() -> PlanRun:
    """A solved plan: 老人E1 is served by 护工C1, 老人E2 needs a bath that nobody can give."""
    make.carer("C1")
    make.carer("C2", shifts=((480, 630),))
    make.visit(make.elder_at("E1"), item())
    make.visit(make.elder_at("E2", 2), item("BATH"))
    asked = request_plan(town=town(), day=TODAY, actor=None, now=NOW, solutions=20, send=False)
    return solve_run(run_id=asked.pk, now=NOW)


def logged_in(client: Client, *roles: Role) -> Client:
    client.force_login(make_user("reader", *roles))
    return client


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_the_board_shows_the_plan_and_why_a_visit_is_missing(client: Client, run: PlanRun, role: Role) -> None:
    logged_in(client, role)
    page = client.get(DAY).content.decode()
    assert "护工C1" in page
    assert "老人E2" in page
    assert "没有人有这项技能或证书" in page
    assert client.get("/board/", {"day": TODAY.isoformat()}).status_code == 200
    assert ("board/runs" in page) == (role != Role.AUDITOR)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CARER, Role.ORGANISATION_MANAGER])
def test_other_roles_have_no_board(client: Client, run: PlanRun, role: Role) -> None:
    logged_in(client, role)
    visit = Visit.objects.get(item__code="CLEAN")
    for address in ("/board/", DAY, f"/board/visits/{visit.pk}/1/"):
        assert client.get(address).status_code == 403
    assert client.post(f"/board/runs/{run.pk}/publish/").status_code in (403, 404)
    run.refresh_from_db()
    assert run.status == PlanRun.Status.SOLVED


def test_an_auditor_reads_but_does_not_act(client: Client, run: PlanRun) -> None:
    logged_in(client, Role.AUDITOR)
    visit = Visit.objects.get(item__code="CLEAN")
    carer = Carer.objects.get(number="C1")
    assert client.post(f"/board/runs/{run.pk}/publish/").status_code == 403
    assert client.post(f"/board/runs/{run.pk}/discard/").status_code == 403
    assert client.post("/board/plan/", {"town": "T1", "day": TODAY.isoformat()}).status_code == 403
    assert client.post("/board/plan/", {"day": TODAY.isoformat()}).status_code == 403
    assert client.post(f"/board/visits/{visit.pk}/1/", {"carer": carer.pk}).status_code == 403
    assert (PlanRun.objects.count(), Assignment.objects.count()) == (1, 0)


def test_a_dispatcher_publishes_and_reassigns(client: Client, run: PlanRun) -> None:
    logged_in(client, Role.DISPATCHER)
    assert client.post(f"/board/runs/{run.pk}/publish/").status_code == 302
    visit = Visit.objects.get(item__code="CLEAN")
    panel = client.get(f"/board/visits/{visit.pk}/1/").content.decode()
    assert "护工C2" in panel
    held = Assignment.objects.get(status=Assignment.Status.OFFERED)
    other = Carer.objects.exclude(pk=held.carer_id).get()
    assert client.post(f"/board/visits/{visit.pk}/1/", {"carer": other.pk}).status_code == 302
    assert Assignment.objects.get(status=Assignment.Status.OFFERED).carer == other


def test_a_refused_reassignment_names_its_rule_and_changes_nothing(client: Client, run: PlanRun) -> None:
    logged_in(client, Role.DISPATCHER)
    visit = Visit.objects.get(item__code="CLEAN")
    short_day = Carer.objects.get(number="C2")
    answer = client.post(f"/board/visits/{visit.pk}/1/", {"carer": short_day.pk, "start": "09:45"})
    assert answer.status_code == 409
    assert "那个时间不在班" in answer.content.decode()
    assert Assignment.objects.count() == 0


def asked_of(client: Client) -> Offer:
    """The question to a carer who has no smartphone, as the dispatcher finds it in the panel of its visit."""
    visit = make.visit(make.elder_at("E1"), item())
    [offer] = ask(visit, make.carer("C1"))
    assert "已询问，未答复" in logged_in(client, Role.DISPATCHER).get(f"/board/visits/{visit.pk}/1/").content.decode()
    return offer


def test_a_dispatcher_accepts_for_a_carer_who_said_so_by_telephone(client: Client) -> None:
    offer = asked_of(client)

    answer = client.post(f"/board/offers/{offer.pk}/accept/", {"on_behalf_reason": "服务人员已电话同意"})

    assert answer.status_code == 302
    work = Assignment.objects.get()
    assert (work.status, work.accepted_by, work.visit.status) == ("accepted", User.objects.get(), "reserved")
    assert work.events.get(new="accepted").reason == "服务人员已电话同意"


@pytest.mark.parametrize(("reason", "status"), [("", 400), ("电话同意", 409)])
def test_what_cannot_be_accepted_for_a_carer_changes_nothing(client: Client, reason: str, status: int) -> None:
    offer = asked_of(client)
    if status == 409:
        Offer.objects.update(status="withdrawn")
    before = Offer.objects.get().status

    answer = client.post(f"/board/offers/{offer.pk}/accept/", {"on_behalf_reason": reason})

    assert answer.status_code == status
    assert (Offer.objects.get().status, Assignment.objects.get().status) == (before, "offered")


def test_a_carer_who_may_not_serve_any_more_is_refused_in_the_panel(client: Client) -> None:
    offer = asked_of(client)
    Carer.objects.update(blocked_from=TODAY)

    answer = client.post(f"/board/offers/{offer.pk}/accept/", {"on_behalf_reason": "电话同意"})

    assert answer.status_code == 409  # the script shows it (board.js)
    assert "没有改动任何内容" in answer.content.decode()
    assert (Offer.objects.get().status, Assignment.objects.get().status) == ("sent", "offered")


def test_a_carer_who_is_not_on_duty_here_that_day_is_refused_and_nothing_changes(client: Client, run: PlanRun) -> None:
    logged_in(client, Role.DISPATCHER)
    visit = Visit.objects.get(item__code="CLEAN")
    away, elsewhere = make.carer("C3", shifts=()), make.carer("C4")
    Carer.objects.filter(pk=elsewhere.pk).update(town=town("T2"))
    for carer in (away, elsewhere):
        answer = client.post(f"/board/visits/{visit.pk}/1/", {"carer": carer.pk, "start": "09:00"})
        assert answer.status_code == 409
        assert "该护理员当天不在本镇当班。" in answer.content.decode()
    visit.refresh_from_db()
    assert (visit.status, Assignment.objects.count()) == ("open", 0)


def test_the_newest_plan_is_the_one_made_last_even_after_the_clock_was_set_back(client: Client, run: PlanRun) -> None:
    logged_in(client, Role.DISPATCHER)
    PlanRun.objects.filter(pk=run.pk).update(requested_at=NOW + timedelta(hours=3))
    publish(run=run, actor=None, now=NOW)
    asked = request_plan(town=town(), day=TODAY, actor=None, now=NOW, solutions=20, send=False)
    newer = solve_run(run_id=asked.pk, now=NOW)
    assert newer.requested_at < PlanRun.objects.get(pk=run.pk).requested_at
    assert f"/board/runs/{newer.pk}/publish/" in client.get(DAY).content.decode()
    assert client.post(f"/board/runs/{newer.pk}/publish/").status_code == 302
    assert published_run(town(), TODAY) == newest_run(town(), TODAY) == newer


def test_travel_of_the_plan_and_of_the_work_as_it_stands_both_count_the_way_home(run: PlanRun) -> None:
    before = board(town(), TODAY, NOW)
    assert before.proposed is not None
    # 1,350 m by e-bike at 18 km/h: 5 minutes there and 5 home.
    assert (before.proposed.travel, before.standing.travel) == (10, 0)
    publish(run=run, actor=None, now=NOW)
    assert board(town(), TODAY, NOW).standing.travel == 10


def test_a_town_that_is_not_ones_own_does_not_exist(client: Client, run: PlanRun) -> None:
    user = make_user("elsewhere", Role.DISPATCHER)
    user.town_duties.create(town=town("T2"))
    client.force_login(user)
    visit = Visit.objects.get(item__code="CLEAN")
    for address in (DAY, f"/board/visits/{visit.pk}/1/"):
        assert client.get(address).status_code == 404
    assert client.post(f"/board/runs/{run.pk}/publish/").status_code == 404


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_beyond_every_calendar_is_no_address(client: Client, run: PlanRun, day: str) -> None:
    logged_in(client, Role.DISPATCHER)
    assert client.get("/board/", {"day": day}).status_code == 400
    assert client.post("/board/plan/", {"day": day}).status_code == 400
    assert client.get(f"/board/T1/{day}/").status_code == 404
    assert PlanRun.objects.count() == 1


def test_the_list_says_which_visits_stand_in_the_open_pool() -> None:
    asked = make.visit(make.elder_at("E1"), item())
    make.visit(make.elder_at("E2"), asked.item)
    make.carer("C1")
    ask_everybody(visit_id=asked.pk, now=NOW)

    missing = board(town(), TODAY, NOW).missing

    assert {each.visit.pk for each in missing if each.in_pool} == {asked.pk}
    assert len(missing) == 2
