"""Workers on real threads: each message is handed over once, whoever comes first."""

from functools import partial

import pytest

from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.services import deliver
from dispatch.confirmations.services.deliver import deliver_due
from dispatch.confirmations.services.tell import confirm_order
from people import outbox_delivery
from people.outbox_delivery import CLAIM
from tests.dispatch.confirmations.conftest import make_order, queued
from tests.dispatch.factories import NOW
from tests.dispatch.threads import together

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 6
MESSAGES = 5


@pytest.fixture
def messages() -> list[Confirmation]:
    return [queued(make_order(f"E{number}", f"1380013800{number}"), event=str(number)) for number in range(MESSAGES)]


def keys(provider) -> list[str]:
    return sorted(message.key for message in provider.sent)


@pytest.mark.usefixtures("messages")
def test_many_workers_hand_each_message_over_once(provider) -> None:
    taken = together([partial(deliver_due, now=NOW)] * WORKERS)

    assert sum(taken) == MESSAGES
    assert keys(provider) == ["0", "1", "2", "3", "4"]
    assert set(Confirmation.objects.values_list("status", "attempts")) == {("sent", 1)}


@pytest.mark.usefixtures("messages")
def test_many_workers_take_over_from_a_dead_one_once(provider) -> None:
    Confirmation.objects.update(status="sending", attempts=1, claimed_until=NOW)

    taken = together([partial(deliver_due, now=NOW)] * WORKERS)

    assert sum(taken) == MESSAGES
    assert keys(provider) == ["0", "1", "2", "3", "4"]
    assert Confirmation.objects.filter(events__reason="claim lapsed").count() == MESSAGES


def test_control_without_compare_and_set_everybody_sends(provider, monkeypatch) -> None:
    row = queued()
    read = [Confirmation.objects.get() for _ in range(WORKERS)]

    def blind_move(subject, to, *, actor, now, reason="", **changes):
        Confirmation.objects.filter(pk=subject.pk).update(status=to, **changes)

    monkeypatch.setattr(outbox_delivery, "move", blind_move)
    for each in read:
        assert outbox_delivery._deliver(each, deliver._carriage(), NOW)

    assert [message.key for message in provider.sent] == [row.key] * WORKERS


def test_an_order_that_is_confirmed_twice_at_once_is_told_once() -> None:
    order = make_order()

    outcomes = together([partial(confirm_order, order=order, actor=None, now=NOW)] * WORKERS)

    assert outcomes == [Confirmation.objects.get()] * WORKERS


def test_a_claim_outlives_every_task(settings) -> None:
    assert CLAIM.total_seconds() >= settings.CELERY_TASK_TIME_LIMIT
