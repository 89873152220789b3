"""Reads XLSX and CSV into plain rows. What is no spreadsheet, too big, or holds formulas is named, never guessed."""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MOST_ROWS = 50_000
MOST_BYTES = 10 * 1024 * 1024
# What a workbook of 10 MB may unpack to; more is a bomb.
MOST_UNPACKED_BYTES = 200 * 1024 * 1024
MOST_COLUMNS = 64

Cell = str | int | float | bool | date | datetime | time | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something cannot be imported, and where. `row` 0: the whole sheet; empty `sheet`: the whole file."""

    sheet: str
    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """One filled row: its number as the spreadsheet shows it, and its filled cells by heading."""

    row: int
    cells: dict[str, Cell]


@dataclass(slots=True)
class Sheet:
    """One sheet (or the only table of a CSV file, without a title): headings in order, and filled rows."""

    title: str
    headings: list[str]
    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Unreadable(Exception):
    """The file as a whole cannot be read; the text says why."""


def read(content: bytes) -> list[Sheet]:
    """The sheets of a file. Cells with formulas or errors are left out and named in the sheet's problems.

    Raises:
        Unreadable: too big, packed beyond measure, too many rows, or no spreadsheet.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is larger than %(most)d MB.") % {"most": MOST_BYTES // 1024 // 1024})
    sheets = list(_read_xlsx(content) if content.startswith(b"PK") else _read_csv(content))
    if sum(len(sheet.lines) for sheet in sheets) > MOST_ROWS:
        raise _too_many_rows()
    return sheets


def normal_heading(cell: Cell) -> str:
    """A heading as it is compared: full-width forms, spaces and a star for "required" do not matter."""
    return "".join(unicodedata.normalize("NFKC", str(cell)).replace("*", "").split()) if cell is not None else ""


def _read_xlsx(content: bytes) -> Iterator[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED_BYTES:
                raise Unreadable(_("The file unpacks to far more than a workbook of its size."))
        workbook = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise _no_spreadsheet() from error
    try:
        for worksheet in workbook.worksheets:
            # One row more than allowed, and the headings: enough to see that there are too many.
            rows = worksheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS)
            yield _sheet(worksheet.title, ([_from_xlsx(cell) for cell in row] for row in rows))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise _no_spreadsheet() from error
    finally:
        workbook.close()


@dataclass(frozen=True, slots=True)
class _Refused:
    """A cell that holds something that is not imported."""

    reason: str


def _from_xlsx(cell: Any) -> Cell | _Refused:
    if cell.data_type == "f":
        return _formula()
    if cell.data_type == "e":
        return _Refused(_("The cell holds an error: %(value)s.") % {"value": cell.value})
    value: Cell = cell.value
    return _from_text(value) if isinstance(value, str) else value


def _read_csv(content: bytes) -> Iterator[Sheet]:
    if b"\0" in content:
        raise _no_spreadsheet()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        rows = csv.reader(io.StringIO(text, newline=""))
        try:
            yield _sheet("", ([_from_text(cell) for cell in row] for row in islice(rows, MOST_ROWS + 2)))
        except csv.Error as error:
            raise _no_spreadsheet() from error
        return
    raise _no_spreadsheet()


def _from_text(text: str) -> Cell | _Refused:
    stripped = text.strip()
    return _formula() if stripped.startswith("=") else stripped or None


def _sheet(title: str, rows: Iterable[list[Cell | _Refused]]) -> Sheet:
    sheet = Sheet(title, [])
    for row, cells in enumerate(rows, start=1):
        if all(cell is None for cell in cells):
            continue
        if not sheet.headings:
            sheet.headings = [normal_heading(cell) if not isinstance(cell, _Refused) else "" for cell in cells]
            continue
        filled: dict[str, Cell] = {}
        for position, cell in enumerate(cells):
            heading = sheet.headings[position] if position < len(sheet.headings) else ""
            if isinstance(cell, _Refused):
                sheet.problems.append(Problem(title, row, heading, cell.reason))
            elif cell is not None and heading:
                filled[heading] = cell
            elif cell is not None:
                sheet.problems.append(Problem(title, row, "", _("This cell stands in a column without a heading.")))
        sheet.lines.append(Line(row, filled))
        if len(sheet.lines) > MOST_ROWS:
            raise _too_many_rows()
    return sheet


def _formula() -> _Refused:
    return _Refused(_("The cell holds a formula; put its value there instead."))


def _too_many_rows() -> Unreadable:
    return Unreadable(_("The file has more than %(most)d rows; split it.") % {"most": MOST_ROWS})


def _no_spreadsheet() -> Unreadable:
    return Unreadable(_("This is no XLSX workbook and no CSV file."))
