"""Giving a visit to somebody else by hand: the engine says yes or names the rule."""

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.services.answer import accept_offer
from dispatch.planning.services.publish import publish
from dispatch.planning.services.reassign import reassign
from dispatch.planning.services.runs import request_plan, solve_run
from dispatch.visits.models import Assignment, CarerPreference
from orders.models import Visit
from people.errors import Conflict, NotAllowed, WrongState
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY, at
from tests.orders.make import item, town
from volunteers.models import Carer

pytestmark = pytest.mark.django_db


def published() -> None:
    run = request_plan(town=town(), day=TODAY, actor=None, now=NOW, solutions=20, send=False)
    publish(run=solve_run(run_id=run.pk, now=NOW), actor=None, now=NOW)


def live(visit: Visit) -> dict[int, tuple[int, str]]:
    rows = Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE).select_related("carer")
    return {each.leg: (each.carer_id, each.planned_start.astimezone(NOW.tzinfo).strftime("%H:%M")) for each in rows}


def give(visit: Visit, carer: Carer, start: str | None = None, leg: int = 1) -> list[Offer]:
    visit.refresh_from_db()
    return reassign(visit=visit, leg=leg, carer=carer, start=at(start) if start else None, actor=None, now=NOW)


def test_an_accepted_visit_goes_to_somebody_else_who_is_asked() -> None:
    first = make.carer("C1")
    visit = make.visit(make.elder_at("E1"), item())
    published()
    accept_offer(offer=Offer.objects.get(), actor=None, now=NOW)
    second = make.carer("C2")
    give(visit, second, "09:30")
    visit.refresh_from_db()
    assert live(visit) == {1: (second.pk, "09:30")}
    assert visit.status == "planned"
    assert Assignment.objects.get(carer=first).status == "released"
    assert Assignment.objects.get(carer=second).travel_minutes == 5


def test_an_open_visit_can_be_given_without_a_plan() -> None:
    carer, visit = make.carer("C1"), make.visit(make.elder_at("E1"), item())
    give(visit, carer)
    assert live(visit) == {1: (carer.pk, "09:00")}


def test_an_organisation_without_minutes_left_is_given_nothing_more() -> None:
    full, other = make.carer("C1"), make.carer("C2", organisation=make.organisation("夕阳红"))
    visit = make.visit(make.elder_at("E1"), item())
    make.limit(59)
    with pytest.raises(Conflict) as refused:
        give(visit, full)
    assert (refused.value.code, live(visit)) == ("organisation_limit", {})
    give(visit, other)
    assert live(visit) == {1: (other.pk, "09:00")}


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        ("skills", None),
        ("barred", None),
        ("shift", None),
        ("window", "14:00"),
        ("sequence", "09:00"),
    ],
)
def test_a_refusal_is_named_by_its_rule_and_changes_nothing(rule: str, start: str | None) -> None:
    held, clean = make.carer("C1"), item()
    visit = make.visit(make.elder_at("E1"), clean)
    published()
    other = make.carer(
        "C2",
        skills=() if rule == "skills" else ("CLEAN",),
        shifts=((840, 1000),) if rule == "shift" else ((480, 1080),),
    )
    if rule == "barred":
        CarerPreference.objects.create(elder=visit.elder, carer=other, kind="BARRED", since=TODAY)
    if rule == "sequence":
        give(make.visit(make.elder_at("E2"), clean, "08:30", "09:00"), other, "08:30")
    before = live(visit)
    with pytest.raises(Conflict) as refused:
        give(visit, other, start)
    assert refused.value.code == rule
    assert live(visit) == before == {1: (held.pk, "09:00")}


def test_the_partner_of_a_double_up_comes_along_to_the_new_time() -> None:
    first, second, third = (make.carer(f"C{n}", skills=("PERSONAL",)) for n in (1, 2, 3))
    visit = make.visit(make.elder_at("E1"), item("PERSONAL", carers_needed=2))
    give(visit, first, "09:00")
    partner = live(visit)[2][0]
    assert partner in (second.pk, third.pk)
    newcomer = third if partner == second.pk else second
    give(visit, newcomer, "10:15")
    assert live(visit) == {1: (newcomer.pk, "10:15"), 2: (partner, "10:15")}


def test_a_double_up_without_a_second_carer_is_refused() -> None:
    carer = make.carer("C1", skills=("PERSONAL",))
    visit = make.visit(make.elder_at("E1"), item("PERSONAL", carers_needed=2))
    with pytest.raises(Conflict) as refused:
        give(visit, carer)
    assert refused.value.code == "all_or_none"
    assert live(visit) == {}


def test_begun_visits_and_other_roles_are_refused() -> None:
    carer, visit = make.carer("C1"), make.visit(make.elder_at("E1"), item())
    for role in (Role.OPERATOR, Role.AUDITOR, Role.ORGANISATION_MANAGER):
        with pytest.raises(NotAllowed):
            reassign(visit=visit, leg=1, carer=carer, actor=make_user(role.value, role), now=NOW)
    Visit.objects.filter(pk=visit.pk).update(status="started")
    with pytest.raises(WrongState):
        give(visit, carer)
    assert live(visit) == {}
