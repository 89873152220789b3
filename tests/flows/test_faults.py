"""Whatever dies or collides, nothing is lost and nothing is doubled."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from celery import current_app

from dispatch.offers.models import Offer
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.end import cancel_order, cancel_visit
from dispatch.planning.models import Plan, PlanRun
from dispatch.planning.services.publish import publish
from dispatch.planning.services.runs import request_plan, solve_run
from dispatch.visits.models import Assignment
from orders.models import Order, Visit
from people.errors import Conflict
from people.models import PolicySetting
from tests.dispatch.factories import ask, make_carer, make_elder, make_item, make_visit, promise
from tests.dispatch.planning import make as town
from tests.dispatch.threads import together
from tests.flows.broken_broker import broken_broker
from tests.flows.conftest import SetClock
from tests.flows.database import assert_sound
from tests.flows.phones import Phone
from tests.flows.waiting import wait_for
from tests.harness.worker import CeleryWorker, leave_sweep_lock
from tests.orders import make
from tests.orders.make import NOW, TODAY, at
from volunteers.models import Availability, Carer


def on_duty(carer: Carer) -> Carer:
    Availability.objects.create(
        carer=carer, weekday=TODAY.weekday(), start_minute=480, end_minute=1080, valid_from=carer.active_from
    )
    return carer


def run_status(run: PlanRun) -> str:
    return PlanRun.objects.values_list("status", flat=True).get(pk=run.pk)


# The worker dies ----------------------------------------------------------------------------------------------------


def test_a_worker_killed_in_a_repair_leaves_one_run_and_one_set_of_offers(
    set_clock: SetClock, start_worker: Callable[..., CeleryWorker]
) -> None:
    """Its message comes back by itself, the next worker takes the run over, and nobody doubles it.

    At the worst moment, too: while it swept for the messages of others that died.
    """
    gone, *_others = [town.carer(f"C{number}") for number in range(4)]
    item = make.item()
    for number in range(6):
        visit = town.visit(town.elder_at(f"E{number}", number / 2), item, "09:00", "17:00")
        [offer] = ask(visit, gone, start=f"{9 + number:02d}:00")
        decline_offer(offer=offer, reason="SICK", actor=None, now=NOW)
    long_search = PolicySetting.objects.create(key="repair_seconds", value=50, effective_from=TODAY, owner="test")
    worker = start_worker(visibility_seconds=2)
    wait_for(lambda: PlanRun.objects.filter(status="solving").exists(), "the worker began")
    worker.kill()
    leave_sweep_lock()
    run = PlanRun.objects.get()
    assert (run.status, Plan.objects.count(), Offer.objects.filter(status="sent").count()) == ("solving", 0, 0)

    # The same run is short now, and the dead worker's claim has lapsed.
    long_search.delete()
    PlanRun.objects.filter(pk=run.pk).update(params={**run.params, "stop": {"solutions": 1}}, claimed_until=NOW)
    worker = start_worker(visibility_seconds=2)
    wait_for(lambda: run_status(run) == "published", "the message came back and the run was taken over")
    current_app.send_task("dispatch.planning.tasks.solve_plan", args=[run.pk])
    current_app.send_task("dispatch.planning.tasks.watch_runs")
    worker.wait_until_idle()
    publish(run=run, actor=None, now=NOW)

    assert list(run.events.values_list("new", flat=True)) == ["queued", "solving", "solving", "solved", "published"]
    assert (PlanRun.objects.count(), Plan.objects.count()) == (1, 1)
    assert Counter(Offer.objects.values_list("status", flat=True)) == {"declined": 6, "sent": 6}
    assert Offer.objects.filter(status="sent").values("visit").distinct().count() == 6
    assert not Offer.objects.filter(status="sent", carer=gone).exists()
    assert_sound()


# Orders change while the plan is published ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_orders_cancelled_while_the_plan_is_published_are_not_planned(round_: int) -> None:
    """Single visits and whole orders of two fall away on other threads; the rest is planned once."""
    for number in range(4):
        town.carer(f"C{number}")
    clean, meal = make.item(), make.item("MEAL", skill="CLEAN", duration_minutes=30)
    orders = [
        make.order(
            town.elder_at(f"E{number}", number / 4),
            make.request(clean, "09:00", "17:00"),
            make.request(meal, "09:00", "17:00"),
        )
        for number in range(8)
    ]
    run = request_plan(town=make.town(), day=TODAY, actor=None, now=NOW, solutions=1, send=False)
    solve_run(run_id=run.pk, now=NOW)
    first_visits = [make.visits(order)[0] for order in orders[:3]]

    published, *cancelled = together(
        [
            partial(publish, run=run, actor=None, now=NOW),
            *(partial(cancel_visit, visit=each, reason="住院", actor=None, now=NOW) for each in first_visits),
            *(partial(cancel_order, order=each, reason="住院", actor=None, now=NOW) for each in orders[3:5]),
        ]
    )

    assert [type(outcome) for outcome in cancelled] == [Visit] * 3 + [Order] * 2, cancelled
    assert isinstance(published, Plan), published
    gone = {each.pk for each in first_visits} | {visit.pk for order in orders[3:5] for visit in make.visits(order)}
    assert set(Visit.objects.filter(status="cancelled").values_list("pk", flat=True)) == gone
    assert Visit.objects.filter(status="planned").count() == 16 - 7
    assert Offer.objects.filter(status="sent").count() == Assignment.objects.filter(status="offered").count() == 9
    assert_sound()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_two_who_publish_at_once_ask_each_carer_once(round_: int) -> None:
    town.carer("C1")
    town.visit(town.elder_at("E1"), make.item())
    run = request_plan(town=make.town(), day=TODAY, actor=None, now=NOW, solutions=1, send=False)
    solve_run(run_id=run.pk, now=NOW)

    outcomes = together([partial(publish, run=PlanRun.objects.get(pk=run.pk), actor=None, now=NOW)] * 4)

    assert all(isinstance(outcome, Plan | Conflict) for outcome in outcomes), outcomes
    assert any(isinstance(outcome, Plan) for outcome in outcomes)
    assert Offer.objects.get().status == "sent"
    assert_sound()


# Answer against cancellation, over the interface ----------------------------------------------------------------------


@pytest.mark.parametrize("round_", range(3))
def test_a_carer_accepts_while_the_operator_cancels(round_: int, set_clock: SetClock, live_server: Any) -> None:
    [offer] = ask(visit := make_visit(), carer := make_carer())
    phone = Phone(live_server.url, carer)

    answer, cancelled = together(
        [
            partial(phone.post, f"offers/{offer.pk}/accept/"),
            partial(cancel_visit, visit=visit, reason="住院", actor=None, now=NOW),
        ]
    )

    assert isinstance(cancelled, Visit), cancelled
    assert answer.status_code in (200, 409), answer.text
    if answer.status_code == 409:
        assert answer.json()["errors"][0]["code"] in ("wrong_state", "lost_race"), answer.text
    assert (Visit.objects.get().status, Offer.objects.get().status) == ("cancelled", "withdrawn")
    assert Assignment.objects.get().status == "released"
    assert phone.get("me/day/") == []
    assert_sound()


# The broker is away ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", [False, True], ids=["refuses", "hangs"])
def test_work_goes_on_without_a_broker_and_the_watchdog_catches_up(
    silent: bool, set_clock: SetClock, start_worker: Callable[..., CeleryWorker], live_server: Any
) -> None:
    PolicySetting.objects.create(key="plan_seconds", value=1, effective_from=TODAY, owner="test")
    carers = [on_duty(make_carer(number, kind=Carer.Kind.WORKER)) for number in ("C1", "C2")]
    phones = [Phone(live_server.url, carer) for carer in carers]
    item = make_item()
    promised = promise(make_visit(make_elder("E1"), item, "07:00", "08:00"), carers[0], start="07:00")[0]
    declined = ask(make_visit(make_elder("E2"), item, "11:00", "12:00"), carers[0], start="11:00")[0]
    accepted = ask(make_visit(make_elder("E3"), item, "14:00", "15:00"), carers[1], start="14:00")[0]

    # A message that nobody takes costs one try, and a try at most these seconds.
    patience = current_app.conf.broker_transport_options
    assert (patience["socket_connect_timeout"], patience["socket_timeout"]) == (1, 3)
    with broken_broker(silent=silent) as tries:
        assert phones[0].post(f"offers/{declined.pk}/decline/", reason="SICK").status_code == 200
        assert tries() == 1
        assert phones[1].post(f"offers/{accepted.pk}/accept/").status_code == 200
        assert phones[0].check(promised, "in", NOW).status_code == 201
        new = make_visit(make_elder("E4"), item, "16:00", "17:00")
        before = tries()
        run = request_plan(town=new.town, day=TODAY, actor=None, now=NOW)
        assert tries() == before + 1
    assert (run_status(run), Visit.objects.get(pk=declined.visit_id).status) == ("queued", "open")

    # The broker is back: beat's watchdog finds in the rows what was never sent.
    worker = start_worker()
    set_clock(at("07:02"))
    current_app.send_task("dispatch.planning.tasks.watch_runs")
    wait_for(lambda: run_status(run) == "solved", "the run that was never sent is solved")
    publish(run=run, actor=None, now=at("07:02"))
    worker.wait_until_idle()

    assert Offer.objects.get(visit=declined.visit_id, status="sent").carer == carers[1]
    assert Visit.objects.get(pk=new.pk).status == "planned"
    assert_sound()
