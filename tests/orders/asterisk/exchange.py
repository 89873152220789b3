"""A tiny Asterisk on loopback that plays a written conversation, and what the product's side needs to hear it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue

from django.db import connections

from orders.asterisk.ami import Blocks, Message
from orders.asterisk.bridge import Bridge

CONVERSATIONS = Path(__file__).parent / "conversations"
BANNER = "Asterisk Call Manager/7.0.3\n"
WELCOME = "Response: Success\nActionID: login\nMessage: Authentication accepted\n\n"
REFUSAL = "Response: Error\nActionID: login\nMessage: Authentication failed\n\n"
SECRET = "a-secret-of-the-manager"
PATIENCE = 20  # seconds; only a broken product waits that long


def conversation(name: str, **named: str) -> str:
    """The events of a recorded conversation, after its banner and the answer to the login."""
    text = (CONVERSATIONS / f"{name}.txt").read_text().removeprefix(BANNER).removeprefix(WELCOME)
    for key, value in named.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def messages(text: str) -> list[Message]:
    return list(Blocks().feed(on_the_wire(text)))


def on_the_wire(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


class FakeAsterisk:
    """Greets, checks the secret, says what it is told to, and keeps what it hears in `heard`."""

    def __init__(self, *, greeting: str = "") -> None:
        """`greeting`: what comes in one piece with the answer to the login."""
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: Queue[Message] = Queue()
        self.logged_in: Queue[socket.socket] = Queue()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def say(self, connection: socket.socket, text: str) -> None:
        connection.sendall(on_the_wire(text))

    def close(self) -> None:
        with suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=PATIENCE)

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(on_the_wire(BANNER))
        blocks = Blocks()
        while data := connection.recv(4096):
            for message in blocks.feed(data):
                self.heard.put(message)
                if message.get("Action") == "Login":
                    if message.get("Secret") != SECRET:
                        connection.sendall(on_the_wire(REFUSAL))
                        return
                    connection.sendall(on_the_wire(WELCOME + self._greeting))
                    self.logged_in.put(connection)


@contextmanager
def running(bridge: Bridge, stop: threading.Event) -> Iterator[None]:
    """The bridge at work on a thread of its own, ended with the block."""

    def run() -> None:
        try:
            bridge.run()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=PATIENCE)
        assert not thread.is_alive()
