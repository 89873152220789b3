"""From a cell to a value: one small reader for each kind of column. Each raises BadCell with the reason."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from dispatch.intake.workbook import Cell
from people.clock import YEARS

Reader = Callable[[Cell], Any]
D = TypeVar("D", date, datetime)

# A spreadsheet keeps no more digits of a number than these.
MOST_DIGITS = 15
MOST_FEN = 100_000_000


class BadCell(Exception):
    """The cell does not hold what its column needs."""


def text(cell: Cell) -> str:
    """Text as typed; a whole number loses the ".0" that spreadsheets add."""
    if isinstance(cell, bool | date | datetime | time):
        raise BadCell(_("This should be text."))
    if isinstance(cell, float):
        if not cell.is_integer():
            return str(cell)
        cell = int(cell)
    if isinstance(cell, int):
        if len(str(abs(cell))) > MOST_DIGITS:
            raise BadCell(_("The spreadsheet has rounded this long number: format the column as text."))
        return str(cell)
    return str(cell)


def text_up_to(most: int) -> Reader:
    """A reader for text of at most so many characters."""

    def read(cell: Cell) -> str:
        return _short(text(cell), most)

    return read


def words_up_to(most: int) -> Reader:
    """A reader for several words, each of at most so many characters."""
    return lambda cell: tuple(_short(word, most) for word in words(cell))


def _short(written: str, most: int) -> str:
    if len(written) > most:
        raise BadCell(_("At most %(most)d characters fit here.") % {"most": most})
    return written


def between(least: int, most: int) -> Reader:
    """A reader for a whole number within these two, both included."""

    def read(cell: Cell) -> int:
        number = whole(cell)
        if not least <= number <= most:
            raise BadCell(
                _("This should be a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
            )
        return number

    return read


def whole(cell: Cell) -> int:
    """A whole number that is not negative."""
    number = decimal(cell)
    if number != number.to_integral_value():
        raise BadCell(_("This should be a whole number."))
    return int(number)


def decimal(cell: Cell) -> Decimal:
    """A number that is not negative."""
    if isinstance(cell, bool | date | datetime | time):
        raise BadCell(_("This should be a number."))
    try:
        number = Decimal(unicodedata.normalize("NFKC", str(cell)))
    except InvalidOperation:
        raise BadCell(_("This should be a number.")) from None
    if not number.is_finite() or number < 0 or number >= 10**9:
        raise BadCell(_("This should be a number that is not negative."))
    return number


def fen(cell: Cell) -> int:
    """Yuan with at most two decimals, as integer fen."""
    amount = decimal(cell) * 100
    if amount != amount.to_integral_value():
        raise BadCell(_("An amount has at most two decimals."))
    if amount > MOST_FEN:
        raise BadCell(_("No service costs that much."))
    return int(amount)


def coordinate(cell: Cell) -> float:
    """Degrees (WGS-84)."""
    try:
        return float(text(cell))
    except ValueError:
        raise BadCell(_("This should be degrees, such as 33.78.")) from None


def day(cell: Cell) -> date:
    """A date cell, or text as 2026-11-24, 2026/11/24 or 2026年11月24日."""
    if isinstance(cell, datetime):
        return _plausible(cell).date()
    if isinstance(cell, date):
        return _plausible(cell)
    written = unicodedata.normalize("NFKC", str(cell)).replace("年", "-").replace("月", "-").replace("日", "")
    try:
        found = datetime.strptime(written.replace("/", "-").replace(".", "-"), "%Y-%m-%d").date()
    except ValueError:
        raise BadCell(_("This should be a date, such as 2026-11-24.")) from None
    return _plausible(found)


def clock(cell: Cell) -> time:
    """A time cell, or text as 14:30."""
    if isinstance(cell, datetime):
        return cell.time().replace(second=0)
    if isinstance(cell, time):
        return cell.replace(second=0)
    written = unicodedata.normalize("NFKC", str(cell))
    for form in ("%H:%M", "%H:%M:%S"):
        try:
            return datetime.strptime(written, form).time()
        except ValueError:
            continue
    raise BadCell(_("This should be a time, such as 14:30."))


def moment(cell: Cell) -> datetime:
    """A date with a time, on the county's wall clock (without a zone), such as 2026-11-24 14:30."""
    if isinstance(cell, datetime):
        return _plausible(cell)
    try:
        found = datetime.strptime(unicodedata.normalize("NFKC", str(cell)).replace("/", "-"), "%Y-%m-%d %H:%M")
    except ValueError:
        raise BadCell(_("This should be a date with a time, such as 2026-11-24 14:30.")) from None
    return _plausible(found)


def _plausible(found: D) -> D:
    if found.year not in YEARS:
        raise BadCell(
            _("This year is not between %(first)d and %(last)d.") % {"first": YEARS.start, "last": YEARS.stop - 1}
        )
    return found


def yes(cell: Cell) -> bool:
    """是 or 否."""
    return bool(one_of({"是": True, "否": False})(cell))


def words(cell: Cell) -> tuple[str, ...]:
    """Several words, set apart by 、，； or spaces."""
    return tuple(
        unicodedata.normalize("NFKC", text(cell)).replace("、", " ").replace(",", " ").replace(";", " ").split()
    )


def one_of(choices: Mapping[str, Any]) -> Reader:
    """A reader for a column with fixed words; the refusal lists them."""

    def read(cell: Cell) -> Any:
        word = str(cell)
        if word not in choices:
            raise BadCell(_("This should be one of: %(words)s.") % {"words": "、".join(choices)})
        return choices[word]

    return read


def several_of(choices: Mapping[str, Any]) -> Reader:
    """A reader for a column that takes several of the fixed words."""
    one = one_of(choices)
    return lambda cell: tuple(one(word) for word in words(cell))
