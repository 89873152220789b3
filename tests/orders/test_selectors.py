"""Who sees what, the catalogue of a day, and what a plan is about."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from orders import selectors
from orders.models import CallRecord, Elder, VisitLink
from orders.requests import Recurrence
from orders.services import orders as order_services
from orders.services.visits import move_visit
from people.models import TownDuty
from tests.orders import make

pytestmark = pytest.mark.django_db


def user(role: str) -> User:
    made = User.objects.create_user(f"{role}-{User.objects.count()}")
    made.groups.add(Group.objects.get_or_create(name=role)[0])
    return made


LISTS = [
    "assessments_visible_to",
    "calls_visible_to",
    "elders_visible_to",
    "entitlements_visible_to",
    "links_visible_to",
    "obligations_visible_to",
    "order_items_visible_to",
    "orders_visible_to",
    "series_visible_to",
    "uses_visible_to",
    "visits_visible_to",
]


@pytest.fixture
def two_towns():
    """The same in each of two towns."""
    clean = make.item()
    daily = Recurrence("FREQ=DAILY;COUNT=2")
    for number, code in [("E1", "T1"), ("E2", "T2")]:
        elder = make.elder(number, town=make.town(code))
        elder.categories.create(code="EMPTY_NEST", valid_from=date(2026, 1, 1))
        elder.assessments.create(
            assessed_on=date(2026, 1, 1), valid_until=date(2026, 12, 31), version="1", total=50, grade=2
        )
        make.entitlement(elder)
        first, second = make.visits(make.order(elder, make.request(clean, recurrence=daily)))
        VisitLink.objects.create(first=first, second=second, kind="INDEPENDENT", max_gap=60)
        CallRecord.objects.create(call_id=number, direction="in", started_at=make.NOW, person=elder.person)
        elder.obligations.create(month=date(2026, 9, 1))


@pytest.mark.usefixtures("two_towns")
@pytest.mark.parametrize("name", LISTS)
class TestVisibility:
    def seen(self, name, who):
        """The share of the rows that a user sees."""
        rows = getattr(selectors, name)(who)
        return rows.count() / rows.model.objects.count()

    @pytest.mark.parametrize("role", ["operator", "administrator", "auditor", "dispatcher"])
    def test_the_desk_sees_all(self, name, role):
        assert self.seen(name, user(role)) == 1

    def test_a_dispatcher_with_towns_sees_those(self, name):
        dispatcher = user("dispatcher")
        TownDuty.objects.create(user=dispatcher, town=make.town("T2"))

        assert self.seen(name, dispatcher) == 0.5

    @pytest.mark.parametrize("role", ["carer", "organisation_manager"])
    def test_carers_and_organisations_see_nothing_here(self, name, role):
        assert self.seen(name, user(role)) == 0

    def test_strangers_see_nothing(self, name):
        nobody = User.objects.create_user("nobody")
        gone = user("administrator")
        gone.is_active = False

        assert [self.seen(name, who) for who in (nobody, gone, AnonymousUser())] == [0, 0, 0]


def test_the_catalogue_of_a_day_has_one_version_of_each_service():
    make.item(effective_to=date(2026, 6, 30))
    new = make.item(effective_from=date(2026, 7, 1))
    meal = make.item("MEAL", effective_to=date(2026, 9, 14))

    assert set(selectors.catalogue_on(make.TODAY)) == {new, meal}
    assert set(selectors.catalogue_on(date(2026, 9, 15))) == {new}
    assert set(selectors.catalogue_on(date(2025, 12, 31))) == set()
    assert selectors.version_on(code="MEAL", day=date(2026, 9, 15)) is None


def test_a_plan_is_about_what_is_not_begun_or_ended_of_orders_not_on_hold():
    clean = make.item()
    by_status = {}
    for number, steps in enumerate(
        [[], ["planned"], ["reserved"], ["reserved", "started"], ["cancelled"], ["unserved"], ["reserved", "not_done"]]
    ):
        visit = make.visit(make.elder(f"E{number}"), clean)
        for to in steps:
            move_visit(visit=visit, to=to, reason="x", actor=None, now=make.NOW)
        by_status[visit.status] = visit
    held = make.visit(make.elder("held"), clean)
    order_services.put_on_hold(order=held.order_item.order, reason="x", actor=None, now=make.NOW)
    make.visit(make.elder("tomorrow"), clean, day=date(2026, 9, 15))
    make.visit(make.elder("elsewhere", town=make.town("T2")), clean)

    planned = selectors.visits_to_plan(town_id=make.town().pk, day=make.TODAY)

    assert set(planned) == {by_status[status] for status in ("open", "planned", "reserved", "started")}


@pytest.mark.parametrize(
    ("code", "minutes", "adapted", "warnings"),
    [
        ("CLEAN", 30, False, 0),
        ("CLEAN", 29, False, 1),  # under 30 minutes little gets done
        ("BATH", 60, True, 0),
        ("BATH", 60, False, 1),  # the bathroom is as it was
        ("BATH", 20, False, 2),
    ],
)
def test_what_an_operator_should_think_about_before_placing(code, minutes, adapted, warnings):
    elder = make.elder(home_adapted=adapted)

    found = selectors.warnings_before_placing(elder=elder, item=make.item(code), minutes=minutes, carers=2)

    assert len(found) == warnings


def test_one_carer_for_an_elder_whom_two_must_lift_is_a_warning():
    elder = make.elder()
    elder.alerts.create(kind="TWO_TO_LIFT")
    bath = make.item("CLEAN")

    assert len(selectors.warnings_before_placing(elder=elder, item=bath, minutes=60, carers=1)) == 1
    assert selectors.warnings_before_placing(elder=elder, item=bath, minutes=60, carers=2) == []
    assert Elder.objects.count() == 1
