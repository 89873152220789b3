"""The import of sheets: a dry run that tells every row's outcome, and the import itself, all rows or none.

Both do the same writes in one transaction; the dry run takes them back. So its word is what the import will do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from dispatch.intake.cells import BadCell
from dispatch.intake.nouns import NOUNS, Noun
from dispatch.intake.workbook import Line, Problem, Sheet, Unreadable, normal_heading, read
from dispatch.intake.writers import Context, Row, State
from people.errors import DomainError, Invalid
from people.masking import mask_text

# A sheet of this title explains the others and is not imported.
NOTES = "说明"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one row."""

    sheet: str
    row: int
    state: State


@dataclass(frozen=True, slots=True)
class Report:
    """Every row's outcome, and every problem. `stored` is True when the rows are in the database."""

    outcomes: list[Outcome]
    problems: list[Problem]
    stored: bool = False

    @property
    def is_clean(self) -> bool:
        """True when nothing stands against the import."""
        return not self.problems

    def count(self, state: State) -> int:
        """How many rows have this outcome."""
        return sum(outcome.state is state for outcome in self.outcomes)


class _TakeBack(Exception):
    """Ends a transaction whose writes must not stay."""


def check_sheets(*, content: bytes, actor: User | None, now: datetime) -> Report:
    """What importing the file would do, row by row; nothing is stored."""
    return _run(content, Context(actor, now), keep=False)


def import_sheets(*, content: bytes, actor: User | None, now: datetime) -> Report:
    """Store every row of the file in one transaction, or none if any row is bad; the report tells which."""
    return _run(content, Context(actor, now), keep=True)


def _run(content: bytes, context: Context, *, keep: bool) -> Report:
    try:
        sheets = read(content)
    except Unreadable as error:
        return Report([], [Problem("", 0, "", str(error))])
    problems: list[Problem] = []
    chosen = _chosen(sheets, problems)
    outcomes: list[Outcome] = []
    try:
        with transaction.atomic():
            for noun, sheet in chosen:
                outcomes += _write_sheet(noun, sheet, context, problems)
            if problems or not keep:
                raise _TakeBack
    except _TakeBack:
        return Report(outcomes, problems)
    return Report(outcomes, problems, stored=True)


def _chosen(sheets: list[Sheet], problems: list[Problem]) -> list[tuple[Noun, Sheet]]:
    """Each sheet with its noun, in the order of writing; sheets that cannot be used are named in `problems`."""
    found: list[tuple[Noun, Sheet]] = []
    for sheet in sheets:
        if normal_heading(sheet.title) == NOTES or not sheet.headings:
            continue
        noun = _noun_of(sheet)
        if noun is None:
            titles = "、".join(each.title for each in NOUNS)
            reason = _("This sheet is none of: %(titles)s.") % {"titles": titles}
            problems.append(Problem(sheet.title, 0, "", reason))
            continue
        title = sheet.title or noun.title
        problems += [Problem(title, each.row, each.column, each.reason) for each in sheet.problems]
        missing = _wrong_headings(noun, sheet, title)
        problems += missing
        if not missing:
            found.append((noun, sheet))
    if not found and not problems:
        problems.append(Problem("", 0, "", _("The file holds no rows.")))
    return sorted(found, key=lambda pair: NOUNS.index(pair[0]))


def _noun_of(sheet: Sheet) -> Noun | None:
    """The noun that a sheet's title names; a table without a title is known by its headings."""
    if sheet.title:
        return next((noun for noun in NOUNS if noun.title == normal_heading(sheet.title)), None)
    shared = {noun.title: len(set(sheet.headings) & {column.heading for column in noun.columns}) for noun in NOUNS}
    best = max(NOUNS, key=lambda noun: shared[noun.title])
    return best if shared[best.title] > 1 else None


def _wrong_headings(noun: Noun, sheet: Sheet, title: str) -> list[Problem]:
    known = {column.heading for column in noun.columns}
    required = [column.heading for column in noun.columns if column.required]
    headings = [heading for heading in sheet.headings if heading]
    return [
        *(Problem(title, 1, heading, _("This column is missing.")) for heading in required if heading not in headings),
        *(Problem(title, 1, heading, _("There is no such column.")) for heading in headings if heading not in known),
        *(
            Problem(title, 1, heading, _("This column stands there twice."))
            for heading in sorted({each for each in headings if headings.count(each) > 1})
        ),
    ]


def _write_sheet(noun: Noun, sheet: Sheet, context: Context, problems: list[Problem]) -> Iterator[Outcome]:
    title = sheet.title or noun.title
    refused = {problem.row for problem in sheet.problems}
    for line in sheet.lines:
        wrong, row = _values(noun, line, title)
        if not wrong and line.row not in refused:
            wrong = _seen_before(noun, row, line, title, context)
        if wrong or line.row in refused:
            problems += wrong
            continue
        try:
            with transaction.atomic():
                state = noun.write(row, context)
        except DomainError as error:
            problems += _told(noun, title, line, error)
        except (DataError, IntegrityError):
            reason = _("This row contradicts what is stored.")
            problems.append(Problem(title, line.row, noun.columns[0].heading, reason))
        else:
            yield Outcome(title, line.row, state)


def _values(noun: Noun, line: Line, title: str) -> tuple[list[Problem], Row]:
    """The row's values by name, and what is wrong with its cells."""
    wrong: list[Problem] = []
    row = {}
    for column in noun.columns:
        cell = line.cells.get(column.heading)
        if cell is None:
            if column.required:
                wrong.append(Problem(title, line.row, column.heading, _("This cell is empty.")))
            continue
        try:
            row[column.name] = column.read(cell)
        except BadCell as error:
            wrong.append(Problem(title, line.row, column.heading, str(error)))
    return wrong, row


def _seen_before(noun: Noun, row: Row, line: Line, title: str, context: Context) -> list[Problem]:
    """The same whole row is in the file already."""
    key = (noun.title, repr(sorted(row.items())) if "number" not in row or "carer" in row else row["number"])
    first = context.seen.setdefault(key, line.row)
    if first == line.row:
        return []
    return [Problem(title, line.row, noun.columns[0].heading, _("This is the same as row %(row)d.") % {"row": first})]


def _told(noun: Noun, title: str, line: Line, error: DomainError) -> Iterator[Problem]:
    """A service's refusal as problems of the row; personal numbers in it are masked."""
    fields = error.fields if isinstance(error, Invalid) else {}
    if not fields:
        fields = {str(error.facts.get("column", "")): [error.message]}
    for name, messages in fields.items():
        # What concerns the whole row is told of the column that names it.
        column = noun.heading_of(name) or noun.columns[0].heading
        for message in messages:
            yield Problem(title, line.row, column, mask_text(str(message)))
