"""A carer who says that she will be away is free of what she promised for that time, and the visits are open again."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.services.leave import Leave, take_leave
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.errors import Invalid, NotAllowed, Overlap
from tests.dispatch.factories import (
    NOW,
    accept,
    ask,
    ask_pool,
    at,
    check,
    login_of,
    make_carer,
    make_elder,
    make_item,
    make_visit,
    promise,
)
from volunteers.models import Absence, Carer, CarerEvent

pytestmark = pytest.mark.django_db


def leave(carer: Carer, start: str = "08:00", end: str = "12:00", **changes: Any) -> Leave:
    values = {"start": at(start), "end": at(end), "reason": "SICK", "actor": login_of(carer), "now": NOW}
    return take_leave(carer=carer, **(values | changes))


def test_promised_work_in_the_absence_is_given_back_and_other_work_stays() -> None:
    carer = make_carer()
    [touched] = promise(make_visit(make_elder("E1"), start="09:00", end="11:00"), carer, start="09:00")
    [later] = promise(make_visit(make_elder("E2"), start="14:00", end="16:00"), carer, start="14:00")

    result = leave(carer)

    assert result.released == [touched]
    assert (Assignment.objects.get(pk=touched.pk).status, touched.visit.status) == ("released", "open")
    assert Assignment.objects.get(pk=later.pk).status == "accepted"
    assert (result.absence.start, result.absence.end, result.absence.reason) == (at("08:00"), at("12:00"), "SICK")
    offer = Offer.objects.get(assignment=touched)
    assert (offer.status, offer.decline_reason) == ("withdrawn", "OTHER")
    assert "病假" in offer.decline_note or "生病" in offer.decline_note


def test_open_questions_in_the_absence_are_declined_with_its_reason() -> None:
    carer = make_carer()
    [direct] = ask(make_visit(make_elder("E1"), start="09:00", end="11:00"), carer, start="09:00")
    [pool] = ask_pool(make_visit(make_elder("E2"), start="10:00", end="12:00"), carer, start="10:30")
    [other] = ask(make_visit(make_elder("E3"), start="14:00", end="16:00"), carer, start="14:00")

    result = leave(carer, reason="LEAVE")

    assert result.released == []
    answers = dict(Offer.objects.values_list("pk", "decline_reason"))
    assert answers == {direct.pk: "LEAVE", pool.pk: "LEAVE", other.pk: ""}
    assert Visit.objects.get(pk=direct.visit_id).status == "open"


def test_work_that_has_begun_goes_on() -> None:
    carer = make_carer()
    [work] = promise(make_visit(), carer)
    check(work, "in", "09:00")

    result = leave(carer, "09:30", "12:00", now=at("09:20"))

    assert result.released == []
    assert Assignment.objects.get().status == "checked_in"


def test_a_double_up_falls_whole_and_is_told_once() -> None:
    first, second = make_carer("C1"), make_carer("C2")
    parts = promise(make_visit(item=make_item(carers_needed=2)), first, second)

    result = leave(first)

    assert result.released == [parts[0]]
    assert set(Assignment.objects.values_list("status", flat=True)) == {"released"}
    assert Visit.objects.get().status == "open"


def test_an_absence_until_the_work_begins_touches_nothing() -> None:
    carer = make_carer()
    promise(make_visit(), carer)

    assert leave(carer, "07:30", "09:00").released == []
    assert Assignment.objects.get().status == "accepted"


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"end": "08:00"}, Invalid), ({"reason": "BORED"}, Invalid), ({"end": "07:00"}, Invalid)],
)
def test_an_absence_that_cannot_be_changes_nothing(changes: dict[str, Any], error: type[Exception]) -> None:
    carer = make_carer()
    promise(make_visit(), carer)

    with pytest.raises(error):
        leave(carer, **changes)

    assert Assignment.objects.get().status == "accepted"
    assert not Absence.objects.exists()


def test_a_second_absence_over_the_first_is_refused_and_changes_nothing() -> None:
    carer = make_carer()
    Absence.objects.create(carer=carer, start=at("11:00"), end=at("13:00"), reason="LEAVE")
    promise(make_visit(), carer)

    with pytest.raises(Overlap):
        leave(carer)

    assert Assignment.objects.get().status == "accepted"
    assert Absence.objects.count() == 1


def test_nobody_takes_leave_for_a_stranger() -> None:
    carer = make_carer()
    [work] = promise(make_visit(), carer)

    with pytest.raises(NotAllowed):
        leave(carer, actor=login_of(make_carer("C2")))

    assert Assignment.objects.get(pk=work.pk).status == "accepted"
    assert not Absence.objects.exists()


def test_who_was_away_is_asked_again_another_day() -> None:
    """The pair is forbidden for the visit that was given back only."""
    carer = make_carer()
    promise(make_visit(make_elder("E1")), carer)
    leave(carer)

    [offer] = ask(make_visit(make_elder("E2"), start="14:00", end="16:00"), carer, start="14:00")

    assert accept(offer, now=NOW + timedelta(minutes=1)).status == "accepted"
    assert list(CarerEvent.objects.values_list("kind", flat=True)) == ["ABSENT"]
