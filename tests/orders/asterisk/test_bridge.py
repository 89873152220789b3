"""The bridge between a (tiny) Asterisk and the real site, over real sockets."""

import threading
from collections.abc import Callable, Iterator
from queue import Empty, Queue
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError
from structlog.testing import capture_logs

from orders.asterisk import bridge as bridging
from orders.asterisk.ami import AmiError, Connection, Message
from orders.asterisk.bridge import Bridge, Exchange, due_dial, originate
from orders.asterisk.calls import Calls
from orders.asterisk.post import Answer, Outbox, sender
from orders.models import CallBack, CallRecord, Extension
from orders.services.call_hooks import Hook
from orders.services.dialling import Dial, dial
from people import clock
from people.masking import mask_event
from people.roles import Role
from tests.cast import make_user
from tests.flows.waiting import wait_for
from tests.orders.asterisk.exchange import PATIENCE, SECRET, FakeAsterisk, conversation, running

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "a-token-of-the-exchange"


@pytest.fixture
def asterisk() -> Iterator[FakeAsterisk]:
    fake = FakeAsterisk()
    yield fake
    fake.close()


@pytest.fixture
def taken() -> Queue[str]:
    """The events that the site has taken, one after the other."""
    return Queue()


@pytest.fixture
def make_bridge(
    asterisk: FakeAsterisk, live_server: Any, settings: Any, taken: Queue[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[Bridge, threading.Event]]]:
    """A bridge between the two, that tries again at once."""
    settings.CTI_TOKENS = [TOKEN]
    monkeypatch.setattr(bridging, "RECONNECT_SECONDS", (0.01,))
    monkeypatch.setattr(bridging, "POLL_SECONDS", 0.05)
    send = sender(f"{live_server.url}/api/v1/cti/{TOKEN}/")
    outboxes = []

    def recorded(hook: Hook) -> Answer:
        answer = send(hook)
        if answer is not Answer.AWAY:  # a busy machine may be slow at first: it is tried again
            taken.put(f"{hook.event} {answer.name}")
        return answer

    def make(*, secret: str = SECRET, wishes: Callable[[], Dial | None] = due_dial) -> tuple[Bridge, threading.Event]:
        outboxes.append(outbox := Outbox(recorded))
        stop = threading.Event()
        calls = Calls(incoming=["from-trunk"])
        return Bridge(at(asterisk.port, secret), calls=calls, outbox=outbox, stop=stop, due_dial=wishes), stop

    yield make
    for outbox in outboxes:
        outbox.close()


def at(port: int, secret: str = SECRET) -> Exchange:
    return Exchange("127.0.0.1", port, "bridge", secret, channel="PJSIP/{extension}", context="from-internal")


def heard(queue: Queue[Any], number: int) -> list[Any]:
    return [queue.get(timeout=PATIENCE) for _ in range(number)]


@pytest.fixture
def ma() -> User:
    user = make_user("ma", Role.OPERATOR)
    Extension.objects.create(user=user, number="8002")
    return user


def test_a_call_in_the_exchange_is_a_call_on_the_site(asterisk, make_bridge, taken, ma):
    with running(*make_bridge()):
        connection = asterisk.logged_in.get(timeout=PATIENCE)
        asterisk.say(connection, conversation("queue"))
        asterisk.say(connection, conversation("missed"))
        assert heard(taken, 5) == [
            "newCall TAKEN", "answer TAKEN", "hangup TAKEN", "newCall TAKEN", "hangup TAKEN",
        ]  # fmt: skip

    login = asterisk.heard.get(timeout=PATIENCE)
    assert (login["Action"], login["Username"], login["Events"]) == ("Login", "bridge", "call,agent")
    answered, missed = CallRecord.objects.order_by("call_id")
    assert (answered.status, answered.answered_by, answered.number, answered.queue, answered.cause) == (
        "ended", ma, "+8613800138000", "care", "normalClearing",
    )  # fmt: skip
    assert (missed.status, missed.number, missed.rings_at_all, list(missed.rings_at.all())) == (
        "missed",
        "",
        False,
        [ma],
    )
    assert not CallBack.objects.exists()


def test_an_operators_wish_to_dial_is_said_once_and_its_events_belong_to_it(asterisk, make_bridge, taken, ma):
    call = dial(number="0517-82380123", actor=ma, now=clock.now())

    with running(*make_bridge()):
        connection = asterisk.logged_in.get(timeout=PATIENCE)
        _login, wish = heard(asterisk.heard, 2)
        asterisk.say(connection, conversation("out", id=call.call_id))
        assert heard(taken, 2) == ["answer TAKEN", "hangup TAKEN"]

    assert wish == {
        "Action": "Originate", "ActionID": call.call_id, "ChannelId": call.call_id, "Channel": "PJSIP/8002",
        "Context": "from-internal", "Exten": "051782380123", "Priority": "1", "CallerID": "051782380123",
        "Timeout": "30000", "Async": "true",
    }  # fmt: skip
    with pytest.raises(Empty):
        asterisk.heard.get_nowait()
    call.refresh_from_db()
    assert (call.status, call.answered_by, call.number) == ("ended", ma, "+8651782380123")


def test_a_connection_that_breaks_is_made_again_in_the_middle_of_a_call(asterisk, make_bridge, taken):
    before, after = conversation("queue").split("Event: Newstate", 1)

    with running(*make_bridge()):
        connection = asterisk.logged_in.get(timeout=PATIENCE)
        asterisk.say(connection, before)
        connection.shutdown(2)
        connection = asterisk.logged_in.get(timeout=PATIENCE)
        asterisk.say(connection, "Event: Newstate" + after)
        assert heard(taken, 3) == ["newCall TAKEN", "answer TAKEN", "hangup TAKEN"]

    assert CallRecord.objects.get().status == "ended"


def test_a_wrong_secret_is_reported_without_the_secret_and_tried_again(asterisk, make_bridge):
    with capture_logs() as logs, running(*make_bridge(secret="wrong-secret")):
        logins = heard(asterisk.heard, 2)

    assert [login["Action"] for login in logins] == ["Login", "Login"]
    assert {entry["event"] for entry in logs} == {"exchange_away"}
    assert logs[0]["why"] == "the exchange refuses this user and secret"
    assert "wrong-secret" not in str(logs)
    assert "wrong-secret" not in repr(at(1, "wrong-secret"))


def test_what_is_no_asterisk_is_left_again(make_bridge, monkeypatch, asterisk):
    monkeypatch.setattr("tests.orders.asterisk.exchange.BANNER", "220 mail.example.cn ESMTP\n")

    with capture_logs() as logs, running(*make_bridge()):
        wait_for(lambda: logs, "a word about the exchange")

    assert logs[0]["why"] == "this is not the manager interface of an Asterisk"
    assert asterisk.logged_in.empty()


def test_an_exchange_that_is_not_there_is_waited_for(asterisk, make_bridge):
    bridge, stop = make_bridge()
    asterisk.close()

    with capture_logs() as logs, running(bridge, stop):
        wait_for(lambda: logs, "a word about the exchange")

    assert (logs[0]["event"], logs[0]["seconds"]) == ("exchange_away", 0.01)


def test_a_silent_exchange_is_asked_for_a_sign_of_life_and_then_left(asterisk, make_bridge, monkeypatch):
    monkeypatch.setattr(bridging, "SILENCE_SECONDS", 0.1)

    with capture_logs() as logs, running(*make_bridge()):
        heard(asterisk.logged_in, 2)
        assert [message["Action"] for message in heard(asterisk.heard, 3)] == ["Login", "Ping", "Login"]

    assert "no sign of life" in {entry.get("why") for entry in logs}


def test_a_database_that_is_away_does_not_end_the_bridge(asterisk, make_bridge, taken, monkeypatch):
    def away(**_words: Any) -> Dial | None:
        raise DatabaseError("13800138000")

    monkeypatch.setattr(bridging, "take_due_dial", away)

    with capture_logs() as logs, running(*make_bridge()):
        connection = asterisk.logged_in.get(timeout=PATIENCE)
        asterisk.say(connection, conversation("missed"))
        heard(taken, 2)

    assert "dials_unknown" in {entry["event"] for entry in logs}
    assert "13800138000" not in str(logs)


def test_the_token_and_the_secret_are_in_no_log(asterisk, make_bridge, taken, caplog):
    with caplog.at_level("DEBUG"), capture_logs() as logs, running(*make_bridge()):
        asterisk.say(asterisk.logged_in.get(timeout=PATIENCE), conversation("missed"))
        heard(taken, 2)

    told = str([mask_event(None, "", dict(entry)) for entry in logs])  # as the settings write them
    assert "/api/v1/cti/***/" in told
    assert SECRET not in told + caplog.text
    assert TOKEN not in told


def test_a_connection_that_breaks_between_two_wishes_costs_neither(asterisk, make_bridge, monkeypatch):
    wishes = [Dial(f"out-{number}", "8002", f"+861390013900{number}") for number in range(2)]
    send, said = Connection.send, []

    def breaking(connection: Connection, fields: Message) -> None:
        send(connection, fields)
        if fields["Action"] == "Originate":
            said.append(fields["ActionID"])
            if len(said) == 1:
                raise AmiError("connection lost")

    monkeypatch.setattr(Connection, "send", breaking)

    with running(*make_bridge(wishes=lambda: wishes.pop(0) if wishes else None)):
        wait_for(lambda: len(said) == 2, "both wishes")

    assert said == ["out-0", "out-1"]


def test_much_to_hear_is_no_reason_to_ask_the_database_more_often(asterisk, make_bridge, taken, monkeypatch):
    monkeypatch.setattr(bridging, "POLL_SECONDS", 1_000)
    looked: list[None] = []
    bridge, stop = make_bridge(wishes=lambda: looked.append(None))

    with running(bridge, stop):
        connection = asterisk.logged_in.get(timeout=PATIENCE)
        for _ in range(3):
            asterisk.say(connection, conversation("missed"))
            heard(taken, 2)
        stop.set()
        connection.shutdown(2)

    assert looked == []


def test_a_foreign_number_is_dialled_by_its_digits():
    assert originate(Dial("out-1", "8001", "+85221234567"), at(1))["Exten"] == "85221234567"


def test_a_carers_telephone_rings_through_the_dialplan_and_shows_no_elders_number():
    action = originate(Dial("out-1", "", "+8613800138000", "+8613900139001", "0517-12349"), at(1))

    assert (action["Channel"], action["Exten"]) == (f"Local/13900139001@{at(1).context}", "13800138000")
    assert action["CallerID"] == "051712349"


class TestCommand:
    def test_without_a_secret_it_says_which_variable_is_missing(self, monkeypatch):
        monkeypatch.delenv("ASTERISK_SECRET", raising=False)

        with pytest.raises(CommandError, match="Set ASTERISK_SECRET"):
            call_command("asterisk_bridge", user="bridge")

    def test_without_a_token_it_does_not_begin(self, monkeypatch, settings):
        monkeypatch.setenv("PBX", SECRET)
        settings.CTI_TOKENS = []

        with pytest.raises(CommandError, match="Set CTI_TOKENS"):
            call_command("asterisk_bridge", user="bridge", secret_env="PBX")
