"""The call to planning: by a name that exists, after the commit only, and never in the way of an answer."""

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from config.celery import SCHEDULE, app
from dispatch.offers import queue
from dispatch.offers.services.answer import decline_offer
from orders.models import Visit
from tests.dispatch.factories import NOW, ask, login_of, make_carer, make_visit

pytestmark = pytest.mark.django_db


def test_the_names_are_registered():
    app.loader.import_default_modules()

    assert queue.REPAIR in current_app.tasks
    assert {"dispatch.offers.tasks.expire_due", "dispatch.offers.tasks.give_up_passed_days"} <= set(app.tasks)
    assert "dispatch.offers.tasks.expire_due" in {entry["task"] for entry in SCHEDULE.values()}


def test_a_broker_that_is_away_does_not_undo_the_answer(monkeypatch, django_capture_on_commit_callbacks):
    def away(*args: object, **options: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(current_app, "send_task", away)
    [offer] = ask(make_visit(), make_carer())

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        decline_offer(offer=offer, reason="SICK", actor=login_of(offer.carer), now=NOW)

    assert len(callbacks) == 1
    assert Visit.objects.get().status == "open"
