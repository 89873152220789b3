"""Queueing notices in the transaction of the change they tell of. Nothing is sent here; see `deliver`.

A new kind of notice costs a member of `Notice.Kind` and a text in `texts`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation

from dispatch.notices.models import Notice
from dispatch.notices.ways import Way, ways_to
from orders.models import Visit
from orders.wall_clock import QUIET_HOURS, first_waking_moment
from people import policy
from people.outbox import queue_once
from people.transitions import move_all


@dataclass(frozen=True, slots=True)
class Draft:
    """What one carer (its key) is to be told. It never names an elder or a home: a lock screen shows it.

    `event` names what happened to this carer: the same event never makes two notices. `until`: afterwards it is of no use.
    """

    kind: Notice.Kind
    event: str
    carer: int
    text: Callable[[], str]
    until: datetime
    visit: Visit | None = None

    @property
    def is_urgent(self) -> bool:
        """Whether it is told at night, too."""
        return self.visit is not None and self.visit.priority == Visit.Priority.URGENT


def notify(drafts: Sequence[Draft], *, now: datetime) -> list[Notice]:
    """The notices of those drafts that are still of use, in the same order. What begins in the quiet hours waits for the
    morning, unless that would be too late or it is urgent.

    An event that was told already returns its first notice. What still waits to be sent to the same carer about the same
    visit is out of date and never sent. Call it in the transaction of the change; a fixed number of queries for any number.
    """
    drafts = [draft for draft in drafts if draft.until > now]
    if not drafts:
        return []
    ways = ways_to({draft.carer for draft in drafts})
    with policy.read_once(), translation.override(settings.LANGUAGE_CODE):
        rows = [_row(draft, ways[draft.carer], now) for draft in drafts]
    waiting = Q(carer__in={row.carer_id for row in rows}, visit__in={row.visit_id for row in rows if row.visit_id})
    return queue_once(rows, waiting=waiting, replaced=_is_replaced, actor=None, now=now)


def take_back(events: Collection[str], *, now: datetime) -> set[str]:
    """Those of the events that nobody has been told of yet; they never will be. For what is no longer to be told."""
    if not events:
        return set()
    with transaction.atomic(savepoint=False):
        # Locked: a worker that claims one of them right now must not undo the answer it is about.
        queued = Notice.objects.select_for_update().filter(key__in=events, status=Notice.Status.QUEUED)
        waiting = list(queued.order_by("pk"))
        move_all(waiting, Notice.Status.CANCELLED, actor=None, now=now, reason="superseded")
    return {row.key for row in waiting}


def _is_replaced(waiting: Notice, fresh: Sequence[Notice]) -> bool:
    same_visit = [row for row in fresh if row.visit_id is not None and row.visit_id == waiting.visit_id]
    return any(row.carer_id == waiting.carer_id for row in same_visit)


def _row(draft: Draft, way: Way, now: datetime) -> Notice:
    due = now if draft.is_urgent else first_waking_moment(now, until=draft.until, hours=QUIET_HOURS)
    return Notice(
        carer_id=draft.carer,
        kind=draft.kind,
        visit=draft.visit,
        channel=way.channel,
        address=way.address,
        text=draft.text(),
        key=draft.event,
        next_due_at=due,
        expires_at=draft.until,
        created_at=now,
    )
