"""What a screen shows of urgent help: each running call, the seconds to its next step, and who was asked.

Polled about once a second by every console: one query while none is running, else one more for the calls and one for
the offers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.contrib.auth.models import User
from django.db.models import QuerySet

from dispatch.offers.models import Offer
from dispatch.urgent.models import UrgentCall
from dispatch.urgent.selectors import urgent_visible_to
from dispatch.urgent.services.settle import LONGEST_NOTE
from dispatch.urgent.words import reasons_text
from dispatch.visits.permissions import OFFICE, REVIEWERS
from dispatch.visits.selectors import day_bounds
from people.clock import local_date
from people.roles import has_role

Status = UrgentCall.Status
ENDED_ROWS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A carer who was asked last so: how far away then, in whole minutes until the visit could begin."""

    offer: Offer
    minutes: int


@dataclass(frozen=True, slots=True)
class Row:
    """A running call. `seconds` until the next step (None while a carer is coming); `alarm_next`: that is the alarm."""

    urgent: UrgentCall
    status: Status
    seconds: int | None
    alarm_next: bool
    asked: tuple[Asked, ...]
    reasons: str

    @property
    def label(self) -> str:
        return str(self.status.label)

    @property
    def is_alarm(self) -> bool:
        return self.status == Status.ALARMED

    @property
    def coming(self) -> list[Asked]:
        """The carers who accepted."""
        return [each for each in self.asked if each.offer.status == Offer.Status.ACCEPTED]

    @property
    def countdown(self) -> str:
        """The seconds as a clock shows them, 1:05."""
        return "" if self.seconds is None else f"{self.seconds // 60}:{self.seconds % 60:02d}"


@dataclass(frozen=True, slots=True)
class UrgentPanel:
    """The running calls a user may see, the most pressing first, and what the user may do about them."""

    rows: tuple[Row, ...]
    may_settle: bool
    may_acknowledge: bool

    close_reasons = UrgentCall.CloseReason.choices
    longest_note = LONGEST_NOTE

    @property
    def alarms(self) -> int:
        """How many nobody comes to."""
        return sum(row.is_alarm for row in self.rows)


def panel_of(user: User, now: datetime) -> UrgentPanel:
    """The panel of a user at a moment. It agrees with the visits even when the clock has not looked yet."""
    running = urgent_visible_to(user).filter(status__in=UrgentCall.RUNNING)
    # Mostly there are none, and every screen asks: to find that out must cost next to nothing.
    calls = list(_with_visits(running)) if running.exists() else []
    asked = _asked(calls)
    rows = [_row(urgent, asked.get(urgent.visit_id, ()), now) for urgent in calls]
    rows.sort(key=_most_pressing_first)
    return UrgentPanel(rows=tuple(rows), may_settle=has_role(user, *OFFICE), may_acknowledge=has_role(user, *REVIEWERS))


def ended_today(user: User, now: datetime) -> QuerySet[UrgentCall]:
    """The calls that ended today, the latest first."""
    ended = urgent_visible_to(user).filter(ended_at__range=day_bounds(local_date(now)))
    return _with_names(ended).select_related("closed_by").order_by("-ended_at", "-pk")[:ENDED_ROWS]


def _with_visits(calls: QuerySet[UrgentCall]) -> QuerySet[UrgentCall]:
    return _with_names(calls).select_related("visit__place", "visit__town").defer("visit__place__address")


def _with_names(calls: QuerySet[UrgentCall]) -> QuerySet[UrgentCall]:
    rows = calls.select_related("elder__person__home", "elder__town", "acknowledged_by", "raised_by")
    # What is encrypted is not shown, and opening it once a second for every screen would cost the most of all.
    return rows.defer("elder__person__id_number", "elder__person__home__address", "elder__health_note")


def _asked(calls: Iterable[UrgentCall]) -> dict[int | None, tuple[Asked, ...]]:
    """The newest question to each carer, by visit, in the order of asking."""
    visits = [urgent.visit_id for urgent in calls if urgent.visit_id is not None]
    if not visits:
        return {}
    newest: dict[tuple[int, int, int], Offer] = {}
    offers = Offer.objects.filter(visit__in=visits).select_related("carer__person").order_by("pk")
    for offer in offers.defer("carer__person__id_number"):
        newest[(offer.visit_id, offer.leg, offer.carer_id)] = offer
    found: dict[int | None, tuple[Asked, ...]] = {}
    for offer in newest.values():
        minutes = max(round((offer.planned_start - offer.sent_at).total_seconds() / 60), 0)
        found[offer.visit_id] = (*found.get(offer.visit_id, ()), Asked(offer, minutes))
    return found


def _most_pressing_first(row: Row) -> tuple[bool, bool, bool, datetime]:
    in_hand = row.urgent.acknowledged_by is not None
    return (not row.is_alarm, in_hand, row.status == Status.TAKEN, row.urgent.raised_at)


def _row(urgent: UrgentCall, asked: tuple[Asked, ...], now: datetime) -> Row:
    status = urgent.stands_at
    alarm_next = status == Status.WAITING and urgent.alarm_due_at <= urgent.next_ask_at
    seconds = None
    if status == Status.WAITING or (status == Status.ALARMED and urgent.is_asking):
        due = urgent.alarm_due_at if alarm_next else urgent.next_ask_at
        seconds = max(ceil((due - now).total_seconds()), 0)
    return Row(
        urgent=urgent,
        status=status,
        seconds=seconds,
        alarm_next=alarm_next,
        asked=asked,
        reasons=reasons_text(urgent.alarm_reasons),
    )
