"""Who carries notices to carers. `settings.NOTICE_PROVIDERS` names a class for each channel; without one they stay in the app.

A provider is an object with `send`; what it may answer stands in `people/outbox_providers.py`, and `Gone` here.
"""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from dispatch.notices.models import Notice
from people.outbox_providers import Receipt, Refused


@dataclass(frozen=True, slots=True)
class Message:
    """What a provider gets. `key` stays the same when a message is sent again, so that a provider may notice."""

    key: str
    kind: str  # Notice.Kind: where messages must follow a template (WeChat, some of SMS), which one
    channel: str  # Notice.Channel
    address: str  # SMS, WECHAT: the carer's mobile (E.164); PUSH: see `ways`
    text: str
    of_use_seconds: int


class Gone(Refused):
    """This address is no more. The notice goes the next way that the carer has."""


class Provider(Protocol):
    def send(self, message: Message) -> Receipt:
        """Hand the message over. Raises TryLater, Refused or Gone; anything else counts as a fault of the provider."""


class InApp:
    """Nothing leaves the computer: the carer reads the notice in the app."""

    def send(self, message: Message) -> Receipt:
        """An empty receipt; that it was read is noted when the carer reads it."""
        return Receipt()


def chosen_providers() -> dict[str, Provider]:
    """By channel, the best way first, as the settings name them; the app is always the last."""
    chosen: dict[str, Provider] = {
        Notice.Channel(channel): import_string(path)() for channel, path in settings.NOTICE_PROVIDERS.items()
    }
    return chosen | {Notice.Channel.APP: InApp()}
