"""What an operator's screen shows of the telephone: read several times a second, so in few queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from dispatch.console.shared import once_a_second
from orders.call_selectors import (
    PossibleCaller,
    calls_of_operator,
    missed_since,
    open_call_backs,
    people_calling_each,
)
from orders.models import CallRecord
from orders.wall_clock import at
from people.clock import local_date
from people.masking import mask_phone

MOST_LINES = 12  # more calls than that are counted, not shown

Status = CallRecord.Status
_PLACE = {Status.RINGING: 0, Status.ANSWERED: 1, Status.ENDED: 2}  # from top to bottom


@dataclass(frozen=True, slots=True)
class Line:
    """One call on the screen. The page gives one that can be taken its key and leaves it that (console.js)."""

    call: CallRecord
    number: str  # masked, or a word where there is none
    callers: list[PossibleCaller]
    can_be_taken: bool
    has_keys: bool  # the uppermost call of the operator's own: the keys for hanging up and wrapping up mean it
    seconds: int  # since it rang, was answered, or ended

    @property
    def stopwatch(self) -> str:
        """The seconds as 00:42."""
        return f"{self.seconds // 60:02d}:{self.seconds % 60:02d}"


@dataclass(frozen=True)
class CallsPane:
    """The calls of one operator at a moment, and what the desk as a whole owes."""

    calls: Sequence[CallRecord]
    more_waiting: int  # calls to be taken for which there is no line
    missed_today: int
    call_backs_due: int
    now: datetime

    @property
    def stands(self) -> tuple[object, ...]:
        """What makes the pane look different when it changes."""
        calls = [(call.pk, call.status, call.answered_by_id, call.person_id) for call in self.calls]
        return (calls, self.more_waiting, self.missed_today, self.call_backs_due)

    @cached_property
    def lines(self) -> Sequence[Line]:
        """The calls with who is calling: up to three queries, so only for a pane that is drawn."""
        callers = people_calling_each(self.calls)
        own = next((call for call in self.calls if not _can_be_taken(call)), None)
        return [_line(call, callers[call.pk], call == own, self.now) for call in self.calls]


def calls_of(user: User, now: datetime) -> CallsPane:
    """The pane of an operator at a moment: one query, two more once a second, and one when the pane is full."""
    on_screen = calls_of_operator(user, now)
    calls = sorted(on_screen[:MOST_LINES], key=lambda call: (_PLACE[Status(call.status)], call.started_at, call.pk))
    waiting = sum(call.answered_by_id is None for call in calls)
    return CallsPane(
        calls=calls,
        more_waiting=on_screen.filter(answered_by=None).count() - waiting if len(calls) == MOST_LINES else 0,
        missed_today=once_a_second("missed", missed_since(at(local_date(now), time())).count),
        call_backs_due=once_a_second("call-backs", open_call_backs(user).filter(due_at__lte=now).count),
        now=now,
    )


def _can_be_taken(call: CallRecord) -> bool:
    return call.answered_by_id is None and call.direction == CallRecord.Direction.IN


def _line(call: CallRecord, callers: list[PossibleCaller], has_keys: bool, now: datetime) -> Line:
    since = call.ended_at or call.answered_at or call.started_at
    return Line(
        call=call,
        number=shown_number(call.number),
        callers=callers,
        can_be_taken=_can_be_taken(call),
        has_keys=has_keys,
        seconds=max(0, int((now - since).total_seconds())),
    )


def shown_number(number: str) -> str:
    """A number as screens show it: 138****8000, or the word for one that is withheld or senseless."""
    if not number:
        return _("number withheld")
    return mask_phone(number) or _("unreadable number")
