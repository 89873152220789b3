"""Who carries messages out of the house. `settings.CONFIRMATION_PROVIDER` names the class; the default keeps them here.

A provider is an object with `send`; what it may answer stands in `people/outbox_providers.py`.
"""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from people.outbox_providers import Receipt


@dataclass(frozen=True, slots=True)
class Message:
    """What a provider gets. `key` stays the same when a message is sent again, so that a provider may notice."""

    key: str
    channel: str  # Confirmation.Channel
    number: str  # E.164
    text: str


class Provider(Protocol):
    def send(self, message: Message) -> Receipt:
        """Hand the message over. Raises TryLater or Refused; anything else counts as a fault of the provider."""


class OnPage:
    """Nothing leaves the computer: the message stands on the page of confirmations in the records."""

    def send(self, message: Message) -> Receipt:
        """An empty receipt, since nobody will report."""
        return Receipt()


def chosen_provider() -> Provider:
    """The provider that the settings name."""
    provider: Provider = import_string(settings.CONFIRMATION_PROVIDER)()
    return provider
