"""Another window for a visit that has not begun, before and after planning. What is refused changes nothing."""

from datetime import timedelta

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.services.amend import amend_visit
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.errors import Invalid, NotAllowed, WrongState
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.factories import NOW, TODAY, ask, at, check, link, make_carer, make_elder, make_visit, promise

pytestmark = pytest.mark.django_db

TOMORROW = TODAY + timedelta(days=1)
NEW = (at("14:00", TOMORROW), at("15:00", TOMORROW))


@pytest.fixture
def office():
    return make_user("office", Role.OPERATOR)


def statuses(model) -> list[str]:
    return list(model.objects.order_by("pk").values_list("status", flat=True))


def amend(visit: Visit, actor, *, reason: str = "女儿来访", window=NEW, now=NOW) -> Visit:
    return amend_visit(visit=visit, window_start=window[0], window_end=window[1], reason=reason, actor=actor, now=now)


def window_of(visit: Visit):
    fresh = Visit.objects.get(pk=visit.pk)
    return fresh.window_start, fresh.window_end


def test_before_planning_the_window_moves_and_the_reason_is_written(office):
    visit = make_visit()

    amend(visit, office)

    assert window_of(visit) == NEW
    assert Visit.objects.get().service_date == TOMORROW
    moved, why = visit.events.order_by("pk")[1:]
    assert moved.reason.endswith(f"{TOMORROW} 14:00–15:00")
    assert (why.old, why.new, why.reason, why.actor) == ("open", "open", "女儿来访", office)


def test_after_planning_the_carer_is_released_and_nobody_is_looked_for(
    office, repairs, django_capture_on_commit_callbacks
):
    [assignment] = promise(visit := make_visit(), make_carer())

    with django_capture_on_commit_callbacks(execute=True):
        amend(visit, office)

    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["withdrawn"], ["released"], ["open"])
    assert (assignment.events.last().reason, assignment.events.last().actor) == ("女儿来访", office)
    assert Offer.objects.get().events.last().reason == "女儿来访"
    assert [event.new for event in visit.events.order_by("pk")][-3:] == ["open", "open", "open"]
    assert visit.events.filter(old="reserved", new="open", reason="女儿来访").count() == 1
    assert window_of(visit) == NEW
    assert repairs == []


def test_an_open_question_is_withdrawn(office):
    ask(visit := make_visit(), make_carer())

    amend(visit, office)

    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["withdrawn"], ["released"], ["open"])


def test_a_linked_visit_opens_too_but_keeps_its_window(office):
    elder = make_elder()
    first, second = make_visit(elder), make_visit(elder)
    link(first, second)
    offers = [*ask(first, make_carer("C1")), *ask(second, make_carer("C2"))]

    amend(first, office)

    assert [Offer.objects.get(pk=offer.pk).status for offer in offers] == ["withdrawn", "withdrawn"]
    assert statuses(Visit) == ["open", "open"]
    assert (window_of(first), window_of(second)) == (NEW, (at("09:00"), at("11:00")))


def test_the_window_it_has_releases_nobody(office):
    promise(visit := make_visit(), make_carer())
    events = visit.events.count()

    amend(visit, office, window=(at("09:00"), at("11:00")))

    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["accepted"], ["accepted"], ["reserved"])
    assert visit.events.count() == events


def test_a_visit_that_has_begun_is_not_moved(office):
    [assignment] = promise(visit := make_visit(), make_carer())
    check(assignment, "in", "09:00")

    with pytest.raises(WrongState):
        amend(visit, office, now=at("09:05"))

    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["accepted"], ["checked_in"], ["started"])
    assert window_of(visit) == (at("09:00"), at("11:00"))


@pytest.mark.parametrize(
    ("role", "change", "error"),
    [
        (Role.OPERATOR, {"reason": "  "}, Invalid),
        (Role.OPERATOR, {"window": (NEW[1], NEW[0])}, Invalid),
        (Role.OPERATOR, {"window": (at("05:00"), at("06:00"))}, Invalid),
        (Role.CARER, {}, NotAllowed),
        (Role.AUDITOR, {}, NotAllowed),
        (None, {}, NotAllowed),
    ],
)
def test_a_refused_change_keeps_carer_offer_and_window(role, change, error):
    promise(visit := make_visit(), make_carer())
    actor = make_user("somebody", role) if role else make_user("stranger")
    events = visit.events.count()

    with pytest.raises(error):
        amend(visit, actor, **change)

    assert (statuses(Offer), statuses(Assignment), statuses(Visit)) == (["accepted"], ["accepted"], ["reserved"])
    assert window_of(visit) == (at("09:00"), at("11:00"))
    assert visit.events.count() == events
