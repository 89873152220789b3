"""How personal data looks when it must not be seen: phones 138****8000, ID numbers 320**********1234."""

import re
from collections.abc import MutableMapping
from typing import Any

_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])(\d{3})\d{11}(\d{3}[0-9Xx])(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def mask_phone(number: str) -> str:
    """A phone number with its middle hidden: the first three and the last four digits stay; shorter ones lose all but two."""
    digits = re.sub(r"\D", "", number.removeprefix("+86"))
    if len(digits) < 9:
        return "*" * max(len(digits) - 2, 0) + digits[-2:]
    return f"{digits[:3]}{'*' * (len(digits) - 7)}{digits[-4:]}"


def mask_id_number(number: str) -> str:
    """An 18-character national ID number with only the first three and the last four characters left."""
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}" if number else ""


def mask_text(text: str) -> str:
    """The text with every mobile number and national ID number in it masked."""
    return _MOBILE.sub(r"\1****\2", _ID_NUMBER.sub(r"\1***********\2", text))


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: mask every text of a log event."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = mask_text(value)
    return event
