"""The manager's blocks are read however the network cuts them, and nothing can be slipped into one."""

import pytest

from orders.asterisk.ami import LONGEST_BLOCK, AmiError, Blocks, Connection, Message, written
from tests.orders.asterisk.exchange import PATIENCE, SECRET, FakeAsterisk, conversation, messages, on_the_wire


def test_a_conversation_is_the_same_cut_anywhere():
    text = conversation("queue")
    whole = messages(text)
    blocks = Blocks()

    byte_by_byte = [message for byte in on_the_wire(text) for message in blocks.feed(bytes([byte]))]

    assert len(whole) == 27
    assert byte_by_byte == whole
    assert whole[1]["Event"] == "Newchannel"
    assert (whole[1]["CallerIDNum"], whole[1]["AccountCode"], whole[1]["Linkedid"]) == (
        "13800138000", "", "1789340400.16",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"Event: Hangup\r\nCause-txt: a: b\r\n\r\n", [{"Event": "Hangup", "Cause-txt": "a: b"}]),
        (b"no field at all\r\nEvent: X\r\n\r\n", [{"Event": "X"}]),
        (b"\r\n\r\n\r\n", []),
        (b"CallerIDName: \xff\xfe\r\n\r\n", [{"CallerIDName": "��"}]),
        ("CallerIDName: 老张👵🏻\r\n\r\n".encode(), [{"CallerIDName": "老张👵🏻"}]),
        (b"Event: half", []),
    ],
)
def test_odd_blocks(sent, read):
    assert list(Blocks().feed(sent)) == read


def test_a_block_that_never_ends_is_no_conversation():
    with pytest.raises(AmiError):
        list(Blocks().feed(b"x" * (LONGEST_BLOCK + 1)))


def test_a_message_is_written_line_by_line():
    assert written({"Action": "Ping", "ActionID": "1"}) == b"Action: Ping\r\nActionID: 1\r\n\r\n"


@pytest.mark.parametrize("text", ["1\r\nAction: Command", "1\nx", "\r"])
def test_a_line_break_in_a_field_is_never_sent(text):
    with pytest.raises(ValueError, match="line break"):
        written({"Action": "Originate", "Exten": text})


def test_what_comes_with_the_answer_to_the_login_is_heard():
    asterisk = FakeAsterisk(greeting=conversation("missed"))
    with Connection("127.0.0.1", asterisk.port) as connection:
        connection.log_in("bridge", SECRET)
        said: list[Message] = []
        while len(said) < 12:
            said += connection.receive(PATIENCE)

    asterisk.close()
    assert said == messages(conversation("missed"))
