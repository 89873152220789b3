"""Work that planning found nobody for stands in the open pool: whom it asks, how long, and what becomes of a double-up."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.services.answer import accept_offer, decline_offer
from dispatch.offers.services.end import expire_due, release_assignment
from dispatch.planning.services.pool import ask_everybody, watch_pools
from dispatch.planning.services.repair import ask_for_repair, watch, work_off
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.models import PolicySetting
from tests.dispatch.factories import ask, link
from tests.dispatch.factories import make_item as item
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY, at
from volunteers.models import Absence, Carer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("dispatch.planning.services.runs", "dispatch.planning.services.repair"):
        monkeypatch.setattr(f"{module}.solve_soon", lambda run: None)


def a_visit(**terms: Any) -> Visit:
    return make.visit(make.elder_at("E1", 0.0), item(is_popular=terms.pop("popular", False)), **terms)


def pool(visit: Visit, now: datetime = NOW) -> list[Offer]:
    return ask_everybody(visit_id=visit.pk, now=now)


def asked(offers: list[Offer]) -> list[str]:
    return [offer.carer.number for offer in offers]


def test_a_hole_that_the_repair_cannot_fill_goes_to_the_pool_once() -> None:
    # Ten kilometres off on foot: no route gets there in the window, but the carer may know a way.
    visit = a_visit(start="08:10", end="08:20")
    [offer] = ask(visit, make.carer("C1"), start="08:10")
    walker = make.carer("C2", kilometres_north=10.0, mode=Carer.Mode.WALK)
    decline_offer(offer=offer, reason="SICK", actor=None, now=NOW)

    run = ask_for_repair(visit_id=visit.pk, now=NOW)
    assert run is not None
    work_off(run_id=run.pk, now=NOW)

    [open_one] = Offer.objects.filter(visit=visit, status="sent")
    assert (open_one.kind, open_one.carer, open_one.planned_start) == ("POOL", walker, at("08:10"))
    assert watch(now=NOW) == 0
    assert ask_for_repair(visit_id=visit.pk, now=NOW) is None
    assert Offer.objects.filter(visit=visit, kind="POOL").count() == 1


def test_the_pool_is_opened_again_when_it_closed_without_an_answer() -> None:
    visit = a_visit(start="08:00", end="16:00")
    make.carer("C1")
    [first] = pool(visit)
    expire_due(now=first.expires_at)

    [again] = pool(visit, now=first.expires_at)

    assert again.carer == first.carer
    assert again.planned_start == at("08:30")


def test_the_pool_asks_the_able_and_free_of_the_town_nearest_first() -> None:
    visit = a_visit()
    make.carer("FAR", kilometres_north=3.0)
    make.carer("NEAR", kilometres_north=1.0)
    make.carer("UNABLE", skills=())
    make.carer("OFF", shifts=((1080, 1200),))
    make.carer("SHORT", kilometres_north=2.0, radius_metres=1999)
    make.carer("VOLUNTEER", kind=Carer.Kind.VOLUNTEER, kilometres_north=5.1)  # 5 km unless they say otherwise
    make.abroad(make.carer("ABROAD"))
    away = make.carer("AWAY")
    Absence.objects.create(carer=away, start=at("08:00"), end=at("12:00"), reason=Absence.Reason.LEAVE)
    busy = make.carer("BUSY")
    [taken] = ask(make.visit(make.elder_at("E2"), item(), start="09:00", end="11:00", duration_minutes=180), busy)
    accept_offer(offer=taken, actor=None, now=NOW)

    assert asked(pool(visit)) == ["NEAR", "FAR"]


def test_no_more_are_asked_than_the_county_says() -> None:
    visit = a_visit()
    for number in range(3):
        make.carer(f"C{number}", kilometres_north=float(number))
    PolicySetting.objects.create(key="pool_asked_at_most", value=2, effective_from=TODAY, owner="民政局")

    assert asked(pool(visit)) == ["C0", "C1"]


@pytest.mark.parametrize(
    ("window", "start", "until"),
    [
        (("09:00", "11:00"), "09:00", "09:00"),  # two hours
        (("13:00", "15:00"), "13:00", "09:00"),
        (("07:10", "08:10"), "08:00", "08:00"),  # on duty from 08:00: never past the own start
    ],
)
def test_how_long_work_stands_in_the_pool(window: tuple[str, str], start: str, until: str) -> None:
    make.carer("C1")

    [offer] = pool(a_visit(start=window[0], end=window[1]))

    assert (offer.planned_start, offer.expires_at) == (at(start), at(until))


def test_nothing_is_opened_once_the_last_start_has_passed() -> None:
    make.carer("C1")
    assert pool(a_visit(), now=at("11:00")) == []


def test_urgent_help_and_linked_visits_are_left_alone() -> None:
    make.carer("C1")
    urgent = a_visit(priority=Visit.Priority.URGENT)
    first, second = (make.visit(make.elder_at(f"L{number}"), item()) for number in (1, 2))
    link(first, second)

    assert [pool(visit) for visit in (urgent, first, second)] == [[], [], []]


def a_double_up(carers: int = 3) -> Visit:
    for number in range(1, carers + 1):
        make.carer(f"C{number}", kilometres_north=float(number))
    return make.visit(make.elder_at("E1", 0.0), item("BATH", carers_needed=2, skill="CLEAN"))


def accept(offer: Offer, now: datetime = NOW) -> Assignment:
    return accept_offer(offer=offer, actor=None, now=now)


def status(visit: Visit) -> str:
    visit.refresh_from_db()
    return str(visit.status)


def test_both_legs_of_a_double_up_are_opened_and_it_is_reserved_when_both_accept() -> None:
    visit = a_double_up()
    offers = pool(visit)
    assert [(offer.leg, offer.carer.number) for offer in offers] == [
        (leg, f"C{n}") for leg in (1, 2) for n in (1, 2, 3)
    ]

    accept(offers[0])
    assert status(visit) == "planned"
    accept(offers[4])
    assert status(visit) == "reserved"


def test_one_carer_cannot_take_both_legs() -> None:
    visit = a_double_up()
    offers = pool(visit)
    accept(offers[0])

    assert Offer.objects.get(pk=offers[3].pk).status == "withdrawn"
    assert [offer.carer.number for offer in Offer.objects.filter(visit=visit, status="sent")] == ["C2", "C3"]


def test_a_double_up_that_only_one_could_serve_is_not_opened() -> None:
    assert pool(a_double_up(carers=1)) == []


def test_a_double_up_is_released_whole_when_one_falls_out() -> None:
    visit = a_double_up()
    offers = pool(visit)
    first, _second = accept(offers[0]), accept(offers[4])

    release_assignment(assignment=first, reason="ill", actor=None, now=NOW)

    assert status(visit) == "open"
    assert not Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE).exists()


def test_a_carer_whose_partner_is_not_found_is_released() -> None:
    visit = a_double_up(carers=2)
    offers = pool(visit)
    promised = accept(offers[0])
    decline_offer(offer=offers[3], reason="SICK", actor=None, now=NOW)

    assert watch_pools(now=NOW) == 0

    promised.refresh_from_db()
    assert (promised.status, status(visit)) == ("released", "open")


def test_the_other_leg_is_asked_for_again_from_the_partners_start() -> None:
    visit = make.visit(
        make.elder_at("E1", 0.0), item("BATH", carers_needed=2, skill="CLEAN"), start="12:00", end="15:00"
    )
    for number in (1, 2):
        make.carer(f"C{number}", kilometres_north=float(number))
    offers = pool(visit)
    accept(offers[0])
    expire_due(now=at("09:00"))

    assert watch_pools(now=at("09:00")) == 1

    [again] = Offer.objects.filter(visit=visit, status="sent")
    assert (again.leg, again.carer.number, again.planned_start) == (2, "C2", offers[0].planned_start)


def popular_work_of(carer: Carer, days_ago: int = 1) -> None:
    earlier, ago = make.visit(make.elder_at("E0"), item()), timedelta(days=days_ago)
    moved = {name: getattr(earlier, name) - ago for name in ("service_date", "window_start", "window_end")}
    Visit.objects.filter(pk=earlier.pk).update(**moved)
    Assignment.objects.create(
        visit=earlier,
        leg=1,
        carer=carer,
        status="accepted",
        planned_start=at("09:00", TODAY - ago),
        planned_end=at("10:00", TODAY - ago),
        created_at=NOW,
    )


@pytest.mark.parametrize("days_ago", [1, 0])
def test_who_had_more_popular_work_than_the_others_is_asked_ten_minutes_later(days_ago: int) -> None:
    visit = a_visit(popular=True)
    lucky = make.carer("LUCKY")
    make.carer("OTHER")
    popular_work_of(lucky, days_ago)

    assert asked(pool(visit)) == ["OTHER"]
    assert watch_pools(now=NOW + timedelta(minutes=9)) == 0
    assert watch_pools(now=NOW + timedelta(minutes=10)) == 1
    assert watch_pools(now=NOW + timedelta(minutes=20)) == 0
    assert asked(list(Offer.objects.filter(visit=visit).order_by("pk"))) == ["OTHER", "LUCKY"]


def test_other_work_is_open_to_all_at_once() -> None:
    visit = a_visit()
    lucky = make.carer("LUCKY")
    make.carer("OTHER")
    popular_work_of(lucky)

    assert asked(pool(visit)) == ["LUCKY", "OTHER"]
