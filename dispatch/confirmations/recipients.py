"""Who is told about an order, and how: by text message on a mobile, by voice on a landline."""

from collections.abc import Iterable
from dataclasses import dataclass

from dispatch.confirmations.models import Confirmation
from orders.models import Order
from people.models import Person
from people.phones import is_mobile
from people.selectors import numbers_of


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, the number to call first (E.164), and the channel that this number can take."""

    person: Person
    number: str
    channel: Confirmation.Channel


def recipients_of(orders: Iterable[Order]) -> dict[int, Recipient]:
    """By the order's key: who ordered, else the elder. Who has no phone is missing, and must be called back on.

    One query for any number of orders; their people should be loaded.
    """
    wanted = {order.pk: [order.ordered_by, order.elder.person] for order in orders}
    reached = reach(person for people in wanted.values() for person in people if person)
    found = {
        key: next((reached[person.pk] for person in people if person and person.pk in reached), None)
        for key, people in wanted.items()
    }
    return {key: recipient for key, recipient in found.items() if recipient}


def reach(people: Iterable[Person]) -> dict[int, Recipient]:
    """By the person's key, those of the people who have a phone, each at the number to call first."""
    by_key = {person.pk: person for person in people}
    found = {}
    for key, (number, *_others) in numbers_of(by_key).items():
        channel = Confirmation.Channel.SMS if is_mobile(number) else Confirmation.Channel.VOICE
        found[key] = Recipient(by_key[key], number, channel)
    return found
