"""The elder card: what an operator sees of an elder, and the small map on it."""

from datetime import timedelta
from uuid import uuid4

from dispatch.console.card import usual_carers
from dispatch.console.map import HEIGHT, WIDTH, points_around
from dispatch.visits.models import CarerPreference
from dispatch.visits.services.on_site import record_departure
from tests.dispatch.factories import TODAY, at, check, login_of, make_carer, make_elder, make_visit, promise
from tests.orders.make import entitlement


def card(client, elder):
    return client.get(f"/console/?elder={elder.pk}").context["card"]


def test_the_card_says_what_is_left_and_what_comes(operator) -> None:
    elder, carer = make_elder(), make_carer(name="李强")
    entitlement(elder, 600)
    promise(visit := make_visit(elder), carer)
    CarerPreference.objects.create(elder=elder, carer=carer, kind="PREFERRED", since=TODAY)

    shown = card(operator, elder)

    assert (shown.hours_left, shown.hours_granted) == (540, 600)  # the visit takes an hour
    assert [each.pk for each in shown.coming] == [visit.pk]
    assert [part.carer for part in shown.coming[0].held] == [carer]
    assert list(shown.usual) == [carer]


def test_the_card_says_that_the_carer_is_on_the_way_until_the_check_in(operator) -> None:
    elder, carer = make_elder(), make_carer(name="李强")
    [work] = promise(make_visit(elder), carer)
    record_departure(
        assignment=work, client_id=uuid4(), device_time=at("08:40"), actor=login_of(carer), now=at("08:41")
    )
    assert "08:40已出发" in operator.get(f"/console/?elder={elder.pk}").content.decode()

    check(work, "in", "09:00")
    assert "已出发" not in operator.get(f"/console/?elder={elder.pk}").content.decode()


def test_a_visit_of_yesterday_that_is_over_is_among_the_ended(operator) -> None:
    elder = make_elder()
    visit = make_visit(elder)
    type(visit).objects.filter(pk=visit.pk).update(status="not_done", end_reason="老人不在家")

    assert [each.pk for each in card(operator, elder).ended] == [visit.pk]


def test_a_card_costs_the_same_however_long_the_history(operator, django_assert_max_num_queries) -> None:
    elder = make_elder()
    for number in range(6):
        make_visit(elder, start=f"{8 + number:02d}:00", end=f"{9 + number:02d}:00", day=TODAY + timedelta(days=number))

    with django_assert_max_num_queries(60):
        assert operator.get(f"/console/?elder={elder.pk}").status_code == 200


class TestMap:
    def test_north_is_up_and_distances_are_true(self, db) -> None:
        elder = make_elder(kilometres_north=2.0)  # the town's point is 2 km south of the home

        drawn = points_around(elder, [])
        town, home = drawn.points

        assert (town.kind, home.kind) == ("town", "home")
        assert home.y < town.y
        assert round((town.y - home.y) / drawn.bar_width * drawn.bar_metres, -2) == 2000

    def test_every_mark_is_inside(self, db) -> None:
        elder = make_elder()
        for number in range(3):
            carer = make_carer(f"C{number}", kilometres_north=4.0 * number)
            CarerPreference.objects.create(elder=elder, carer=carer, kind="PREFERRED", since=TODAY)

        points = points_around(elder, usual_carers(elder)).points

        assert len(points) == 5
        assert all(0 <= point.x <= WIDTH and 0 <= point.y <= HEIGHT for point in points)

    def test_without_a_home_there_is_none(self, db) -> None:
        elder = make_elder()
        elder.person.home = None

        assert points_around(elder, []) is None
