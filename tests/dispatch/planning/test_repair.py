"""When a carer drops out, the hole is filled by itself; what arrives meanwhile is not lost."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.offers.models import Offer
from dispatch.offers.services.answer import accept_offer, decline_offer
from dispatch.planning.models import PlanRun
from dispatch.planning.services import repair
from dispatch.planning.services.publish import publish
from dispatch.planning.services.repair import ask_for_repair, watch, work_off
from dispatch.planning.services.runs import CLAIM, request_plan, solve_run
from dispatch.visits.models import Assignment
from orders.models import Visit
from tests.dispatch.planning import make
from tests.dispatch.planning.make import NOW, TODAY
from tests.orders.make import item, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits() -> list[Visit]:
    """Two published visits, three carers who could take them."""
    clean = item()
    for number in (1, 2, 3):
        make.carer(f"C{number}")
    made = [make.visit(make.elder_at(f"E{number}", number), clean) for number in (1, 2)]
    run = request_plan(town=town(), day=TODAY, actor=None, now=NOW, solutions=20, send=False)
    publish(run=solve_run(run_id=run.pk, now=NOW), actor=None, now=NOW)
    return made


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that were handed to workers; none works here but by the test's hand."""
    runs: list[int] = []
    for module in ("dispatch.planning.services.runs", "dispatch.planning.services.repair"):
        monkeypatch.setattr(f"{module}.solve_soon", runs.append)
    return runs


def decline(visit: Visit) -> None:
    decline_offer(offer=Offer.objects.get(visit=visit, status="sent"), reason="SICK", actor=None, now=NOW)


def holder(visit: Visit) -> int | None:
    return Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE).values_list("carer", flat=True).first()


def repairs() -> int:
    return PlanRun.objects.filter(is_repair=True).count()


def test_a_declined_visit_goes_to_the_next_carer_and_the_rest_stays(visits: list[Visit]) -> None:
    first, other = holder(visits[0]), holder(visits[1])
    accept_offer(offer=Offer.objects.get(visit=visits[1]), actor=None, now=NOW)
    decline(visits[0])
    run = ask_for_repair(visit_id=visits[0].pk, now=NOW)
    assert run is not None
    assert work_off(run_id=run.pk, now=NOW).status == "published"
    assert holder(visits[0]) not in (None, first)
    assert holder(visits[1]) == other
    assert Offer.objects.filter(visit=visits[1]).count() == 1


def test_a_repair_leaves_new_orders_for_review(visits: list[Visit]) -> None:
    new = make.visit(make.elder_at("E9"), item("MEAL", skill="CLEAN"))
    decline(visits[0])
    run = ask_for_repair(visit_id=visits[0].pk, now=NOW)
    assert run is not None
    work_off(run_id=run.pk, now=NOW)
    assert holder(new) is None


def test_asking_twice_makes_one_run(visits: list[Visit]) -> None:
    decline(visits[0])
    assert ask_for_repair(visit_id=visits[0].pk, now=NOW) is not None
    assert ask_for_repair(visit_id=visits[0].pk, now=NOW) is None
    assert repairs() == 1


def test_a_hole_that_comes_up_during_a_repair_is_repaired_after_it(
    visits: list[Visit], sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    decline(visits[0])
    run = ask_for_repair(visit_id=visits[0].pk, now=NOW)
    assert run is not None

    def interrupted(**options: Any) -> PlanRun:
        solved = solve_run(**options)
        if options["run_id"] == run.pk:
            decline(visits[1])
        return solved

    monkeypatch.setattr(repair, "solve_run", interrupted)
    work_off(run_id=run.pk, now=NOW)
    assert len(sent) == 2
    work_off(run_id=sent[1], now=NOW)
    assert holder(visits[1]) is not None
    assert repairs() == 2


def test_a_hole_that_nobody_can_fill_is_not_tried_for_ever(visits: list[Visit], sent: list[int]) -> None:
    for _ in range(4):
        if Offer.objects.filter(visit=visits[0], status="sent").exists():
            decline(visits[0])
            if run := ask_for_repair(visit_id=visits[0].pk, now=NOW):
                work_off(run_id=run.pk, now=NOW)
    visits[0].refresh_from_db()
    assert visits[0].status == "open"
    assert [reason["code"] for reason in visits[0].unserved_reasons] == ["declined_by_all"]
    tried = repairs()
    assert ask_for_repair(visit_id=visits[0].pk, now=NOW) is None
    assert watch(now=NOW) == 0
    assert repairs() == tried == len(sent)


def test_the_watchdog_finds_a_hole_that_nobody_reported(visits: list[Visit]) -> None:
    decline(visits[0])
    assert watch(now=NOW) == 1
    assert repairs() == 1


@pytest.mark.parametrize(
    ("state", "after", "helped"),
    [
        ({"status": "queued"}, timedelta(seconds=59), 0),
        ({"status": "queued"}, timedelta(seconds=60), 1),
        ({"status": "solving", "claimed_until": NOW + CLAIM}, CLAIM - timedelta(seconds=1), 0),
        ({"status": "solving", "claimed_until": NOW + CLAIM}, CLAIM, 1),
    ],
)
def test_the_watchdog_sends_a_stuck_run_again(
    state: dict[str, object], after: timedelta, helped: int, sent: list[int]
) -> None:
    run = request_plan(town=town(), day=TODAY, actor=None, now=NOW, send=False)
    PlanRun.objects.filter(pk=run.pk).update(**state)
    assert watch(now=NOW + after) == helped
    assert sent == [run.pk] * helped


def test_a_repair_whose_worker_died_before_publishing_is_published_later(visits: list[Visit], sent: list[int]) -> None:
    decline(visits[0])
    run = ask_for_repair(visit_id=visits[0].pk, now=NOW)
    assert run is not None
    solve_run(run_id=run.pk, now=NOW)
    later = NOW + timedelta(minutes=5)
    assert watch(now=later) == 1
    assert sent[-1] == run.pk
    work_off(run_id=run.pk, now=later)
    assert holder(visits[0]) is not None
