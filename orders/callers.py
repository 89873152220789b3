"""The number an exchange names: kept as it can be called, kept as text when it cannot, empty when it is withheld."""

import re
import unicodedata
from dataclasses import dataclass

from people.blind_index import blind
from people.errors import Invalid
from people.phones import normalize

LONGEST_NUMBER = 64
# What exchanges write when the caller shows no number.
_WITHHELD = frozenset(
    {"", "anonymous", "unknown", "restricted", "private", "withheld", "unavailable", "blocked", "none", "匿名", "未知"}
)
_SIP = re.compile(r"sips?:([^@;]*)")


@dataclass(frozen=True, slots=True)
class Number:
    """A number, its blind index (the mark of `people.models.Phone` where it can be called) and its last characters."""

    text: str = ""
    index: str = ""
    tail: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)


WITHHELD = Number()


def read_number(raw: str) -> Number:
    """The number in E.164, an internal or senseless one as its text, or WITHHELD; never an error."""
    text = unicodedata.normalize("NFKC", raw).strip().strip("<>").strip()
    if sip := _SIP.match(text):
        text = sip[1]
    if text.lower() in _WITHHELD:
        return WITHHELD
    try:
        text = normalize(text)
    except Invalid:
        text = text[:LONGEST_NUMBER]
    return Number(text, blind("phone", text), text[-4:])
