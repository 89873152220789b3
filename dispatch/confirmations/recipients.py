"""Who is told about an order, and how: by text message on a mobile, by voice on a landline."""

from collections.abc import Iterable
from dataclasses import dataclass

from dispatch.confirmations.models import Confirmation
from orders.models import Order
from people.models import Person, Phone
from people.phones import is_mobile


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
    found: dict[int, Recipient] = {}
    for phone in Phone.objects.filter(person__in=by_key).order_by("-is_primary", "pk"):
        if phone.person_id not in found:
            channel = Confirmation.Channel.SMS if is_mobile(phone.number) else Confirmation.Channel.VOICE
            found[phone.person_id] = Recipient(by_key[phone.person_id], phone.number, channel)
    return found
