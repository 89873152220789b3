"""Publishing: what changed since the plan was made is left out with its reason; nothing is doubled."""

from datetime import time
from functools import partial
from time import sleep
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch.engine.plan import Figures
from dispatch.engine.rules import Rule
from dispatch.engine.verify import Report, Violation
from dispatch.offers.models import Offer
from dispatch.offers.services.end import cancel_visit
from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.planning.day_clock import moment_of
from dispatch.planning.models import PlanRun
from dispatch.planning.services import publish as publishing
from dispatch.planning.services.publish import publish
from dispatch.planning.services.reassign import reassign
from dispatch.planning.services.runs import request_plan, solve_run
from dispatch.visits.models import Assignment, CarerPreference
from orders.models import Visit, VisitLink
from people.errors import Conflict, Overlap
from people.models import Town
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY, at
from tests.dispatch.threads import together
from tests.orders.make import item, town
from volunteers.models import Absence, Carer

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits() -> list[Visit]:
    """Three visits in a row for one carer."""
    clean = item()
    make.carer("C1")
    hours = (("09:00", "09:30"), ("11:00", "11:30"), ("14:00", "14:30"))
    return [make.visit(make.elder_at(f"E{n}", n + 1), clean, *window) for n, window in enumerate(hours)]


def solved(where: Town | None = None) -> PlanRun:
    run = request_plan(town=where or town(), day=TODAY, actor=None, now=NOW, solutions=20, send=False)
    return solve_run(run_id=run.pk, now=NOW)


def left_out(run: PlanRun) -> dict[int, str]:
    plan = publish(run=run, actor=None, now=NOW)
    return {row["visit"]: row["reason"] for row in plan.left_out}


def served() -> set[int]:
    return set(Assignment.objects.filter(status__in=Assignment.LIVE).values_list("visit_id", flat=True))


def test_every_part_of_the_plan_becomes_an_offer(visits: list[Visit]) -> None:
    run = solved()
    assert left_out(run) == {}
    assert served() == {visit.pk for visit in visits}
    assert Offer.objects.filter(status="sent").count() == 3
    assert set(Visit.objects.values_list("status", flat=True)) == {"planned"}
    run.refresh_from_db()
    assert (run.status, run.plan.published_at) == ("published", NOW)


def test_publishing_twice_changes_nothing(visits: list[Visit]) -> None:
    run = solved()
    publish(run=run, actor=None, now=NOW)
    publish(run=PlanRun.objects.get(pk=run.pk), actor=None, now=NOW)
    assert Offer.objects.count() == 3
    assert run.events.filter(new="published").count() == 1


def test_a_link_that_no_plan_can_express_costs_only_its_own_pair(visits: list[Visit]) -> None:
    VisitLink.objects.create(first=visits[0], second=visits[2], kind=VisitLink.Kind.SIMULTANEOUS)
    assert left_out(solved()) == {}
    assert served() == {visits[1].pk}
    for visit in (visits[0], visits[2]):
        visit.refresh_from_db()
        assert (visit.status, visit.unserved_reasons) == ("open", [{"code": "link_without_window", "proven": True}])
        with pytest.raises(Conflict) as refused:
            reassign(visit=visit, leg=1, carer=Carer.objects.get(), actor=None, now=NOW)
        assert refused.value.code == "link_without_window"


def test_work_promised_before_a_faulty_link_was_made_stays(visits: list[Visit]) -> None:
    publish(run=solved(), actor=None, now=NOW)
    VisitLink.objects.create(first=visits[0], second=visits[2], kind=VisitLink.Kind.SIMULTANEOUS)
    assert solved().status == "solved"
    assert served() == {visit.pk for visit in visits}


def test_visits_cancelled_meanwhile_are_left_out(visits: list[Visit]) -> None:
    run = solved()
    cancel_visit(visit=visits[1], reason="away", actor=None, now=NOW)
    assert left_out(run) == {visits[1].pk: "visit_gone"}
    assert served() == {visits[0].pk, visits[2].pk}


def test_a_window_that_moved_is_left_out(visits: list[Visit]) -> None:
    run = solved()
    Visit.objects.filter(pk=visits[0].pk).update(window_start=at("10:00"), window_end=at("10:30"))
    assert left_out(run) == {visits[0].pk: "visit_changed"}


def test_work_that_somebody_took_is_left_out(visits: list[Visit]) -> None:
    other = make.carer("C2", shifts=((480, 600),))
    run = solved()
    visit = visits[2]
    absent = Carer.objects.exclude(pk=other.pk).get()
    send_offers(legs=[LegOffer(visit, 1, absent, at("14:10"), at("15:10"))], actor=None, now=NOW)
    assert left_out(run)[visit.pk] == "already_taken"
    assert Assignment.objects.filter(visit=visit).count() == 1


def test_a_carer_who_is_away_by_now_gets_nothing(visits: list[Visit]) -> None:
    run = solved()
    carer = Carer.objects.get()
    Absence.objects.create(carer=carer, start=at("10:30"), end=at("12:30"), reason="SICK")
    assert left_out(run) == {visits[1].pk: "shift"}


def test_a_carer_whom_the_elder_refused_meanwhile_does_not_come(visits: list[Visit]) -> None:
    run = solved()
    carer = Carer.objects.get()
    CarerPreference.objects.create(elder=visits[0].elder, carer=carer, kind="BARRED", since=TODAY)
    assert left_out(run) == {visits[0].pk: "barred"}


def test_a_carer_without_the_skill_by_now_gets_nothing(visits: list[Visit]) -> None:
    run = solved()
    Carer.objects.get().skills.all().delete()
    assert set(left_out(run).values()) == {"skills"}
    assert served() == set()


def test_a_carer_booked_elsewhere_meanwhile_keeps_that_work(visits: list[Visit]) -> None:
    run = solved()
    carer = Carer.objects.get()
    urgent = make.visit(make.elder_at("E9", 2), item("ERRAND", skill="CLEAN"), "11:10", "11:40")
    send_offers(legs=[LegOffer(urgent, 1, carer, at("11:20"), at("12:20"))], actor=None, now=NOW)
    assert left_out(run) == {visits[1].pk: "sequence"}
    assert served() == {visits[0].pk, visits[2].pk, urgent.pk}


def test_work_given_meanwhile_does_not_cost_the_carer_a_lunch_that_is_a_must(visits: list[Visit]) -> None:
    carer = Carer.objects.get()
    lunch = {"takes_lunch": True, "lunch_start": time(11, 0), "lunch_end": time(13, 10), "lunch_minutes": 60}
    Carer.objects.filter(pk=carer.pk).update(**lunch)
    run = solved()
    late = make.visit(make.elder_at("E9", 2), item("ERRAND", skill="CLEAN"), "12:25", "13:00")
    send_offers(legs=[LegOffer(late, 1, carer, at("12:30"), at("13:30"))], actor=None, now=NOW)
    assert left_out(run) == {visits[1].pk: "lunch"}


def test_a_carer_who_must_be_home_earlier_by_now_keeps_what_lets_him(visits: list[Visit]) -> None:
    run = solved()
    carer = Carer.objects.get()
    # The third visit, 3 km away, ends at 15:00 or later: he could still serve it, but not be home by 15:02.
    last = run.plan.content["routes"][0]["stops"][-1]
    Absence.objects.create(carer=carer, start=moment_of(last["end"] + 2, TODAY), end=at("18:00"), reason="TRAINING")
    assert left_out(run) == {visits[2].pk: "overtime_limit"}
    assert served() == {visits[0].pk, visits[1].pk}


@pytest.mark.skipif(not connection.features.has_select_for_update, reason="SQLite locks the whole file at once")
def test_the_visits_are_locked_before_the_day_is_read_again(visits: list[Visit]) -> None:
    run = solved()
    with CaptureQueriesContext(connection) as captured:
        publish(run=run, actor=None, now=NOW)
    told = [each["sql"] for each in captured]
    locked = next(n for n, sql in enumerate(told) if 'FROM "orders_visit"' in sql and sql.endswith("FOR UPDATE"))
    read_again = next(n for n, sql in enumerate(told) if sql.startswith("SELECT") and 'FROM "visits_assignment"' in sql)
    assert locked < read_again


@pytest.mark.parametrize(
    ("limit", "rule"), [({"max_visits_a_day": 3}, "max_visits"), ({"max_minutes_a_day": 200}, "max_minutes")]
)
def test_a_daily_maximum_counts_what_was_given_meanwhile(visits: list[Visit], limit: dict[str, int], rule: str) -> None:
    carer = Carer.objects.get()
    Carer.objects.filter(pk=carer.pk).update(**limit)
    run = solved()
    late = make.visit(make.elder_at("E9", 2), item("ERRAND", skill="CLEAN"), "16:00", "16:30")
    send_offers(legs=[LegOffer(late, 1, carer, at("16:00"), at("17:00"))], actor=None, now=NOW)
    assert left_out(run) == {visits[2].pk: rule}


@pytest.mark.parametrize(("minutes", "too_many"), [(240, set()), (239, {2}), (60, {0, 1, 2}), (1, {0, 1, 2})])
def test_the_limit_of_an_organisation_counts_what_another_town_took_meanwhile(
    visits: list[Visit], minutes: int, too_many: set[int]
) -> None:
    run, colleague = solved(), make.carer("C2")
    next_door = make.visit(make.elder_at("E9"), item("ERRAND", skill="CLEAN"))
    make.abroad(colleague, next_door)
    send_offers(legs=[LegOffer(next_door, 1, colleague, at("09:00"), at("10:00"))], actor=None, now=NOW)
    make.limit(minutes)
    assert left_out(run) == {visits[n].pk: "organisation_limit" for n in too_many}
    assert served() == {next_door.pk, *(visit.pk for n, visit in enumerate(visits) if n not in too_many)}


def test_a_volunteer_without_an_organisation_and_those_of_another_are_not_limited(visits: list[Visit]) -> None:
    run = solved()
    make.limit(1, "夕阳红")
    Carer.objects.update(organisation=None, kind=Carer.Kind.VOLUNTEER)
    assert left_out(run) == {}


@pytest.mark.parametrize(("minutes", "kept"), [(120, True), (119, False)])
def test_both_halves_of_a_double_up_count_against_the_limit(minutes: int, kept: bool) -> None:
    for number in (1, 2):
        make.carer(f"C{number}", skills=("PERSONAL",))
    visit = make.visit(make.elder_at("E1"), item("PERSONAL", carers_needed=2))
    run = solved()
    make.limit(minutes)
    assert left_out(run) == ({} if kept else {visit.pk: "organisation_limit"})
    assert Offer.objects.count() == (2 if kept else 0)


def towns_of_one_organisation() -> list[PlanRun]:
    """Solved plans of two towns, an hour of work in each, by carers of an organisation that may serve 90 minutes."""
    make.limit(90)
    clean = item()
    make.carer("C1")
    make.visit(make.elder_at("E1"), clean)
    make.abroad(make.carer("C2"), make.visit(make.elder_at("E2"), clean))
    return [solved(town(code)) for code in ("T1", "T2")]


def test_of_two_towns_planned_at_once_the_second_stays_within_the_limit() -> None:
    first, second = towns_of_one_organisation()
    assert (first.plan.served, second.plan.served) == (1, 1)
    assert left_out(first) == {}
    assert set(left_out(second).values()) == {"organisation_limit"}
    assert Offer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_towns_published_at_once_one_stays_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = towns_of_one_organisation()

    def slow(**options: Any) -> list[Offer]:
        sleep(0.5)  # long enough for the rival to look at the day before this one has offered
        return send_offers(**options)

    monkeypatch.setattr(publishing, "send_offers", slow)
    reasons = together([partial(left_out, run) for run in runs])
    assert sorted(list(each.values()) for each in reasons) == [[], ["organisation_limit"]]
    assert Offer.objects.count() == 1


def test_what_should_have_begun_by_now_is_left_out(visits: list[Visit]) -> None:
    run = solved()
    plan = publish(run=run, actor=None, now=at("09:31"))
    assert {row["visit"]: row["reason"] for row in plan.left_out} == {visits[0].pk: "earliest"}


def test_a_double_up_whose_promised_half_moved_is_left_out() -> None:
    lift = item("PERSONAL", carers_needed=2)
    first, second = (make.carer(f"C{n}", skills=("PERSONAL",)) for n in (1, 2))
    visit = make.visit(make.elder_at("E1"), lift)
    legs = [LegOffer(visit, leg, who, at("09:30"), at("10:30")) for leg, who in ((1, first), (2, second))]
    send_offers(legs=legs, actor=None, now=NOW)
    Assignment.objects.filter(leg=2).update(status="declined")
    run = solved()
    assert [stop["start"] for route in run.plan.content["routes"] for stop in route["stops"]] == [570, 570]
    Assignment.objects.filter(leg=1).update(planned_start=at("09:45"), planned_end=at("10:45"))
    assert left_out(run) == {visit.pk: "visit_changed"}


def test_the_reasons_of_unserved_visits_are_written_down(visits: list[Visit]) -> None:
    bath = make.visit(make.elder_at("E9"), item("BATH"))
    publish(run=solved(), actor=None, now=NOW)
    bath.refresh_from_db()
    assert [reason["code"] for reason in bath.unserved_reasons] == ["no_certified_carer_on_duty"]
    assert bath.status == "open"


def test_a_plan_that_breaks_a_rule_is_not_published(visits: list[Visit], monkeypatch: pytest.MonkeyPatch) -> None:
    run = solved()
    found = Report((Violation(Rule.SEQUENCE, visit="v1"),), Figures())
    monkeypatch.setattr(publishing, "verify", lambda problem, plan: found)
    with pytest.raises(Conflict) as refused:
        publish(run=run, actor=None, now=NOW)
    assert refused.value.code == "plan_refused"
    run.refresh_from_db()
    assert (run.status, Offer.objects.count()) == ("solved", 0)


def test_a_rival_between_check_and_offer_makes_it_look_again(
    visits: list[Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = solved()
    rivals: list[str] = []

    def rivalled(**options: Any) -> list[Offer]:
        if not rivals:
            rivals.append("one")
            raise Overlap("The carer already has work at that time.")
        return send_offers(**options)

    monkeypatch.setattr(publishing, "send_offers", rivalled)
    assert left_out(run) == {}
    assert Offer.objects.count() == 3


def test_a_double_up_is_published_whole_or_not_at_all() -> None:
    lift = item("PERSONAL", carers_needed=2)
    first, second = (make.carer(f"C{n}", skills=("PERSONAL",)) for n in (1, 2))
    visit = make.visit(make.elder_at("E1"), lift)
    run = solved()
    Absence.objects.create(carer=second, start=at("08:00"), end=at("18:00"), reason="SICK")
    assert left_out(run) == {visit.pk: "carer_off_duty"}
    assert not Assignment.objects.filter(carer=first).exists()
