"""The monthly table and the time bank tell the same story about visits that credits paid."""

from datetime import date, timedelta

import pytest
from django.db.models import Sum

from dispatch.counts.selectors import counted_visits, county_counts
from dispatch.offers.services.end import cancel_visit
from orders.models import Visit
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import TODAY, make_carer, make_elder, make_item, promise, serve
from tests.dispatch.visits.credits import elder_with, paid_visits, pay_order
from tests.orders import make
from volunteers.models import Carer
from volunteers.timebank.models import Transfer

pytestmark = pytest.mark.django_db

MONTH = TODAY.replace(day=1)
NEXT = date(2026, 10, 1)


def test_posted_credits_are_those_of_the_months_counted_visits():
    """In September the elder's credits pay 60 + 40 minutes of two visits, in October 60 of one; a fourth is cancelled."""
    item, carer = make_item(), make_carer(kind=Carer.Kind.WORKER)
    rich, other = elder_with(240), make_elder("E2")
    make.entitlement(rich, 20, valid_from=TODAY + timedelta(days=1), valid_to=TODAY + timedelta(days=1))
    asked = [make.request(item, day=day) for day in (TODAY, TODAY + timedelta(days=1), NEXT, NEXT + timedelta(days=1))]
    visits = paid_visits(pay_order(rich, *asked[:3]))
    gone = paid_visits(pay_order(rich, asked[3]))[0]
    free = paid_visits(pay_order(other, make.request(item, day=TODAY + timedelta(days=2))))
    for visit in [*visits, *free]:
        serve(promise(visit, carer)[0])
    cancel_visit(visit=gone, reason="住院", actor=make_user("office", Role.DISPATCHER), now=make.NOW)

    for month, last, payers in (
        (MONTH, date(2026, 9, 30), {"CREDITS": 1, "GOVERNMENT": 1, "SELF_PAY": 1}),
        (NEXT, date(2026, 10, 31), {"CREDITS": 1}),
    ):
        counted = Visit.objects.filter(pk__in=[row["visit"] for row in counted_visits(month)])
        posted = Transfer.objects.filter(kind="REDEEM", status="posted", day__range=(month, last))
        assert {row.payer: row.person_times for row in county_counts(month)} == payers
        assert dict(posted.values_list("cause", "minutes")) == {
            f"visit:{visit.pk}": visit.credit_minutes for visit in counted if visit.credit_minutes
        }
    assert Transfer.objects.filter(kind="REDEEM", status="posted").aggregate(Sum("minutes"))["minutes__sum"] == 160
    assert not Transfer.objects.filter(status="pending").exists()
