"""Evidence after the carer was given up: the visit comes back to a reviewer, and nobody else is sent for nothing."""

from datetime import timedelta

import pytest

from dispatch.offers.models import LateAlarm, Offer
from dispatch.offers.services import late_evidence
from dispatch.offers.services.day import give_up_passed_days
from dispatch.offers.services.end import cancel_visit, release_assignment, report_no_show
from dispatch.offers.services.late import look_for_late_work
from dispatch.offers.services.late_evidence import PATIENCE, follow_late_evidence
from dispatch.visits.models import Assignment
from dispatch.visits.services.verify import review_flag
from orders.models import EntitlementUse, Order, Visit
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    TODAY,
    accept,
    ask,
    at,
    check,
    flags_of,
    link,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
    serve,
)
from tests.orders import make
from volunteers.timebank.models import Transfer

pytestmark = pytest.mark.django_db
EVENING = at("20:00")


def statuses(model) -> list[str]:
    return list(model.objects.order_by("pk").values_list("status", flat=True))


def missed(visit: Visit, *carers) -> list[Assignment]:
    """The work of carers who were promised for 9:00 and were silent until 10:00."""
    work = promise(visit, *carers)
    for clock in ("09:15", "09:25", "10:00"):
        look_for_late_work(now=at(clock))
    assert {part.status for part in Assignment.objects.filter(visit=visit)} == {"no_show"}
    return work


def stay(work: Assignment, start: str = "09:05", end: str = "10:05", *, came: str = "20:00", **how) -> None:
    """In and out as the phone kept them; they came when it had signal again."""
    sent = at(came)
    check(work, "in", start, now=sent, **how)
    check(work, "out", end, now=sent, **how)


@pytest.fixture
def office():
    return make_user("office", Role.DISPATCHER)


def test_a_phone_without_signal_brings_the_missed_visit_back_to_a_reviewer(office):
    elder = make_elder()
    make.entitlement(elder)
    [work] = missed(make_visit(elder), make_carer())
    assert statuses(Visit) == ["open"]
    stay(work)
    assert (statuses(Assignment), follow_late_evidence(now=EVENING)) == (["no_show"], 1)

    work.refresh_from_db()
    assert (work.status, work.started_at, work.ended_at) == ("checked_out", at("09:05"), at("10:05"))
    assert (statuses(Visit), statuses(Offer), statuses(LateAlarm)) == (["disputed"], ["accepted"], ["arrived"])
    assert statuses(Order) == ["confirmed"]
    assert list(flags_of(work)) == ["TAKEN_BACK"]
    assert follow_late_evidence(now=EVENING) == 0

    review_flag(flag=work.flags.get(), verdict="cleared", reason="老人证实", actor=office, now=EVENING)
    assert (statuses(Visit), statuses(EntitlementUse)) == (["verified"], ["consumed"])
    assert Transfer.objects.filter(kind="EARN").count() == 1


def test_a_carer_who_comes_after_all_stops_the_search_and_gets_the_visit():
    visit = make_visit()
    [work] = missed(visit, make_carer("C1"))
    ask(visit, make_carer("C2"), start="10:30")
    check(work, "in", "10:10")

    assert follow_late_evidence(now=at("10:10")) == 1
    visit.refresh_from_db()
    assert (visit.status, visit.planned_start) == ("started", at("09:00"))
    assert statuses(Assignment) == ["checked_in", "released"]
    assert statuses(Offer) == ["accepted", "withdrawn"]


def test_whoever_was_promised_instead_is_let_go_before_setting_out():
    visit = make_visit()
    [work] = missed(visit, make_carer("C1"))
    promise(visit, make_carer("C2"), start="10:30")
    stay(work, came="10:20")

    assert follow_late_evidence(now=at("10:20")) == 1
    assert (statuses(Assignment), statuses(Visit)) == (["checked_out", "released"], ["disputed"])


@pytest.mark.parametrize("doubt", ["far away", "no position", "anywhere"])
def test_a_check_elsewhere_takes_the_visit_from_nobody(doubt):
    visit = make_visit()
    [work] = missed(visit, make_carer("C1"))
    promise(visit, make_carer("C2"), start="10:30")
    far = {"latitude": 34.5, "longitude": 119.9}
    where = {
        "far away": far,
        "no position": {"latitude": None, "longitude": None},
        "anywhere": far | {"accuracy_metres": 100_000},
    }
    stay(work, came="10:20", **where[doubt])

    assert follow_late_evidence(now=at("10:20")) == 0
    assert (statuses(Assignment), statuses(Visit)) == (["no_show", "accepted"], ["reserved"])


def test_who_came_instead_and_is_in_the_home_stays():
    visit = make_visit()
    [work] = missed(visit, make_carer("C1"))
    [second] = promise(visit, make_carer("C2"), start="10:30")
    check(second, "in", "10:30")
    stay(work)

    assert follow_late_evidence(now=EVENING) == 0
    assert (statuses(Assignment), statuses(Visit)) == (["no_show", "checked_in"], ["started"])


@pytest.mark.parametrize("how", ["reported", "given back", "taken back"])
def test_what_a_person_took_back_counts_only_once_nobody_else_came(office, how):
    visit = make_visit()
    [work] = promise(visit, make_carer())
    verb = report_no_show if how == "reported" else release_assignment
    actor = work.carer.person.user if how == "given back" else office
    verb(assignment=work, reason="x", actor=actor, now=at("09:30"))
    stay(work)
    assert (follow_late_evidence(now=EVENING), statuses(Visit)) == (0, ["open"])

    tomorrow = EVENING + timedelta(days=1)
    give_up_passed_days(now=tomorrow)
    assert (follow_late_evidence(now=tomorrow), statuses(Visit)) == (1, ["disputed"])


def test_a_visit_not_done_comes_back_with_its_hours_and_credits():
    elder = make_elder()
    make.entitlement(elder)
    [work] = missed(make_visit(elder, end="09:30"), make_carer())
    assert (statuses(Visit), statuses(EntitlementUse)) == (["not_done"], ["returned"])
    stay(work)

    assert follow_late_evidence(now=EVENING) == 1
    visit = Visit.objects.get()
    assert (visit.status, visit.end_reason, visit.gov_minutes) == ("disputed", "", 60)
    assert list(EntitlementUse.objects.order_by("pk").values_list("status", flat=True)) == ["returned", "reserved"]


@pytest.mark.parametrize("ended", ["cancelled", "order closed"])
def test_what_was_cancelled_or_closed_stays_so(office, ended):
    [work] = missed(make_visit(end="09:30" if ended == "order closed" else "11:00"), make_carer())
    if ended == "cancelled":
        cancel_visit(visit=work.visit, reason="x", actor=office, now=at("10:05"))
    else:
        Order.objects.update(status=Order.Status.CLOSED)
    before = (statuses(Visit), statuses(Assignment))
    stay(work)

    assert follow_late_evidence(now=EVENING) == 0
    assert (statuses(Visit), statuses(Assignment)) == before
    assert list(flags_of(work)) == ["TAKEN_BACK"]


def test_only_a_check_in_brings_a_visit_back():
    [work] = missed(make_visit(), make_carer())
    check(work, "out", "10:05", now=EVENING)
    assert follow_late_evidence(now=EVENING) == 0

    check(work, "in", "09:05", now=EVENING)
    assert (follow_late_evidence(now=EVENING), statuses(Visit)) == (1, ["disputed"])


def test_what_a_reviewer_found_untrue_brings_nothing_back(office):
    [work] = missed(make_visit(), make_carer())
    stay(work)
    review_flag(flag=work.flags.get(), verdict="upheld", reason="老人说没来", actor=office, now=EVENING)

    assert (follow_late_evidence(now=EVENING), statuses(Visit)) == (0, ["open"])


def test_who_was_taken_for_absent_after_a_check_in_is_not_brought_back_by_it(office):
    [work] = promise(make_visit(), make_carer())
    check(work, "in", "09:00")
    report_no_show(assignment=work, reason="老人说没人", actor=office, now=at("09:30"))

    assert (follow_late_evidence(now=at("09:30")), statuses(Visit)) == (0, ["not_done"])


def test_both_phones_of_a_pair_bring_both_back():
    first, second = missed(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))
    stay(first)
    assert (follow_late_evidence(now=EVENING), statuses(Visit)) == (1, ["disputed"])
    check(second, "in", "09:05", now=EVENING)
    assert follow_late_evidence(now=EVENING) == 0  # a visit that is over takes back whole stays only
    check(second, "out", "10:05", now=EVENING)

    assert follow_late_evidence(now=EVENING) == 1
    assert (statuses(Assignment), statuses(Visit)) == (["checked_out", "checked_out"], ["disputed"])


def test_a_carer_whom_the_partner_did_not_wait_for_may_come_back(office):
    first, second = promise(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))
    check(first, "in", "09:00")
    report_no_show(assignment=second, reason="x", actor=office, now=at("09:30"))
    stay(second)

    assert follow_late_evidence(now=EVENING) == 1
    assert (statuses(Assignment), statuses(Visit)) == (["checked_in", "checked_out"], ["started"])


def test_other_work_of_the_carer_in_that_time_is_not_pushed_aside():
    carer = make_carer("C1")
    [work] = missed(make_visit(), carer)
    other = make_visit(make_elder("E2"), start="09:00", end="12:00")
    promise(other, carer, start="09:30")
    stay(work)

    assert (follow_late_evidence(now=EVENING), statuses(Assignment)) == (0, ["no_show", "accepted"])


def test_after_a_month_the_search_for_a_way_back_ends():
    [work] = missed(make_visit(end="09:30"), make_carer())
    stay(work)

    assert follow_late_evidence(now=EVENING + PATIENCE) == 0
    assert follow_late_evidence(now=EVENING + PATIENCE - timedelta(seconds=1)) == 1


def test_looking_costs_one_query_while_there_is_nothing(django_assert_num_queries):
    serve(*promise(make_visit(), make_carer()))
    with django_assert_num_queries(1):
        assert follow_late_evidence(now=EVENING) == 0


def test_the_evidence_of_another_day_is_found_too():
    [work] = missed(make_visit(end="09:30"), make_carer())
    days_later = EVENING + timedelta(days=3)
    check(work, "in", "09:05", now=days_later)
    check(work, "out", "10:05", now=days_later)

    assert (follow_late_evidence(now=days_later), statuses(Visit)) == (1, ["disputed"])
    assert work.visit.service_date == TODAY


def test_a_linked_visit_that_waited_for_the_missed_one_is_confirmed_when_it_comes_back():
    first, second = make_visit(), make_visit(end="12:00")
    link(first, second)
    one, two = ask(first, make_carer("C1")), ask(second, make_carer("C2"), start="10:30")
    for offer in (*one, *two):
        accept(offer)
    for clock in ("09:15", "09:25", "10:00"):
        look_for_late_work(now=at(clock))
    assert statuses(Visit) == ["open", "open"]
    [again] = ask(second, make_carer("C3"), start="10:30", now=at("10:01"))
    instead = accept(again, now=at("10:02"))
    assert statuses(Visit) == ["open", "planned"]

    stay(one[0].assignment, came="10:10")
    assert (follow_late_evidence(now=at("10:10")), statuses(Visit)) == (1, ["disputed", "reserved"])

    check(instead, "in", "10:30")
    assert statuses(Visit) == ["disputed", "started"]


def test_a_visit_that_a_reviewer_judged_not_done_is_not_begun_again_by_the_partner(office):
    first, second = promise(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))
    check(first, "in", "09:00")
    report_no_show(assignment=second, reason="x", actor=office, now=at("09:30"))
    check(first, "out", "10:00")
    check(second, "in", "09:05", now=EVENING)
    review_flag(flag=first.flags.get(), verdict="upheld", reason="老人说没来", actor=office, now=EVENING)

    assert follow_late_evidence(now=EVENING) == 0
    assert (statuses(Assignment), statuses(Visit)) == (["checked_out", "no_show"], ["not_done"])


def test_evidence_that_breaks_holds_up_no_other(monkeypatch):
    works = [promise(make_visit(make_elder(f"E{n}")), make_carer(f"C{n}"))[0] for n in (1, 2)]
    for clock in ("09:15", "09:25", "10:00"):
        look_for_late_work(now=at(clock))
    for work in works:
        stay(work)
    take_up = late_evidence._take_up

    def breaks_for_one(work, visit, now):
        take_up(work, visit, now)
        if work == works[0]:
            raise RuntimeError("broken")

    monkeypatch.setattr(late_evidence, "_take_up", breaks_for_one)
    assert (follow_late_evidence(now=EVENING), statuses(Visit)) == (1, ["open", "disputed"])
