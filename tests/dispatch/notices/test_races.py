"""Workers and carers at the same moment: each notice goes out once, and no worker takes an answer away."""

from functools import partial

import pytest

from dispatch.notices.models import Notice
from dispatch.notices.services.deliver import deliver_due
from dispatch.notices.services.notify import notify, take_back
from dispatch.notices.services.read import mark_read
from people.outbox import OutboxMessage
from tests.dispatch.factories import NOW, accept, ask, login_of, make_carer, make_elder, make_visit
from tests.dispatch.notices.conftest import draft_of, queued
from tests.dispatch.threads import together

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4


def test_many_workers_hand_each_notice_over_once(provider) -> None:
    carer = make_carer()
    for number in range(5):
        queued(carer, str(number))

    assert sum(together([partial(deliver_due, now=NOW)] * WORKERS)) == 5

    assert set(Notice.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_an_event_that_is_told_twice_at_once_is_told_once_or_refused() -> None:
    carer = make_carer()

    together([partial(queued, carer)] * WORKERS)

    assert Notice.objects.count() == 1


def test_answers_count_while_workers_send_the_questions() -> None:
    offers = []
    for number in range(6):
        carer = make_carer(f"C{number}")
        assert login_of(carer)
        offers += ask(make_visit(make_elder(f"E{number}")), carer)

    answers = together([*(partial(accept, offer) for offer in offers), *[partial(deliver_due, now=NOW)] * 2])

    assert [answer.status for answer in answers[: len(offers)]] == ["accepted"] * len(offers)
    assert set(Notice.objects.values_list("status", flat=True)) <= {"sent", "cancelled"}


def test_two_taps_read_once() -> None:
    carer = make_carer()
    row = queued(carer)
    deliver_due(now=NOW)

    together([partial(mark_read, carer=carer, up_to=row.pk, now=NOW)] * WORKERS)

    assert row.events.filter(new=OutboxMessage.Status.DELIVERED).count() == 1


def test_what_is_taken_back_while_it_is_sent_is_one_or_the_other() -> None:
    carer = make_carer()
    notify([draft_of(carer)], now=NOW)

    taken, _sent, _again = together(
        [partial(take_back, ["e1"], now=NOW), partial(deliver_due, now=NOW), partial(deliver_due, now=NOW)]
    )

    assert Notice.objects.get().status == ("cancelled" if taken else "sent")
