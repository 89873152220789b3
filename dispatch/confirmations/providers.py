"""Who carries messages out of the house. `settings.CONFIRMATION_PROVIDER` names the class; the default keeps them here.

A provider is an object with `send`; it bounds its own waiting (a few seconds) and is called outside any transaction.
"""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Message:
    """What a provider gets. `key` stays the same when a message is sent again, so that a provider may notice."""

    key: str
    channel: str  # Confirmation.Channel
    number: str  # E.164
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider has the message. Its `reference` comes back in the delivery report; empty: there will be none."""

    reference: str = ""


class ProviderError(Exception):
    """`code` is the provider's own short word for it; it is kept and shown, so it names nobody."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TryLater(ProviderError):
    """The provider is away or busy: the same message may go through later."""


class Refused(ProviderError):
    """This message will never go through, such as a number that does not exist."""


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
