"""How personal data looks when it must not be seen: phones 138****8000, ID numbers 320***********1234.

Imports nothing of the project, because the settings use it for the logs.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

# Any run this long may hold a mobile number, an ID number, or both with a prefix; so the whole run is masked.
_LONG_RUN = re.compile(r"\d{11,}[Xx]?")
_SPACED_ID_NUMBER = re.compile(r"\d{6}[ -]\d{4}[ -]?\d{4}[ -]\d{3}[\dXx]")
_SPACED_MOBILE = re.compile(r"1[3-9]\d[ -]\d{4}[ -]\d{4}")
# The exchange's token is part of an address, and addresses are logged.
_HOOK_TOKEN = re.compile(r"(?<=/cti/)[^/?\s]+")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ -]?\d{7,8}(?!\d)")


def mask_phone(number: str) -> str:
    """A phone number with its middle hidden: the first three and the last four digits stay; of short ones only two."""
    digits = re.sub(r"\D", "", number.removeprefix("+86"))
    if len(digits) < 9:
        return "*" * max(len(digits) - 2, 0) + digits[-2:]
    return _ends(digits)


def mask_id_number(number: str) -> str:
    """An 18-character national ID number with only the first three and the last four characters left."""
    return _ends(number) if number else ""


def mask_name(name: str) -> str:
    """A person's name as strangers may see it: the family name and two stars, 李**."""
    return f"{name[:1]}**"


def mask_text(text: str) -> str:
    """The text with every phone, national ID number and exchange's token masked, however numbers are written."""
    text = _HOOK_TOKEN.sub("***", text)
    for pattern in (_SPACED_ID_NUMBER, _SPACED_MOBILE, _LONG_RUN, _LANDLINE):
        text = pattern.sub(lambda match: _ends(match.group()), text)
    return text


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: mask every text, number and nested value of a log event."""
    for key, value in event.items():
        if not key.startswith("_"):  # structlog's own: the record
            event[key] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, bool | float | None):
        return value
    if isinstance(value, int):
        text = str(value)
        hidden = mask_text(text)
        return value if hidden == text else hidden
    if isinstance(value, Mapping):
        return {mask_text(str(key)): _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item) for item in value]
    return mask_text(value if isinstance(value, str) else repr(value))


def _ends(text: str) -> str:
    """The first three and the last four characters, stars between."""
    return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"
