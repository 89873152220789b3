"""The Asterisk Manager Interface on the wire: blocks of `Key: value` lines over TCP, one blank line after each.

https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Manager-Interface-AMI/
"""

import socket
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

Message = Mapping[str, str]

CONNECT_SECONDS = 10.0
LONGEST_BLOCK = 64 * 1024


class AmiError(Exception):
    """The exchange refused, went away, or does not speak AMI. The text never holds a secret."""


class Blocks:
    """Cuts a stream of bytes into messages, however the network has cut it."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that these bytes complete.

        Raises AmiError for a block that does not end.
        """
        self._rest += data
        *blocks, self._rest = self._rest.split(b"\r\n\r\n")
        if len(self._rest) > LONGEST_BLOCK:
            raise AmiError("a block without an end")
        for block in blocks:
            if message := _parsed(block.decode(errors="replace")):
                yield message


def _parsed(block: str) -> Message:
    """The fields of a block; a line without a colon (the banner, output of a command) is no field."""
    fields = (line.partition(":") for line in block.split("\r\n"))
    return {key.strip(): value.strip() for key, colon, value in fields if colon}


def written(fields: Message) -> bytes:
    """A message as it is sent.

    Raises ValueError for a line break inside: it would begin a field, or a message, of its own.
    """
    lines = [f"{key}: {value}" for key, value in fields.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a field of an AMI message holds a line break")
    return "\r\n".join([*lines, "", ""]).encode()


class Connection:
    """A logged-in connection, closed with its block."""

    def __init__(self, host: str, port: int) -> None:
        """Connect. Raises AmiError when nobody answers, or not as an Asterisk."""
        self._blocks = Blocks()
        self._heard: list[Message] = []  # what came in one piece with the answer to the login
        try:
            self._socket = socket.create_connection((host, port), CONNECT_SECONDS)
        except OSError as error:
            raise AmiError(f"no connection: {error}") from error
        try:
            self._skip_banner()
        except AmiError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def _skip_banner(self) -> None:
        """The one line that no blank line follows: “Asterisk Call Manager/7.0.3”."""
        banner = b""
        while not banner.endswith(b"\n"):
            banner += self._received(1)
            if len(banner) > 200:
                break
        if not banner.startswith(b"Asterisk Call Manager"):
            raise AmiError("this is not the manager interface of an Asterisk")

    def log_in(self, user: str, secret: str) -> None:
        """Log in for the events of calls and agents. Raises AmiError when user or secret is wrong."""
        self.send({"Action": "Login", "ActionID": "login", "Username": user, "Secret": secret, "Events": "call,agent"})
        while messages := self.receive(CONNECT_SECONDS):
            for place, message in enumerate(messages, start=1):
                if message.get("ActionID") == "login" and "Response" in message:
                    if message["Response"] != "Success":
                        raise AmiError("the exchange refuses this user and secret")
                    self._heard = messages[place:]
                    return
        raise AmiError("no answer to the login")

    def send(self, fields: Message) -> None:
        """Send an action. Raises AmiError when the connection is gone."""
        try:
            self._socket.settimeout(CONNECT_SECONDS)
            self._socket.sendall(written(fields))
        except OSError as error:
            raise AmiError(f"connection lost: {error}") from error

    def receive(self, seconds: float) -> list[Message]:
        """The messages that come within so many seconds, perhaps none. Raises AmiError when the connection is gone."""
        if self._heard:
            heard, self._heard = self._heard, []
            return heard
        self._socket.settimeout(seconds)
        try:
            data = self._received(16 * 1024)
        except TimeoutError:
            return []
        return list(self._blocks.feed(data))

    def _received(self, most: int) -> bytes:
        try:
            data = self._socket.recv(most)
        except TimeoutError:
            raise
        except OSError as error:
            raise AmiError(f"connection lost: {error}") from error
        if not data:
            raise AmiError("the exchange closed the connection")
        return data
