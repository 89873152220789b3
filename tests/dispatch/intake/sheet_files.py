"""Spreadsheets for the tests: the example workbook with changes, and small files of one sheet."""

import io
from functools import cache
from typing import Any

from openpyxl import Workbook, load_workbook

from dispatch.intake.example import example_workbook
from dispatch.intake.nouns import NOUNS

Rows = list[dict[str, Any]]


def example_row(title: str, **changes: Any) -> dict[str, Any]:
    """The example of a sheet, by heading, with changes; None empties a cell."""
    noun = next(noun for noun in NOUNS if noun.title == title)
    return {column.heading: column.example for column in noun.columns} | changes


def workbook(**sheets: Rows) -> bytes:
    """An XLSX file with these sheets; the headings are those of the first row of each."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
    return saved(book)


@cache
def unchanged_example() -> bytes:
    """The example workbook of a county whose first town is 高沟镇, in Chinese; made once for all tests."""
    return example_workbook()


def changed_example(title: str, heading: str, value: Any) -> bytes:
    """The example workbook with another value in the second row of a column."""
    book = load_workbook(io.BytesIO(unchanged_example()))
    headings = [str(cell.value).rstrip("*") for cell in book[title][1]]
    book[title].cell(row=2, column=headings.index(heading) + 1).value = value
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
