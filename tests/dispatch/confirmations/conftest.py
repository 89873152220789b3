"""A provider that remembers what it was given, and answers as it is told."""

from collections.abc import Iterator

import pytest
from django.db import connection

from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.providers import Message
from dispatch.confirmations.services.queue import Draft, queue_confirmations
from orders.models import Order, Visit
from people.outbox_providers import Receipt
from people.services import add_phone
from tests.dispatch.factories import NOW, at, make_elder, make_visit


class Fake:
    """Takes every message, unless an answer was prepared for the next one."""

    sent: list[Message] = []
    answers: list[Exception] = []
    references: list[str] = []
    inside_a_transaction: list[bool] = []

    def send(self, message: Message) -> Receipt:
        self.inside_a_transaction.append(connection.in_atomic_block)
        self.sent.append(message)
        if self.answers:
            raise self.answers.pop(0)
        return Receipt(self.references.pop(0) if self.references else f"R{len(self.sent)}")


@pytest.fixture
def provider(settings) -> Iterator[type[Fake]]:
    settings.CONFIRMATION_PROVIDER = f"{__name__}.Fake"
    yield Fake
    for memory in (Fake.sent, Fake.answers, Fake.references, Fake.inside_a_transaction):
        memory.clear()


def make_order(number: str = "E1", phone: str = "13800138000") -> Order:
    """The order of one visit, 09:00–11:00 today, for 张桂兰 who has that phone."""
    elder = make_elder(number)
    if phone:
        add_phone(person=elder.person, number=phone, is_primary=True, actor=None, now=NOW)
    return make_visit(elder).order_item.order


def draft_of(order: Order, visit: Visit | None = None, *, event: str = "e1", until: str = "11:00") -> Draft:
    """“到时见。”, of use until then."""
    return Draft(Confirmation.Kind.ORDER_PLACED, event, order, visit, lambda say: "到时见。", at(until))


def queued(order: Order | None = None, *, event: str = "e1", until: str = "11:00") -> Confirmation:
    """A message that waits since NOW."""
    [row] = queue_confirmations([draft_of(order or make_order(), event=event, until=until)], actor=None, now=NOW)
    return row
