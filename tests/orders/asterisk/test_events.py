"""From an exchange's events to the hooks of a call."""

from typing import Any

import pytest

from orders.asterisk import calls
from orders.asterisk.calls import Calls
from orders.services.call_hooks import Event, Hook
from tests.orders.asterisk.exchange import conversation, messages

OUT = "out-5f0c"


@pytest.fixture
def followed() -> Calls:
    return Calls(incoming=["from-trunk"])


def heard(followed: Calls, text: str) -> list[Hook]:
    return [hook for message in messages(text) for hook in followed.hooks(message)]


def hooks(call_id: str, fields: dict[str, Any], *said: tuple[Event, dict[str, Any]]) -> list[Hook]:
    return [Hook(event=event, call_id=call_id, **fields | more) for event, more in said]


def test_a_call_through_a_queue_rings_at_all_and_is_answered_once(followed):
    caller = {"caller": "13800138000", "called": "51782380000", "queue": "care"}

    assert heard(followed, conversation("queue")) == hooks(
        "1789340400.16",
        caller,
        (Event.NEW_CALL, {}),
        (Event.ANSWER, {"answering_number": "8002"}),
        (Event.HANGUP, {"cause": "normalClearing"}),
    )


def test_telephones_dialled_without_a_queue_are_named(followed):
    assert heard(followed, conversation("missed")) == hooks(
        "1789340500.20",
        {"caller": "anonymous", "called": "51782380001"},
        (Event.NEW_CALL, {"users": ("8001", "8002")}),
        (Event.HANGUP, {"cause": "noAnswer"}),
    )


def test_a_call_out_is_answered_by_the_other_side_not_by_the_operators_own_telephone(followed):
    followed.expect(OUT, extension="8001", number="13800138000")

    assert heard(followed, conversation("out", id=OUT)) == hooks(
        OUT,
        {"caller": "8001", "called": "13800138000", "direction": "out"},
        (Event.ANSWER, {"answering_number": "8001"}),
        (Event.HANGUP, {"cause": "normalClearing"}),
    )


def test_a_call_that_an_operator_dials_on_the_telephone_is_a_call_out_too(followed):
    assert heard(followed, conversation("out", id="1789340600.30")) == hooks(
        "1789340600.30",
        {"caller": "8001", "called": "13800138000", "direction": "out"},
        (Event.NEW_CALL, {"users": ("8001",)}),
        (Event.ANSWER, {"answering_number": "8001"}),
        (Event.HANGUP, {"cause": "normalClearing"}),
    )


def test_two_calls_at_once_are_kept_apart(followed):
    one, other = messages(conversation("queue")), messages(conversation("missed"))
    mixed = [message for pair in zip(one, other, strict=False) for message in pair] + one[len(other) :]

    said = [hook for message in mixed for hook in followed.hooks(message)]

    apart = [hook for text in ("queue", "missed") for hook in heard(Calls(incoming=["from-trunk"]), conversation(text))]
    assert sorted(said, key=lambda hook: hook.call_id) == apart


def test_a_telephone_that_cannot_be_rung_ends_the_call_out(followed):
    followed.expect(OUT, extension="8001", number="13800138000")
    failed = f"Event: OriginateResponse\nActionID: {OUT}\nResponse: Failure\nReason: 0\nUniqueid: <null>\n\n"

    assert [(hook.event, hook.cause) for hook in heard(followed, failed * 2)] == [(Event.HANGUP, "noAnswer")]


def test_who_hangs_up_in_the_menu_never_rang(followed):
    first, *_others, last = messages(conversation("queue"))[1:]

    assert [*followed.hooks(first), *followed.hooks(last)] == []


def test_a_call_that_was_there_before_the_bridge_is_left_alone(followed):
    text = conversation("queue")

    assert heard(followed, text[text.index("Event: QueueCallerJoin") :]) == []


def test_a_call_that_is_over_is_forgotten(followed):
    heard(followed, conversation("queue"))

    assert heard(followed, conversation("queue").split("Event: QueueCallerJoin")[0]) == []
    assert len(followed._calls) == 1


def test_calls_without_an_end_do_not_fill_the_memory(followed, monkeypatch):
    monkeypatch.setattr(calls, "MOST_CALLS", 3)
    begun = "Event: Newchannel\nContext: from-trunk\nCallerIDNum: 1\nExten: 2\nUniqueid: {0}\nLinkedid: {0}\n\n"

    for number in range(5):
        heard(followed, begun.format(number))

    assert list(followed._calls) == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("channel", "extension"),
    [
        ("PJSIP/8001-00000012", "8001"),
        ("SIP/8001-0000a1f2", "8001"),
        ("Local/8001@from-queue-00000003;1", "8001"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_telephone_is_part_of_the_channels_name(channel, extension):
    assert calls._extension(channel) == extension
