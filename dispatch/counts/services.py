"""Closing a month for good, correcting a closed one in the next open month, and logging who took figures away."""

import hashlib
import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from dispatch.counts import selectors
from dispatch.counts.models import Adjustment, CountedVisit, Export, MonthClose, MonthlyCount
from dispatch.counts.months import current_month, label, next_month
from dispatch.counts.rows import DIMENSIONS, CountRow, Cut
from orders.models import Visit
from people import policy
from people.clock import local_date
from people.errors import Invalid, LostRace, NotAllowed, WrongState
from people.roles import Role, has_role
from people.transitions import move, record_birth

LATE = _("verified after the month was closed")
CHANGED = _("times corrected after the month was closed")


def close_month(*, month: date, actor: User, now: datetime) -> MonthClose:
    """Freeze a month: its figures, the visits behind them, later corrections of earlier months, and a hash over all.

    Closing a closed month changes nothing and returns it.

    Raises:
        NotAllowed: the actor is no administrator.
        WrongState: the month is not over, or the cut-off day (setting `month_cut_off_day`) has not come.
    """
    if not has_role(actor, Role.ADMINISTRATOR):
        raise NotAllowed(_("Only an administrator closes a month."))
    _refuse_before_cut_off(month, now)
    try:
        with transaction.atomic():
            close = _lock_open(month, actor, now)
            _collect_late_changes(close, actor, now)
            rows = _visits_of_rows(month)
            digest = _digest(month, [_line_of(row, visits) for row, visits in rows], close)
            county = policy.minutes("county_elders", on=month)
            registered = selectors.elders_registered(month)
            move(
                close,
                MonthClose.Status.CLOSED,
                actor=actor,
                now=now,
                closed_at=now,
                closed_by=actor,
                digest=digest,
                elders_registered=registered,
                elders_county=county,
            )
            _freeze(close, rows)
    except LostRace:
        return MonthClose.objects.get(month=month)
    return close


def adjust(*, visit: Visit, person_times: int, minutes: int, reason: str, actor: User, now: datetime) -> Adjustment:
    """Correct the figures of a visit whose month is closed; the correction counts in the next open month.

    `person_times` (−1, 0 or 1) and `minutes` are what is added to the frozen figures.

    Raises:
        NotAllowed: the actor is no administrator.
        Invalid: no reason is given, or nothing would change.
        WrongState: the visit's month is still open, so its figures follow the visit by themselves.
    """
    if not has_role(actor, Role.ADMINISTRATOR):
        raise NotAllowed(_("Only an administrator corrects a closed month."))
    if not reason.strip():
        raise Invalid(_("Say why."), fields={"reason": [_("Say why.")]})
    if person_times not in (-1, 0, 1) or (person_times, minutes) == (0, 0):
        raise Invalid(_("Nothing would change."), fields={"minutes": [_("Nothing would change.")]})
    corrected = MonthClose.objects.filter(month=visit.service_date.replace(day=1), status=MonthClose.Status.CLOSED)
    if (corrects := corrected.first()) is None:
        raise WrongState(_("The month of this visit is still open; its figures follow the visit."))
    with transaction.atomic():
        into = _lock_open(_next_open_month(corrects.month), actor, now)
        return Adjustment.objects.create(
            month=into,
            corrects=corrects,
            visit=visit,
            person_times=person_times,
            minutes=minutes,
            by_hand=True,
            reason=reason.strip(),
            actor=actor,
            at=now,
        )


def log_export(*, month: date, cut: Cut, rows: int, actor: User, now: datetime) -> Export:
    """Write down that the actor takes `rows` lines of figures away; the number of the record marks the file."""
    return Export.objects.create(month=month, cut=cut.as_dict(), rows=rows, actor=actor, at=now)


def is_intact(close: MonthClose) -> bool:
    """True when the frozen rows of a closed month still give the hash that was stored at its closing."""
    minutes_of: dict[int, dict[int, int]] = defaultdict(dict)
    for count, visit, minutes in CountedVisit.objects.filter(count__close=close).values_list(
        "count", "visit", "minutes"
    ):
        minutes_of[count][visit] = minutes
    lines = [
        [
            count.town_id,
            count.service,
            count.organisation_id,
            count.carer_kind,
            count.payer,
            count.person_times,
            count.elders,
            count.minutes,
            sorted(minutes_of[count.pk].items()),
        ]
        for count in close.counts.all()
    ]
    return _digest(close.month, lines, close) == close.digest


def _refuse_before_cut_off(month: date, now: datetime) -> None:
    if month >= current_month(now):
        raise WrongState(_("This month is not over yet."))
    following = next_month(month)
    last = (next_month(following) - timedelta(days=1)).day
    first_day = following.replace(day=min(policy.minutes("month_cut_off_day", on=following), last))
    if local_date(now) < first_day:
        raise WrongState(
            _("%(month)s can be closed from %(day)s on.") % {"month": label(month), "day": first_day.isoformat()}
        )


def _lock_open(month: date, actor: User, now: datetime) -> MonthClose:
    """The month's row, made if it is missing, held until the transaction ends; LostRace when it is closed."""
    close = MonthClose.objects.filter(month=month).first()
    if close is None:
        try:
            with transaction.atomic():
                close = MonthClose.objects.create(month=month)
        except IntegrityError:
            close = MonthClose.objects.get(month=month)
        else:
            record_birth(close, actor=actor, now=now)
    # An update that changes nothing takes the row lock, and tells whether the month is still open.
    if MonthClose.objects.filter(pk=close.pk, status=MonthClose.Status.OPEN).update(digest="") != 1:
        raise LostRace(_("%(month)s is closed.") % {"month": label(month)})
    return close


def _next_open_month(after: date) -> date:
    month = next_month(after)
    while selectors.closed(month):
        month = next_month(month)
    return month


def _collect_late_changes(close: MonthClose, actor: User, now: datetime) -> None:
    """Count in this month what changed in closed months since: visits verified late, times corrected later."""
    changed: list[Adjustment] = []
    for earlier in MonthClose.objects.filter(status=MonthClose.Status.CLOSED, month__lt=close.month):
        frozen = dict(CountedVisit.objects.filter(count__close=earlier).values_list("visit", "minutes"))
        adjusted = {
            visit: (times, minutes)
            for visit, times, minutes in Adjustment.objects.filter(corrects=earlier)
            .values_list("visit")
            .annotate(Sum("person_times"), Sum("minutes"))
        }
        by_hand = set(Adjustment.objects.filter(corrects=earlier, by_hand=True).values_list("visit", flat=True))
        for row in selectors.possibly_changed_since_close(earlier.month):
            if row["visit"] in by_hand:
                continue
            visit = row["visit"]
            times, minutes = adjusted.get(visit, (0, 0))
            missing = 1 - (visit in frozen) - times
            difference = row["minutes"] - frozen.get(visit, 0) - minutes
            if (missing, difference) != (0, 0):
                changed.append(
                    Adjustment(
                        month=close,
                        corrects=earlier,
                        visit_id=visit,
                        person_times=missing,
                        minutes=difference,
                        reason=str(LATE if missing else CHANGED),
                        actor=actor,
                        at=now,
                    )
                )
    Adjustment.objects.bulk_create(changed, batch_size=1000)


def _visits_of_rows(month: date) -> list[tuple[CountRow, dict[int, int]]]:
    """Each line of the month's table with the visits behind it and their minutes."""
    minutes_of: dict[Any, dict[int, int]] = defaultdict(dict)
    elders_of: dict[Any, set[int]] = defaultdict(set)
    for row in selectors.counted_visits(month):
        key = tuple(row[name] for name in DIMENSIONS)
        minutes_of[key][row["visit"]] = row["minutes"]
        elders_of[key].add(row["elder"])
    rows = []
    for key, minutes in minutes_of.items():
        town, service, organisation, carer_kind, payer = key
        figures = CountRow(
            "",
            service,
            "",
            carer_kind,
            payer,
            len(minutes),
            len(elders_of[key]),
            sum(minutes.values()),
            town,
            organisation,
        )
        rows.append((figures, minutes))
    return rows


def _line_of(row: CountRow, visits: dict[int, int]) -> list[Any]:
    return [
        row.town_id,
        row.service,
        row.organisation_id,
        row.carer_kind,
        row.payer,
        row.person_times,
        row.elders,
        row.minutes,
        sorted(visits.items()),
    ]


def _digest(month: date, lines: list[list[Any]], close: MonthClose) -> str:
    """SHA-256 over the frozen lines with their visits, and the corrections counted in the month."""
    corrections = Adjustment.objects.filter(month=close).order_by("pk")
    content = {
        "month": label(month),
        "lines": sorted(lines, key=json.dumps),
        "adjustments": [
            [label(each.corrects.month), each.visit_id, each.person_times, each.minutes, each.reason]
            for each in corrections.select_related("corrects")
        ],
    }
    return hashlib.sha256(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _freeze(close: MonthClose, rows: list[tuple[CountRow, dict[int, int]]]) -> None:
    counts = MonthlyCount.objects.bulk_create(
        [
            MonthlyCount(
                close=close,
                town_id=row.town_id,
                service=row.service,
                organisation_id=row.organisation_id,
                carer_kind=row.carer_kind,
                payer=row.payer,
                person_times=row.person_times,
                elders=row.elders,
                minutes=row.minutes,
            )
            for row, _visits in rows
        ]
    )
    CountedVisit.objects.bulk_create(
        [
            CountedVisit(count=count, visit_id=visit, minutes=minutes)
            for count, (_row, visits) in zip(counts, rows, strict=True)
            for visit, minutes in visits.items()
        ],
        batch_size=1000,
    )
