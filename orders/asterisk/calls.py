"""From the events of an Asterisk to the three hooks of a call. Pure: messages in, hooks out, no clock and no network.

A call is all channels with one Linkedid; its first channel, whose Uniqueid is that Linkedid, is the caller's (of a call
out: the operator's). A call in is announced when a queue takes it (it then rings at all), or when the first telephone
rings (it then rings at all that were dialled by then). A caller who hangs up before that never rang anywhere.
"""

import re
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from orders.asterisk.ami import Message
from orders.services.call_hooks import Event, Hook

MOST_CALLS = 10_000

_TECHNOLOGY = re.compile(r"^[A-Za-z0-9]+/([^-@/;:]+)")
_RINGING, _UP = "5", "6"
# Causes of Q.850 as Asterisk numbers them, in the words of the hooks.
_CAUSES = {
    "1": "notFound",
    "16": "normalClearing",
    "17": "busy",
    "18": "noAnswer",
    "19": "noAnswer",
    "20": "notReachable",
    "21": "rejected",
    "26": "answeredElsewhere",
    "34": "congestion",
}


@dataclass(slots=True)
class _Call:
    """What is known of a call so far."""

    direction: str
    caller: str = ""
    called: str = ""
    queue: str = ""
    dialled: dict[str, str] = field(default_factory=dict)  # channel id → extension
    is_announced: bool = False
    is_answered: bool = False


class Calls:
    """Follows every call of the exchange; the oldest is forgotten when there are too many to be true."""

    def __init__(self, *, incoming: Collection[str]) -> None:
        """`incoming`: the dialplan contexts in which calls from outside begin."""
        self._incoming = frozenset(incoming)
        self._calls: OrderedDict[str, _Call] = OrderedDict()

    def hooks(self, message: Message) -> Iterator[Hook]:
        """What the message means for the site; most mean nothing."""
        key = message.get("Linkedid") or message.get("DestLinkedid", "")
        match message.get("Event"):
            case "Newchannel" if key and message.get("Uniqueid") == key:
                self._begin(key, message)
            case "QueueCallerJoin":
                yield from self._queued(key, message)
            case "DialBegin":
                yield from self._dialled(key, message)
            case "Newstate":
                yield from self._state(key, message)
            case "DialEnd" if message.get("DialStatus") == "ANSWER":
                yield from self._answered(key, message.get("DestUniqueid", ""), message.get("DestChannel", ""))
            case "AgentConnect":
                yield from self._answered(key, message.get("DestUniqueid", ""), message.get("DestChannel", ""))
            case "BridgeEnter":
                yield from self._bridged(key, message)
            case "Hangup" if message.get("Uniqueid") == key:
                yield from self._ended(key, _CAUSES.get(message.get("Cause", ""), message.get("Cause-txt", "")))
            case "OriginateResponse" if message.get("Response") == "Failure":
                yield from self._ended(message.get("ActionID", ""), "noAnswer")

    def expect(self, call_id: str, *, extension: str, number: str) -> None:
        """Know a call out that is about to be made for an operator: its record exists, so it counts as announced."""
        self._remember(call_id, _Call("out", caller=extension, called=number, is_announced=True))

    def _begin(self, key: str, message: Message) -> None:
        if key in self._calls:
            return
        if message.get("Context") in self._incoming:
            call = _Call("in", caller=message.get("CallerIDNum", ""), called=message.get("Exten", ""))
        else:
            call = _Call("out", caller=_extension(message.get("Channel", "")))
        self._remember(key, call)

    def _remember(self, key: str, call: _Call) -> None:
        self._calls[key] = call
        if len(self._calls) > MOST_CALLS:
            self._calls.popitem(last=False)

    def _queued(self, key: str, message: Message) -> Iterator[Hook]:
        call = self._calls.get(key)
        if call is not None:
            call.queue = call.queue or message.get("Queue", "")
            yield from self._announce(key, call)

    def _dialled(self, key: str, message: Message) -> Iterator[Hook]:
        call = self._calls.get(key)
        if call is None or message.get("DestUniqueid") == key:  # the operator's own telephone, of a call out
            return
        if call.direction == "in":
            call.dialled[message.get("DestUniqueid", "")] = _extension(message.get("DestChannel", ""))
        else:
            call.called = call.called or message.get("Exten", "")
            call.dialled[message.get("DestUniqueid", "")] = call.caller
            yield from self._announce(key, call)

    def _state(self, key: str, message: Message) -> Iterator[Hook]:
        call = self._calls.get(key)
        if call is not None and message.get("Uniqueid") in call.dialled and message.get("ChannelState") == _RINGING:
            yield from self._announce(key, call)

    def _bridged(self, key: str, message: Message) -> Iterator[Hook]:
        call = self._calls.get(key)
        if call is not None and message.get("Uniqueid") in call.dialled and message.get("ChannelState") == _UP:
            yield from self._answered(key, message["Uniqueid"], message.get("Channel", ""))

    def _answered(self, key: str, channel_id: str, channel: str) -> Iterator[Hook]:
        call = self._calls.get(key)
        if call is None or call.is_answered or channel_id == key:
            return
        extension = call.dialled.get(channel_id) or _extension(channel)
        yield from self._announce(key, call)
        call.is_answered = True
        yield _hook(key, call, Event.ANSWER, answering_number=extension)

    def _announce(self, key: str, call: _Call) -> Iterator[Hook]:
        if not call.is_announced:
            call.is_announced = True
            users = () if call.queue else tuple(dict.fromkeys(call.dialled.values()))
            yield _hook(key, call, Event.NEW_CALL, users=users)

    def _ended(self, key: str, cause: str) -> Iterator[Hook]:
        call = self._calls.pop(key, None)
        if call is not None and call.is_announced:
            yield _hook(key, call, Event.HANGUP, cause=cause)


def _hook(
    key: str, call: _Call, event: Event, *, users: tuple[str, ...] = (), answering_number: str = "", cause: str = ""
) -> Hook:
    return Hook(
        event=event,
        call_id=key,
        caller=call.caller,
        called=call.called,
        direction=call.direction,
        queue=call.queue,
        users=users,
        answering_number=answering_number,
        cause=cause,
    )


def _extension(channel: str) -> str:
    """The telephone in the name of a channel: 8001 of PJSIP/8001-00000012 and of Local/8001@from-queue-00000003;1."""
    found = _TECHNOLOGY.match(channel)
    return found[1] if found else ""
