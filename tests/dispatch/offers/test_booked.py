"""Nobody is asked, or may take open work, who needs the rest of the night or has as much as allowed that day."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.selectors import pool_visible_to
from dispatch.offers.takeable import takeable
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.errors import NotAllowed
from people.models import PolicySetting
from tests.dispatch.factories import (
    NOW,
    TODAY,
    accept,
    ask,
    ask_pool,
    at,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
)
from volunteers.models import Carer, Organisation

pytestmark = pytest.mark.django_db
DAY = TODAY + timedelta(days=2)
DAY_BEFORE, DAY_AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


@pytest.fixture
def carer() -> Carer:
    return make_carer(kind="WORKER")


@pytest.fixture
def visit() -> Visit:
    """From 9:00, an hour; the window lasts until 11:00."""
    return make_visit(day=DAY)


def work(carer: Carer, start: str, day=DAY) -> None:
    """An hour of other work."""
    end = f"{at(start) + timedelta(minutes=30):%H:%M}"
    other = make_visit(make_elder(f"E{day}{start}"), make_item("MEAL", skill="CLEAN"), start, end, day=day)
    promise(other, carer, start=start)


def out_at_night(carer: Carer) -> None:
    work(carer, "01:01")  # until 2:01: rested at 10:01


def late_the_day_before(carer: Carer) -> None:
    PolicySetting.objects.create(key="least_rest_minutes", value=660, effective_from=DAY_BEFORE)
    work(carer, "22:01", DAY_BEFORE)  # until 23:01: eleven hours end at 10:01


def early_the_day_after(carer: Carer) -> None:
    PolicySetting.objects.create(key="least_rest_minutes", value=1200, effective_from=DAY)
    work(carer, "05:30", DAY_AFTER)  # twenty hours before: 9:30


def enough_visits(carer: Carer) -> None:
    work(carer, "14:00")
    Carer.objects.filter(pk=carer.pk).update(max_visits_a_day=1)


def enough_minutes(carer: Carer) -> None:
    work(carer, "14:00")
    Carer.objects.filter(pk=carer.pk).update(max_minutes_a_day=119, overtime_minutes=60)


def enough_for_the_organisation(carer: Carer) -> None:
    other = make_carer("C2", kind="WORKER")
    assert other.organisation == carer.organisation
    work(other, "14:00")
    Organisation.objects.filter(pk=carer.organisation_id).update(daily_minutes=119)


WHY = {
    out_at_night: "carer_resting",
    late_the_day_before: "carer_resting",
    early_the_day_after: "carer_resting",
    enough_visits: "fully_booked",
    enough_minutes: "fully_booked",
    enough_for_the_organisation: "organisation_full",
}
cases = pytest.mark.parametrize(("reason", "code"), WHY.items(), ids=lambda each: getattr(each, "__name__", ""))
Reason = Callable[[Carer], None]


@cases
def test_who_has_no_room_is_not_asked(carer, visit, reason: Reason, code) -> None:
    reason(carer)

    assert ask_pool(visit, Carer.objects.get(pk=carer.pk)) == []
    assert not visit.offers.exists()


@cases
def test_who_has_no_room_any_more_does_not_see_it_and_is_refused(carer, visit, reason: Reason, code) -> None:
    [offer] = ask_pool(visit, carer)
    reason(carer)
    offer = Offer.objects.get(pk=offer.pk)

    rows = pool_visible_to(login_of(carer), NOW).select_related("carer__person", "visit__elder", "visit__item")
    assert takeable(rows) == []
    with pytest.raises(NotAllowed) as refusal:
        accept(offer)

    assert refusal.value.code == code
    offer.refresh_from_db()
    visit.refresh_from_db()
    assert (offer.status, visit.status) == ("sent", "open")
    assert not Assignment.objects.filter(visit=visit).exists()


@cases
def test_a_call_for_help_is_bound_by_none_of_it(carer, visit, reason: Reason, code) -> None:
    Visit.objects.filter(pk=visit.pk).update(priority=Visit.Priority.URGENT)
    visit.refresh_from_db()
    reason(carer)

    [offer] = ask_pool(visit, Carer.objects.get(pk=carer.pk))
    assert accept(offer).status == "accepted"


def test_limits_that_are_just_kept_forbid_nothing(carer, visit) -> None:
    work(carer, "01:00")  # until 2:00: rested when the visit begins, eight hours later
    Carer.objects.filter(pk=carer.pk).update(max_visits_a_day=2, max_minutes_a_day=120)
    Organisation.objects.update(daily_minutes=120)

    [offer] = ask_pool(visit, Carer.objects.get(pk=carer.pk), start="10:00")
    assert accept(offer).status == "accepted"


def test_the_rest_between_two_visits_of_one_day_is_no_nights_rest(carer, visit) -> None:
    work(carer, "05:00")

    assert len(ask_pool(visit, carer)) == 1


def test_a_direct_offer_holds_its_place_in_the_day_already(carer, visit) -> None:
    [offer] = ask(visit, carer)
    Carer.objects.filter(pk=carer.pk).update(max_visits_a_day=1, max_minutes_a_day=60)

    assert accept(Offer.objects.get(pk=offer.pk)).status == "accepted"


def test_the_rest_begins_when_the_work_of_the_night_has_really_ended(carer, visit) -> None:
    work(carer, "00:01")  # until 1:01: rested at 9:01 if it had ended then
    begun, left = Assignment.objects.get().planned_start, timedelta(hours=2, minutes=1)
    Assignment.objects.update(status="checked_out", started_at=begun, ended_at=begun + left)

    assert ask_pool(visit, carer, start="09:30") == []
    assert len(ask_pool(visit, carer, start="10:02")) == 1
