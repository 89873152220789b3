"""The one list of columns of the monthly table, shared by page, file and API, and how a cell is written to a file."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dispatch.counts.models import Export
from dispatch.counts.months import label
from dispatch.counts.rows import CountRow
from orders.models import ServiceKind, Visit
from volunteers.models import Carer

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the API, its heading, whether it holds a number, and its text for people."""

    key: str
    heading: str | Promise
    is_number: bool
    text: Callable[[CountRow], str | int]


COLUMNS = (
    Column("town", gettext_lazy("town"), False, lambda row: row.town),
    Column("service", gettext_lazy("service"), False, lambda row: str(ServiceKind(row.service).label)),
    Column(
        "organisation",
        gettext_lazy("organisation"),
        False,
        lambda row: row.organisation or _("without organisation"),
    ),
    Column("carer_kind", gettext_lazy("kind of carer"), False, lambda row: str(Carer.Kind(row.carer_kind).label)),
    Column("payer", gettext_lazy("payer"), False, lambda row: str(Visit.Payer(row.payer).label)),
    Column("person_times", gettext_lazy("person-times"), True, lambda row: row.person_times),
    Column("elders", gettext_lazy("elders"), True, lambda row: row.elders),
    Column("minutes", gettext_lazy("minutes"), True, lambda row: row.minutes),
)


def escaped(cell: str | int) -> str | int:
    """The cell, with an apostrophe in front of a text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_csv(rows: Iterable[CountRow], export: Export) -> str:
    """The table as CSV with a byte-order mark (spreadsheets read Chinese by it); the last line is the watermark."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([str(column.heading) for column in COLUMNS])
    for row in rows:
        writer.writerow([escaped(column.text(row)) for column in COLUMNS])
    watermark = _("Export %(number)d of %(month)s, taken by %(actor)s at %(at)s (UTC)") % {
        "number": export.pk,
        "month": label(export.month),
        "actor": export.actor.get_username(),
        "at": f"{export.at:%Y-%m-%d %H:%M}",
    }
    writer.writerow([escaped(watermark)])
    return text.getvalue()
