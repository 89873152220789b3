"""What elders wish for is read where it is not settled who comes, and only there."""

import pytest

from dispatch.offers.services.send import LegOffer, send_offers
from dispatch.planning.names import carer_id
from dispatch.planning.standing import standing
from dispatch.visits.models import Assignment, CarerPreference
from orders.models import Visit, VisitLink
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY, at
from tests.dispatch.planning.test_snapshot import offer, the_visit
from tests.orders.make import item

pytestmark = pytest.mark.django_db


def test_of_a_promised_visit_the_wishes_count_only_when_its_carer_may_change() -> None:
    elder, carer, liked = make.elder_at("E1"), make.carer("C1"), make.carer("C2")
    CarerPreference.objects.create(elder=elder, carer=liked, kind="PREFERRED", since=TODAY)
    visit = make.visit(elder, item())
    offer(visit, carer)
    assert the_visit().preferred == {carer_id(liked.pk)}  # she has not answered yet

    Visit.objects.filter(pk=visit.pk).update(status="reserved")

    assert the_visit().preferred == frozenset()
    assert the_visit(moving=visit.pk).preferred == {carer_id(liked.pk)}
    found = standing(visit, 1, NOW).candidates()
    assert [each.carer for each in found] == [carer_id(liked.pk), carer_id(carer.pk)]


def test_wishes_count_for_the_part_that_a_promised_visit_has_lost() -> None:
    elder, barred = make.elder_at("E1"), make.carer("C2")
    CarerPreference.objects.create(elder=elder, carer=barred, kind="BARRED", since=TODAY)
    visit = make.visit(elder, item(), carers_needed=2)
    pair = [LegOffer(visit, leg, make.carer(f"P{leg}"), at("09:00"), at("10:00")) for leg in (1, 2)]
    send_offers(legs=pair, actor=None, now=NOW)
    Visit.objects.filter(pk=visit.pk).update(status="reserved")
    assert the_visit().barred == frozenset()

    Assignment.objects.filter(leg=2).update(status="released")

    assert the_visit().barred == {carer_id(barred.pk)}


def test_wishes_for_the_promised_half_of_a_pair_count_for_the_half_that_waits() -> None:
    clean = item()
    first, second = (make.visit(make.elder_at(number), clean) for number in ("E1", "E2"))
    VisitLink.objects.create(first=first, second=second, kind=VisitLink.Kind.SIMULTANEOUS, max_gap=0)
    barred = make.carer("C2")
    CarerPreference.objects.create(elder=first.elder, carer=barred, kind="BARRED", since=TODAY)
    offer(first, make.carer("C1"))
    Visit.objects.filter(pk=first.pk).update(status="reserved")

    assert the_visit().barred == {carer_id(barred.pk)}
