"""The order form as a whole: what was typed, and the order that it asks for."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from uuid import UUID, uuid4

from django.http import QueryDict
from django.utils.translation import gettext as _

from dispatch.console.models import OrderDraft
from dispatch.console.order_form import MOST_LINES, HeadForm, LineForm, Lines, first_window
from dispatch.console.typed import typed_digest
from orders.models import Elder
from people.clock import local_date
from people.errors import Conflict, Invalid, Text
from people.form_keys import AlreadyEntered

PREFIX = "line"
TOTAL, INITIAL = f"{PREFIX}-TOTAL_FORMS", f"{PREFIX}-INITIAL_FORMS"


class OrderSheet:
    """The head and one to five services. Made of what was typed, or empty with a first window."""

    def __init__(self, *, elder: Elder, key: UUID, typed: QueryDict | None, now: datetime, caller: int | None = None):
        self.elder, self.key = elder, key
        self._typed = typed
        self.today: date = local_date(now)
        self.head = HeadForm(typed, elder=elder, caller=caller)
        self.lines = Lines(
            typed,
            prefix=PREFIX,
            initial=None if typed else [first_window(now)],
            form_kwargs={"elder": elder, "today": self.today},
        )

    @property
    def digest(self) -> UUID | None:
        """What was typed, as `people.form_keys` remembers it; None for an empty sheet."""
        return typed_digest(self._typed) if self._typed else None

    @cached_property
    def forms(self) -> Sequence[LineForm]:
        """The lines, in the order in which they were begun."""
        return self.lines.forms

    @property
    def open(self) -> LineForm:
        """The line that is being typed."""
        return self.forms[-1]

    @property
    def done(self) -> Sequence[LineForm]:
        """The lines before it."""
        return self.forms[:-1]

    @property
    def has_room(self) -> bool:
        """Whether one more service fits on the sheet."""
        return len(self.forms) < MOST_LINES

    def is_valid(self) -> bool:
        """Whether the head and every line have the right shape."""
        return all([self.head.is_valid(), self.lines.is_valid()])  # of both, so that all errors are found

    @property
    def first_wrong(self) -> str:
        """Where on the page the first correction is needed; empty when nothing is marked."""
        for line in self.done:
            if line.errors:
                return str(line.prefix)
        wrong = self.open.first_wrong or self.head.first_wrong
        if wrong is None:
            return ""
        return "answer" if wrong.name == "slot" else wrong.auto_id

    @property
    def has_errors(self) -> bool:
        """Whether anything was found wrong so far."""
        return bool(self.head.errors) or any(form.errors for form in self.forms) or bool(self.lines.non_form_errors())

    def refuse(self, refusal: Invalid) -> None:
        """Write a refusal beside the fields it is about; those of an item are named `items.<index>.<field>`."""
        of_head: dict[str, list[Text]] = {}
        of_line: dict[int, dict[str, list[Text]]] = {}
        for name, messages in refusal.fields.items():
            parts = name.split(".")
            if parts[0] == "items" and len(parts) == 3:
                of_line.setdefault(int(parts[1]), {})[parts[2]] = messages
            else:
                of_head[name] = messages
        for index, fields in of_line.items():
            self.forms[index].refuse(Invalid(refusal.message, fields=fields))
        if of_head or not of_line:
            self.head.refuse(Invalid(refusal.message, fields=of_head))

    def refuse_slot(self, refusal: Conflict) -> None:
        """Write on the line that its slot cannot be had, and let go of it; a conflict about no line goes above all."""
        index = refusal.facts.get("line")
        if not isinstance(index, int):
            self.head.refuse(refusal)
            return
        self.forms[index].add_error("slot", str(refusal.message))
        self.forms[index].put(slot="")

    def lead_to(self, saved: AlreadyEntered, address: str) -> None:
        """Say that this sheet was placed before with other input, and where that order is; see `RefusableForm`."""
        self.head.lead_to(saved, address)
        self.key = uuid4()


def line_count(typed: QueryDict) -> int:
    """How many services the form says it has.

    Raises:
        Invalid: counts that no page of ours sends: none, a negative one, far too many.
    """
    total, initial = (str(typed.get(name, "")) for name in (TOTAL, INITIAL))
    if not (re.fullmatch("[1-9][0-9]?", total) and re.fullmatch("[0-9]{1,2}", initial)):
        raise Invalid(_("The page is incomplete. Please open the elder again."))
    return int(total)


def sheet_of(elder: Elder, draft: OrderDraft | None, now: datetime, caller: int | None = None) -> OrderSheet:
    """The sheet as the operator left it, or a new one."""
    if draft is None or not draft.typed:
        return OrderSheet(elder=elder, key=draft.key if draft else uuid4(), typed=None, now=now, caller=caller)
    sheet = OrderSheet(elder=elder, key=draft.key, typed=QueryDict(draft.typed), now=now)
    sheet.head.as_typed()
    sheet.open.as_typed()
    return sheet
