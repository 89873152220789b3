"""The example workbook: one sheet for each noun with an invented row, and a sheet of notes."""

import io

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from dispatch.intake.nouns import NOUNS, TOWN, Noun
from dispatch.intake.sheets import NOTES
from dispatch.intake.workbook import MOST_ROWS
from people.models import Town

# Text format: a spreadsheet must not round ID numbers or turn codes into dates.
AS_TEXT = "@"
FILLED_ROWS = 200


def example_workbook() -> bytes:
    """An XLSX file that imports without a problem. Its town is the first of the county, if there is one."""
    workbook = Workbook()
    notes = workbook.worksheets[0]
    notes.title = NOTES
    town = Town.objects.values_list("name", flat=True).first()
    for noun in NOUNS:
        _write(workbook.create_sheet(noun.title), noun, town)
    for line in _notes():
        notes.append(line)
    notes.column_dimensions["A"].width = 18
    notes.column_dimensions["B"].width = 90
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _write(sheet: Worksheet, noun: Noun, town: str | None) -> None:
    sheet.append([f"{column.heading}*" if column.required else column.heading for column in noun.columns])
    sheet.append([(town or column.example) if column.heading == TOWN else column.example for column in noun.columns])
    for number, column in enumerate(noun.columns, start=1):
        sheet.cell(row=1, column=number).font = Font(bold=column.required)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(12, 2 * len(column.heading) + 4)
        for row in range(2, FILLED_ROWS):
            sheet.cell(row=row, column=number).number_format = AS_TEXT
    sheet.freeze_panes = "A2"


def _notes() -> list[list[str]]:
    rows = [
        [_("About this file"), _("Everything in it is invented. Replace the second row of each sheet by your own.")],
        [_("Sheets"), _("Leave out the sheets that you do not need; keep their titles and headings as they are.")],
        [_("Star"), _("A column with a star must be filled in every row.")],
        [_("ID numbers"), _("Keep the columns in text format, or the spreadsheet rounds long numbers.")],
        [_("Twice"), _("Importing the same file twice stores nothing twice.")],
        [_("Limits"), _("At most %(most)d rows; no formulas.") % {"most": MOST_ROWS}],
    ]
    for noun in NOUNS:
        rows.append([noun.title, "、".join(f"{each.heading}{'*' if each.required else ''}" for each in noun.columns)])
    return rows
