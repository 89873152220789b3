"""No personal number passes into a log or a list, however it is written."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from people.masking import mask_event, mask_id_number, mask_phone, mask_text

MOBILE = re.compile(r"1[3-9]\d{9}")
ID_NUMBER = re.compile(r"\d{17}[\dXx]")


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13800138000", "138****8000"),
        ("+8613800138000", "138****8000"),
        ("0517-82380123", "051*****0123"),
        ("+8651782380123", "517****0123"),
        ("82380123", "******23"),
        ("120", "*20"),
        ("1", "1"),
        ("", ""),
    ],
)
def test_a_phone_number_keeps_its_ends(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [("320826194108159989", "320***********9989"), ("32082619850101002X", "320***********002X"), ("", "")],
)
def test_an_id_number_keeps_its_ends(number: str, masked: str) -> None:
    assert mask_id_number(number) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请回电13800138000。", "请回电138****8000。"),
        ("tel:+8613800138000", "tel:+861******8000"),
        ("138 0013 8000 / 138-0013-8000", "138******8000 / 138******8000"),
        ("id=320826194108159989&x", "id=320***********9989&x"),
        ("x32082619850101002Xy", "x320***********002Xy"),
        ("320826 19410815 9989", "320*************9989"),
        ("0517-82380123 急", "051******0123 急"),
        ("POST /api/v1/cti/kT-9_x~a/?a=1 b", "POST /api/v1/cti/***/?a=1 b"),
        ("订单 20260302-17, 120 分钟, 33.78", "订单 20260302-17, 120 分钟, 33.78"),
    ],
)
def test_numbers_inside_a_text_are_masked_and_others_left(text: str, masked: str) -> None:
    assert mask_text(text) == masked


_NUMBERS = st.one_of(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"[0-9]{17}[0-9Xx]", fullmatch=True),
    st.text(alphabet="0123456789Xx +-，张a", max_size=30),
)


@given(st.lists(_NUMBERS, min_size=1, max_size=5).map("".join))
@hypothesis_settings(max_examples=300, derandomize=True, deadline=None)
def test_no_mobile_and_no_id_number_survives(text: str) -> None:
    masked = mask_text(text)

    assert not MOBILE.search(masked)
    assert not ID_NUMBER.search(masked)


@given(st.text(max_size=60))
@hypothesis_settings(max_examples=200, derandomize=True, deadline=None)
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


def test_every_value_of_a_log_event_is_masked_at_any_depth() -> None:
    class Row:
        def __repr__(self) -> str:
            return "<Row 13800138000>"

    event = mask_event(
        None,
        "info",
        {
            "event": "call from 13800138000",
            "number": 13800138000,
            "nested": {"13800138000": ["320826194108159989", ("13900139001",)]},
            "row": Row(),
            "minutes": 90,
            "share": 0.7,
            "ok": True,
            "nothing": None,
        },
    )

    assert event == {
        "event": "call from 138****8000",
        "number": "138****8000",
        "nested": {"138****8000": ["320***********9989", ["139****9001"]]},
        "row": "<Row 138****8000>",
        "minutes": 90,
        "share": 0.7,
        "ok": True,
        "nothing": None,
    }


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the product's own logging set-up writes to its console."""
    stream = io.StringIO()
    configured: dict[str, Any] = settings.LOGGING["formatters"]["json"]  # type: ignore[index]
    options = {key: value for key, value in configured.items() if key != "()"}
    formatter = configured["()"](**options)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def test_the_log_of_a_library_is_masked_traceback_and_all(written: io.StringIO) -> None:
    try:
        raise ValueError("no such number 13800138000")
    except ValueError:
        logging.getLogger("library").exception("failed for %s", "320826194108159989", extra={"caller": "13900139001"})

    line = json.loads(written.getvalue())
    assert line["event"] == "failed for 320***********9989"
    assert line["caller"] == "139****9001"
    assert "138****8000" in line["exception"]
    assert not MOBILE.search(written.getvalue())


def test_our_own_structured_log_is_masked(written: io.StringIO) -> None:
    structlog.get_logger("ours").warning("request_started", request="GET /people/?q=13800138000", user_id=7)

    line = json.loads(written.getvalue())
    assert (line["request"], line["user_id"]) == ("GET /people/?q=138****8000", 7)
