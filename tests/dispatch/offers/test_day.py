"""The end of a day: what nobody promised becomes unserved, with its reasons; promises stay."""

from datetime import timedelta

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.services.day import give_up_passed_days
from dispatch.visits.models import Assignment
from orders.models import Visit, VisitEvent
from tests.dispatch.factories import (
    NOW,
    TODAY,
    accept,
    ask,
    at,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
)

pytestmark = pytest.mark.django_db

TOMORROW = NOW + timedelta(days=1)


def test_a_visit_that_was_only_asked_about_is_given_up_and_its_carer_let_go():
    [offer] = ask(make_visit(), make_carer())

    assert give_up_passed_days(now=TOMORROW) == 1

    offer.refresh_from_db()
    visit = Visit.objects.get()
    assert (offer.status, Assignment.objects.get().status) == (Offer.Status.WITHDRAWN, Assignment.Status.RELEASED)
    assert visit.status == Visit.Status.UNSERVED
    assert [reason["code"] for reason in visit.unserved_reasons] != []


def test_a_promised_visit_stays_for_its_evidence():
    promise(make_visit(), make_carer())

    assert give_up_passed_days(now=TOMORROW) == 0
    assert Visit.objects.get().status == Visit.Status.RESERVED


def test_a_window_over_midnight_is_waited_for():
    make_visit(start="23:00", end="23:59")
    Visit.objects.update(window_end=at("00:30", TODAY + timedelta(days=1)))

    assert give_up_passed_days(now=at("00:29", TODAY + timedelta(days=1))) == 0
    assert give_up_passed_days(now=at("00:30", TODAY + timedelta(days=1))) == 1


def test_half_a_double_up_is_given_up_and_both_are_let_go():
    visit = make_visit(item=make_item(carers_needed=2))
    first, _second = ask(visit, make_carer("C1"), make_carer("C2"))
    accept(first)

    assert give_up_passed_days(now=TOMORROW) == 1

    assert set(Offer.objects.values_list("status", flat=True)) == {"withdrawn"}
    assert set(Assignment.objects.values_list("status", flat=True)) == {"released"}
    assert Visit.objects.get().status == "unserved"


def test_nothing_is_given_up_on_the_day_itself_and_nothing_twice():
    make_visit(make_elder())

    assert give_up_passed_days(now=NOW) == 0
    assert give_up_passed_days(now=TOMORROW) == 1
    events = VisitEvent.objects.count()
    assert give_up_passed_days(now=TOMORROW) == 0
    assert VisitEvent.objects.count() == events
