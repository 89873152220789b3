"""Ends before the work is done: no answer, given back, did not come, cancelled. What is refused changes nothing."""

from datetime import timedelta

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.selectors import declined_pairs
from dispatch.offers.services.day import give_up_passed_days
from dispatch.offers.services.end import cancel_order, cancel_visit, expire_due, release_assignment, report_no_show
from dispatch.planning.reading import holes
from dispatch.visits.models import Assignment
from orders.models import EntitlementUse, Order, Visit
from people.errors import Invalid, NotAllowed, WrongState
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import (
    NOW,
    accept,
    ask,
    ask_pool,
    at,
    check,
    flags_of,
    link,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
    serve,
)
from tests.orders import make

pytestmark = pytest.mark.django_db


def statuses(model) -> list[str]:
    return list(model.objects.order_by("pk").values_list("status", flat=True))


@pytest.fixture
def office():
    return make_user("office", Role.DISPATCHER)


# No answer ----------------------------------------------------------------------------------------------------------


def test_an_offer_expires_with_its_last_moment(repairs, django_capture_on_commit_callbacks):
    visit, carer = make_visit(), make_carer()
    [offer] = ask(visit, carer)

    assert expire_due(now=offer.expires_at - timedelta(seconds=1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert expire_due(now=offer.expires_at) == 1
        assert expire_due(now=offer.expires_at) == 0

    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["expired"], ["expired"], ["open"])
    assert declined_pairs([visit.pk]) == {(visit.pk, carer.pk)}
    assert repairs == [visit.pk]


def test_an_accepted_offer_does_not_expire():
    [assignment] = promise(make_visit(), make_carer())

    assert expire_due(now=NOW + timedelta(days=1)) == 0

    assert statuses(Offer) == ["accepted"]
    assert assignment.events.last().new == "accepted"


def test_a_partner_who_accepted_is_released_when_the_other_never_answers():
    first, _second = ask(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))
    accept(first)

    assert expire_due(now=NOW + timedelta(minutes=30)) == 1

    assert statuses(Assignment) == ["released", "expired"]
    assert statuses(Visit) == ["open"]


def test_a_pool_that_nobody_took_forbids_nobody_and_is_no_matter_of_planning(
    repairs, django_capture_on_commit_callbacks
):
    visit = make_visit()
    ask_pool(visit, make_carer("C1"), make_carer("C2"))

    with django_capture_on_commit_callbacks(execute=True):
        assert expire_due(now=NOW + timedelta(minutes=30)) == 2

    assert declined_pairs([visit.pk]) == set()
    assert repairs == []
    assert not holes().exists()


# Given back ---------------------------------------------------------------------------------------------------------


def test_work_given_back_by_the_carer_is_not_offered_to_them_again(repairs, django_capture_on_commit_callbacks):
    [assignment] = promise(visit := make_visit(), carer := make_carer())

    with django_capture_on_commit_callbacks(execute=True):
        release_assignment(assignment=assignment, reason="孩子发烧", actor=login_of(carer), now=NOW)

    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["withdrawn"], ["released"], ["open"])
    assert assignment.events.last().reason == "孩子发烧"
    assert declined_pairs([visit.pk]) == {(visit.pk, carer.pk)}
    assert repairs == [visit.pk]


def test_work_taken_back_by_the_office_may_be_offered_again(office, repairs, django_capture_on_commit_callbacks):
    [assignment] = promise(visit := make_visit(), carer := make_carer())

    with django_capture_on_commit_callbacks(execute=True):
        release_assignment(assignment=assignment, reason="改派", actor=office, now=NOW, repair=False)

    assert declined_pairs([visit.pk]) == set()
    assert repairs == []
    promise(visit, carer)
    visit.refresh_from_db()
    assert visit.status == "reserved"


def test_a_double_up_given_back_by_one_releases_the_other():
    first, second = promise(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))

    release_assignment(assignment=first, reason="生病", actor=login_of(first.carer), now=NOW)

    assert statuses(Assignment) == ["released", "released"]
    assert second.events.last().reason == "生病"
    assert statuses(Visit) == ["open"]


def test_work_that_has_begun_is_not_given_back():
    [assignment] = promise(make_visit(), make_carer())
    check(assignment, "in", "09:00")

    with pytest.raises(WrongState):
        release_assignment(assignment=assignment, reason="生病", actor=login_of(assignment.carer), now=at("09:01"))

    assert (statuses(Assignment), statuses(Visit), statuses(Offer)) == (["checked_in"], ["started"], ["accepted"])


def test_giving_back_needs_a_reason_and_the_right_person():
    [assignment] = promise(make_visit(), make_carer())

    with pytest.raises(Invalid):
        release_assignment(assignment=assignment, reason=" ", actor=login_of(assignment.carer), now=NOW)
    with pytest.raises(NotAllowed):
        release_assignment(assignment=assignment, reason="x", actor=make_user("stranger"), now=NOW)

    assert statuses(Assignment) == ["accepted"]


# Did not come -------------------------------------------------------------------------------------------------------


def test_a_no_show_within_the_window_opens_the_visit(office):
    [assignment] = promise(visit := make_visit(), carer := make_carer())

    report_no_show(assignment=assignment, reason="老人来电", actor=office, now=at("09:20"))

    assert (statuses(Assignment), statuses(Visit)) == (["no_show"], ["open"])
    event = assignment.events.last()
    assert (event.actor, event.reason) == (office, "老人来电")
    assert declined_pairs([visit.pk]) == {(visit.pk, carer.pk)}


def test_a_no_show_after_the_window_means_not_done(office):
    [assignment] = promise(make_visit(), make_carer())

    report_no_show(assignment=assignment, reason="老人来电", actor=office, now=at("11:00"))

    assert (statuses(Assignment), statuses(Visit)) == (["no_show"], ["not_done"])


def test_a_partner_in_the_home_goes_on_alone(office):
    first, second = promise(make_visit(item=make_item(carers_needed=2)), make_carer("C1"), make_carer("C2"))
    serve(first)

    report_no_show(assignment=second, reason="同伴来电", actor=office, now=at("10:30"))

    assert statuses(Assignment) == ["checked_out", "no_show"]
    assert statuses(Visit) == ["disputed"]
    assert list(flags_of(first)) == ["PARTNER_MISSING"]


def test_a_carer_reports_nobody():
    [assignment] = promise(make_visit(), make_carer())

    with pytest.raises(NotAllowed):
        report_no_show(assignment=assignment, reason="x", actor=login_of(assignment.carer), now=at("09:20"))

    assert statuses(Assignment) == ["accepted"]


# Cancelled ----------------------------------------------------------------------------------------------------------


def test_a_visit_is_cancelled_before_planning(office):
    visit = make_visit()

    cancel_visit(visit=visit, reason="住院", actor=office, now=NOW)

    visit.refresh_from_db()
    assert (visit.status, visit.end_reason) == ("cancelled", "住院")


def test_a_cancelled_visit_releases_its_carer_and_returns_its_hours(office):
    elder = make_elder()
    make.entitlement(elder)
    promise(visit := make_visit(elder), make_carer())

    cancel_visit(visit=visit, reason="住院", actor=office, now=NOW)

    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["withdrawn"], ["released"], ["cancelled"])
    use = EntitlementUse.objects.get()
    assert use.status == "returned"
    assert list(use.events.values_list("new", "actor"))[1:] == [("returned", office.pk)]


def test_a_visit_that_has_begun_is_not_cancelled(office):
    [assignment] = promise(visit := make_visit(), make_carer())
    check(assignment, "in", "09:00")

    with pytest.raises(WrongState):
        cancel_visit(visit=visit, reason="住院", actor=office, now=at("09:01"))

    assert (statuses(Assignment), statuses(Visit)) == (["checked_in"], ["started"])


def test_a_visit_that_was_given_up_is_not_cancelled(office):
    visit = make_visit()
    give_up_passed_days(now=NOW + timedelta(days=1))

    with pytest.raises(WrongState) as refusal:
        cancel_visit(visit=visit, reason="住院", actor=office, now=NOW + timedelta(days=1))

    assert statuses(Visit) == ["unserved"]
    assert "未能安排" in str(refusal.value.message)


def test_the_partner_of_a_cancelled_linked_visit_stands_on_its_own(office):
    elder = make_elder()
    first, second = make_visit(elder), make_visit(elder, item=make_item("MEAL", skill="CLEAN"))
    link(first, second)
    promise(first, make_carer("C1"))
    assert statuses(Visit) == ["planned", "open"]

    cancel_visit(visit=second, reason="不需要", actor=office, now=NOW)

    assert statuses(Visit) == ["reserved", "cancelled"]


def test_cancelling_an_order_cancels_what_has_not_begun(office):
    elder, item = make_elder(), make_item()
    order = make.order(elder, make.request(item), make.request(item, start="14:00", end="16:00"))
    first, second = make.visits(order)
    [done] = promise(first, carer := make_carer())
    serve(done)
    promise(second, carer, start="14:00")

    cancel_order(order=order, reason="搬走", actor=office, now=at("12:00"))

    assert statuses(Visit) == ["verified", "cancelled"]
    assert statuses(Assignment) == ["checked_out", "released"]
    assert Order.objects.get().status == "partly_done"


def test_an_order_with_a_carer_in_the_home_is_not_cancelled(office):
    elder, item = make_elder(), make_item()
    order = make.order(elder, make.request(item), make.request(item, start="14:00", end="16:00"))
    first, second = make.visits(order)
    [under_way] = promise(first, carer := make_carer())
    promise(second, carer, start="14:00")
    check(under_way, "in", "09:00")

    with pytest.raises(WrongState) as refusal:
        cancel_order(order=order, reason="搬走", actor=office, now=at("09:30"))

    assert refusal.value.code == "visit_started"
    assert statuses(Visit) == ["started", "reserved"]
    assert statuses(Assignment) == ["checked_in", "accepted"]
    assert Order.objects.get().status == "confirmed"


@pytest.mark.parametrize("role", [Role.CARER, Role.ORGANISATION_MANAGER, Role.AUDITOR])
def test_only_the_office_cancels(role):
    visit = make_visit()

    with pytest.raises(NotAllowed):
        cancel_visit(visit=visit, reason="x", actor=make_user("someone", role), now=NOW)
    with pytest.raises(NotAllowed):
        cancel_order(order=visit.order_item.order, reason="x", actor=make_user("other", role), now=NOW)

    assert statuses(Visit) == ["open"]
