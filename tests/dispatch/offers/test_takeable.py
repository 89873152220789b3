"""The pool shows a carer what can be taken at this moment, whatever was true when the question was put."""

from collections.abc import Callable
from datetime import date

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.selectors import pool_visible_to
from dispatch.offers.takeable import takeable
from dispatch.visits.models import CarerPreference
from orders.models import Visit
from tests.dispatch.factories import (
    NOW,
    TODAY,
    ask_pool,
    at,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
)
from volunteers.models import Absence, Carer, CarerSkill

pytestmark = pytest.mark.django_db


def shown(carer: Carer) -> list[Offer]:
    rows = pool_visible_to(login_of(carer), NOW)
    return takeable(rows.select_related("carer__person", "visit__elder", "visit__item"))


@pytest.fixture
def carer(db) -> Carer:
    return make_carer(kind="WORKER", certificates=("CARE",))


@pytest.fixture
def offer(carer) -> Offer:
    [offer] = ask_pool(make_visit(item=make_item(certificate="CARE")), carer)
    return offer


def lapse(carer: Carer, offer: Offer) -> None:
    carer.certificates.update(valid_to=date(2026, 9, 13))


def revoke(carer: Carer, offer: Offer) -> None:
    carer.certificates.update(revoked_on=TODAY)


def bar(carer: Carer, offer: Offer) -> None:
    CarerPreference.objects.create(elder=offer.visit.elder, carer=carer, kind="BARRED", since=TODAY)


def be_away(carer: Carer, offer: Offer) -> None:
    Absence.objects.create(carer=carer, start=at("09:59"), end=at("12:00"), reason="SICK")


def blacklist(carer: Carer, offer: Offer) -> None:
    Carer.objects.filter(pk=carer.pk).update(blocked_from=TODAY)


def leave(carer: Carer, offer: Offer) -> None:
    Carer.objects.filter(pk=carer.pk).update(active_to=date(2026, 9, 13))


def forget_the_skill(carer: Carer, offer: Offer) -> None:
    CarerSkill.objects.filter(carer=carer).delete()


def be_busy(carer: Carer, offer: Offer) -> None:
    promise(make_visit(make_elder("E2"), make_item("MEAL", skill="CLEAN"), "09:30", "11:00"), carer, start="09:59")


def visits_enough(carer: Carer, offer: Offer) -> None:
    promise(make_visit(make_elder("E2"), make_item("MEAL", skill="CLEAN"), "14:00", "16:00"), carer, start="14:00")
    Carer.objects.filter(pk=carer.pk).update(max_visits_a_day=1)


def minutes_enough(carer: Carer, offer: Offer) -> None:
    promise(make_visit(make_elder("E2"), make_item("MEAL", skill="CLEAN"), "14:00", "16:00"), carer, start="14:00")
    Carer.objects.filter(pk=carer.pk).update(max_minutes_a_day=119)


SINCE = [
    lapse, revoke, bar, be_away, blacklist, leave, forget_the_skill, be_busy, visits_enough, minutes_enough,
]  # fmt: skip


@pytest.mark.parametrize("happens", SINCE, ids=lambda what: what.__name__)
def test_what_cannot_be_taken_any_more_is_not_shown(carer, offer, happens: Callable[[Carer, Offer], None]) -> None:
    assert shown(carer) == [offer]

    happens(carer, offer)

    assert shown(carer) == []
    assert Offer.objects.get(pk=offer.pk).status == "sent"


def test_work_and_absence_that_only_touch_hide_nothing(carer, offer) -> None:
    promise(make_visit(make_elder("E2"), make_item("MEAL", skill="CLEAN"), "10:00", "12:00"), carer, start="10:00")
    Absence.objects.create(carer=carer, start=at("08:00"), end=at("09:00"), reason="SICK")
    Carer.objects.filter(pk=carer.pk).update(max_visits_a_day=2, max_minutes_a_day=120)

    assert shown(carer) == [offer]


def test_the_limits_of_a_day_hide_no_call_for_help(carer, offer) -> None:
    minutes_enough(carer, offer)
    Visit.objects.filter(pk=offer.visit_id).update(priority=Visit.Priority.URGENT)

    assert shown(carer) == [offer]


@pytest.mark.parametrize("jobs", [1, 8])
def test_it_costs_the_same_for_one_job_as_for_many(jobs, carer, django_assert_num_queries) -> None:
    promise(make_visit(make_elder("E0"), make_item(certificate="CARE"), "07:00", "09:00"), carer, start="07:30")
    for number in range(1, jobs + 1):
        ask_pool(make_visit(make_elder(f"E{number}"), start="09:00", end="18:00"), carer, start=f"{8 + number:02}:00")

    with django_assert_num_queries(10):
        assert len(shown(carer)) == jobs
