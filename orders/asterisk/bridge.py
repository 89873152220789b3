"""The bridge between an Asterisk and the site: its events become hooks, operators' wishes to dial become its calls."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError, close_old_connections

from orders.asterisk.ami import AmiError, Connection, Message
from orders.asterisk.calls import Calls
from orders.asterisk.post import Outbox
from orders.services.dialling import Dial, take_due_dial
from people import clock
from people.phones import national

_log = structlog.get_logger(__name__)

RECONNECT_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
# The manager is asked for a sign of life after so much silence, and given up after twice as much.
SILENCE_SECONDS = 30.0
POLL_SECONDS = 0.5
RING_MILLISECONDS = 30_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """Where the manager interface is, who logs in, and how a call out is made there."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    channel: str  # the operator's telephone, with {extension}
    context: str  # the dialplan context in which an operator's call begins


class Bridge:
    """Runs until it is told to stop, whatever the exchange, the site or the database does meanwhile."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        calls: Calls,
        outbox: Outbox,
        stop: threading.Event,
        due_dial: Callable[[], Dial | None],
    ) -> None:
        self._exchange = exchange
        self._calls = calls
        self._outbox = outbox
        self._stop = stop
        self._due_dial = due_dial

    def run(self) -> None:
        """Stay connected: after a loss at once, then at longer and longer intervals."""
        pauses = iter(RECONNECT_SECONDS)
        while not self._stop.is_set():
            try:
                with Connection(self._exchange.host, self._exchange.port) as connection:
                    connection.log_in(self._exchange.user, self._exchange.secret)
                    _log.info("exchange_connected", host=self._exchange.host)
                    pauses = iter(RECONNECT_SECONDS)
                    self._serve(connection)
            except AmiError as error:
                pause = next(pauses, RECONNECT_SECONDS[-1])
                _log.warning("exchange_away", host=self._exchange.host, why=str(error), seconds=pause)
                self._stop.wait(pause)

    def _serve(self, connection: Connection) -> None:
        heard = looked = time.monotonic()
        asked = False
        while not self._stop.is_set():
            for message in connection.receive(POLL_SECONDS):
                heard, asked = time.monotonic(), False
                self._hear(message)
            silent = time.monotonic() - heard
            if silent > 2 * SILENCE_SECONDS:
                raise AmiError("no sign of life")
            if silent > SILENCE_SECONDS and not asked:
                connection.send({"Action": "Ping"})
                asked = True
            if time.monotonic() - looked >= POLL_SECONDS:  # by the clock, however much there is to hear
                self._dial(connection)
                looked = time.monotonic()

    def _dial(self, connection: Connection) -> None:
        """Make the calls that are due: one is taken when the one before is said, so that a loss costs no other."""
        while (dial := self._due_dial()) is not None:
            self._calls.expect(dial.call_id, extension=dial.extension, number=dial.number)
            connection.send(originate(dial, self._exchange))

    def _hear(self, message: Message) -> None:
        for hook in self._calls.hooks(message):
            self._outbox.put(hook)


def due_dial() -> Dial | None:
    """The next call to make; none while the database is away."""
    try:
        close_old_connections()
        return take_due_dial(now=clock.now())
    except DatabaseError as error:
        _log.warning("dials_unknown", why=type(error).__name__)
        return None


def originate(dial: Dial, exchange: Exchange) -> Message:
    """The action that rings the first telephone and, once it is taken up, the number; its id names the call.

    An operator's telephone shows the number. One outside goes through the dialplan and shows the hotline.
    """
    digits = _digits(dial.number)
    outside = f"Local/{_digits(dial.first_number)}@{exchange.context}" if dial.first_number else ""
    return {
        "Action": "Originate",
        "ActionID": dial.call_id,
        "ChannelId": dial.call_id,
        "Channel": outside or exchange.channel.format(extension=dial.extension),
        "Context": exchange.context,
        "Exten": digits,
        "Priority": "1",
        "CallerID": _only_digits(dial.shown) if outside else digits,
        "Timeout": str(RING_MILLISECONDS),
        "Async": "true",
    }


def _digits(number: str) -> str:
    """An E.164 number as it is dialled."""
    return _only_digits(national(number))


def _only_digits(text: str) -> str:
    return re.sub(r"\D", "", text)
