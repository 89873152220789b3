"""A broker may deliver any message twice: the second run of each task changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from celery import current_app

from config.celery import app
from dispatch.offers.services.answer import decline_offer
from dispatch.offers.services.day import give_up_passed_days
from dispatch.offers.services.end import release_assignment
from dispatch.offers.services.menu import hear
from dispatch.planning.services.runs import request_plan
from orders.models import OrderSeries, Visit
from orders.requests import Recurrence
from orders.services.call_hooks import Hook, receive_hook
from orders.services.orders import cancel_unbooked_order
from people.models import KeyedRequest
from people.policy import DEFAULTS
from tests.cast import make_user
from tests.dispatch import factories
from tests.dispatch.confirmations.conftest import queued
from tests.dispatch.factories import ask, at, check, promise
from tests.dispatch.notices.conftest import queued as tell
from tests.dispatch.planning import make as town
from tests.dispatch.urgent import make as urgent
from tests.dispatch.visits.credits import elder_with, pay_order
from tests.flows.conftest import SetClock
from tests.flows.database import assert_sound, everything
from tests.orders import make
from tests.orders.make import NOW, TODAY
from volunteers.models import Certificate

pytestmark = pytest.mark.django_db

OURS = ("config.", "people.", "orders.", "volunteers.", "dispatch.")

Prepare = Callable[[SetClock], tuple[Any, ...]]


def a_recurring_order(set_clock: SetClock) -> tuple[Any, ...]:
    request = make.request(make.item(), recurrence=Recurrence("FREQ=WEEKLY"))
    make.order(make.elder(), request)
    assert OrderSeries.objects.exists()
    set_clock(NOW + timedelta(days=int(DEFAULTS["materialise_days"].value)))
    return ()


def an_order_cancelled_without_dispatch(set_clock: SetClock) -> tuple[Any, ...]:
    order = pay_order(elder_with(60), make.request(make.item()))
    cancel_unbooked_order(order=order, reason="住院", actor=None, now=NOW)
    return ()


def an_elder_alone(set_clock: SetClock) -> tuple[Any, ...]:
    make.elder().categories.create(code="LIVING_ALONE", valid_from=TODAY.replace(month=1, day=1))
    return ()


def an_unanswered_offer(set_clock: SetClock) -> tuple[Any, ...]:
    ask(make_visit(), town.carer("C1"))
    set_clock(NOW + timedelta(minutes=31))
    return ()


def a_carer_who_has_not_come(set_clock: SetClock) -> tuple[Any, ...]:
    promise(factories.make_visit(), factories.make_carer())
    set_clock(at("09:15"))
    return ()


def evidence_of_somebody_given_up(set_clock: SetClock) -> tuple[Any, ...]:
    [work] = promise(factories.make_visit(), factories.make_carer())
    release_assignment(assignment=work, reason="x", actor=None, now=NOW)
    check(work, "in", "09:05")
    give_up_passed_days(now=NOW + timedelta(days=1))
    set_clock(NOW + timedelta(days=1))
    return ()


def an_urgent_call_that_nobody_answers(set_clock: SetClock) -> tuple[Any, ...]:
    urgent.item()
    for number in range(5):
        urgent.carer(f"C{number}", float(number))
    urgent.call()
    set_clock(NOW + timedelta(seconds=120))
    return ()


def a_passed_day(set_clock: SetClock) -> tuple[Any, ...]:
    make_visit()
    set_clock(NOW + timedelta(days=1))
    return ()


def a_hole(set_clock: SetClock) -> tuple[Any, ...]:
    """Declined by one of two carers: the other can be asked."""
    town.carer("C2")
    [offer] = ask(visit := make_visit(), town.carer("C1"))
    decline_offer(offer=offer, reason="SICK", actor=None, now=NOW)
    return (visit.pk,)


def a_queued_repair(set_clock: SetClock) -> tuple[Any, ...]:
    [key] = a_hole(set_clock)
    visit = Visit.objects.get(pk=key)
    run = request_plan(town=visit.town, day=TODAY, actor=None, now=NOW, is_repair=True, solutions=1)
    return (run.pk,)


def an_old_answer(set_clock: SetClock) -> tuple[Any, ...]:
    KeyedRequest.objects.create(
        user=make_user("with a phone"),
        key="1",
        digest=UUID(int=1),
        claimed_at=NOW - timedelta(days=30),
        status=200,
        body="{}",
    )
    return ()


def a_call_without_an_end(set_clock: SetClock) -> tuple[Any, ...]:
    receive_hook(hook=Hook("newCall", "c1", caller="13800138000"), now=NOW)
    set_clock(NOW + timedelta(minutes=11))
    return ()


def a_waiting_message(set_clock: SetClock) -> tuple[Any, ...]:
    queued()
    return ()


def an_old_call_to_the_menu(set_clock: SetClock) -> tuple[Any, ...]:
    hear(call_id="c1", step=1, caller="", digits="", now=NOW)
    set_clock(NOW + timedelta(days=1))
    return ()


def a_waiting_notice(set_clock: SetClock) -> tuple[Any, ...]:
    tell(town.carer("C1"))
    return ()


def a_certificate_that_ends_soon(set_clock: SetClock) -> tuple[Any, ...]:
    last_day = TODAY + timedelta(days=30)
    Certificate.objects.create(carer=town.carer("C1"), code="HEALTH", valid_from=TODAY, valid_to=last_day)
    return ()


TASKS: dict[str, Prepare] = {
    "people.tasks.forget_old_requests": an_old_answer,
    "dispatch.visits.tasks.materialise_series": a_recurring_order,
    "dispatch.visits.tasks.put_credit_holds_right": an_order_cancelled_without_dispatch,
    "orders.tasks.end_forgotten_calls": a_call_without_an_end,
    "orders.tasks.fix_obligations": an_elder_alone,
    "dispatch.offers.tasks.expire_due": an_unanswered_offer,
    "dispatch.offers.tasks.give_up_passed_days": a_passed_day,
    "dispatch.offers.tasks.look_for_late_work": a_carer_who_has_not_come,
    "dispatch.offers.tasks.follow_late_evidence": evidence_of_somebody_given_up,
    "dispatch.offers.tasks.forget_menu_steps": an_old_call_to_the_menu,
    "dispatch.confirmations.tasks.deliver_due": a_waiting_message,
    "dispatch.notices.tasks.deliver_due": a_waiting_notice,
    "dispatch.notices.tasks.remind_of_certificates": a_certificate_that_ends_soon,
    "dispatch.urgent.tasks.escalate_due": an_urgent_call_that_nobody_answers,
    "dispatch.planning.tasks.solve_plan": a_queued_repair,
    "dispatch.planning.tasks.repair_hole": a_hole,
    "dispatch.planning.tasks.watch_runs": lambda set_clock: a_hole(set_clock) and (),
}


def make_visit() -> Visit:
    return town.visit(town.elder_at("E1"), make.item())


def registered() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in current_app.tasks if name.startswith(OURS)}


def test_every_task_has_a_row_here() -> None:
    assert registered() == set(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_that_runs_twice_has_run_once(name: str, set_clock: SetClock) -> None:
    task = current_app.tasks[name] if name in registered() else None
    assert task
    arguments = TASKS[name](set_clock)
    before = everything()

    task.apply(args=arguments, throw=True)
    once = everything()
    task.apply(args=arguments, throw=True)

    assert once != before, "the first run should have something to do"
    assert everything() == once
    assert_sound()
