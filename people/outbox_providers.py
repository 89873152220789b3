"""What whoever carries messages out of the house answers. Each table of messages says what its providers get.

A provider bounds its own waiting (a few seconds) and is called outside any transaction.
"""

from dataclasses import dataclass


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
