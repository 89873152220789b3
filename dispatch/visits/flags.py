"""Doubts about evidence, one rule each. A doubt never blocks a check: it is written down and a person settles it.

Thresholds are policy values of the visit's day; facts are in metres, minutes and codes, without personal data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from dispatch.visits.distance import metres_between
from dispatch.visits.eligibility import may_serve
from dispatch.visits.models import Assignment, CheckEvent, Flag
from people import policy
from people.transitions import record_birth

Code = Flag.Code


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule that the evidence breaks, with the figures that show it."""

    code: Flag.Code
    facts: Mapping[str, object] = field(default_factory=dict)


def raise_flags(assignment: Assignment, doubts: list[Doubt], *, actor: User | None, now: datetime) -> None:
    """Write each doubt once per assignment; a doubt that stands or was settled before is left as it is."""
    for doubt in doubts:
        flag, created = Flag.objects.get_or_create(
            assignment=assignment, code=doubt.code, defaults={"facts": dict(doubt.facts), "raised_at": now}
        )
        if created:
            record_birth(flag, actor=actor, now=now)


def doubts_of_event(event: CheckEvent, *, code: str, skew: timedelta | None) -> list[Doubt]:
    """The doubts about one check event. `code` is what the carer typed; `skew` is given when the clock is off."""
    doubts = [*_position(event), *_shared_device(event)]
    if skew is not None:
        doubts.append(Doubt(Code.CLOCK_SKEW, {"kind": event.kind, "minutes": round(skew.total_seconds() / 60, 1)}))
    if (
        event.source in (CheckEvent.Source.CODE, CheckEvent.Source.QR)
        and code != event.assignment.visit.elder.visit_code
    ):
        doubts.append(Doubt(Code.WRONG_CODE, {"kind": event.kind, "source": event.source}))
    if event.source == CheckEvent.Source.MANUAL:
        doubts.append(Doubt(Code.LATE_ENTRY, {"kind": event.kind}))
    if not event.assignment.is_live:
        doubts.append(Doubt(Code.TAKEN_BACK, {"kind": event.kind, "status": event.assignment.status}))
    if event.kind == CheckEvent.Kind.IN:
        doubts += [*_off_schedule(event), *_not_qualified(event)]
    return doubts


def doubts_of_leg(assignment: Assignment) -> list[Doubt]:
    """The doubts about a carer's whole stay, once begin and end are known."""
    assert assignment.started_at is not None and assignment.ended_at is not None
    others = list(
        Assignment.objects.filter(carer_id=assignment.carer_id, status=Assignment.Status.CHECKED_OUT)
        .exclude(pk=assignment.pk)
        .filter(
            Q(ended_at__gte=assignment.started_at - timedelta(days=1)),
            Q(started_at__lte=assignment.ended_at + timedelta(days=1)),
        )
        .select_related("visit__place")
    )
    return [
        *_length(assignment),
        *_two_at_once(assignment, others),
        *_impossible_travel(assignment, others),
    ]


def _position(event: CheckEvent) -> list[Doubt]:
    if event.latitude is None or event.longitude is None:
        return [Doubt(Code.NO_POSITION, {"kind": event.kind})] if event.source == CheckEvent.Source.APP else []
    visit = event.assignment.visit
    metres = metres_between((event.latitude, event.longitude), (visit.place.latitude, visit.place.longitude))
    limit = policy.minutes("fence_metres", on=visit.service_date) + (event.accuracy_metres or 0)
    if metres <= limit:
        return []
    return [Doubt(Code.OUTSIDE_FENCE, {"kind": event.kind, "metres": round(metres), "limit": limit})]


def _shared_device(event: CheckEvent) -> list[Doubt]:
    """The same device showed another carer within a day."""
    if not event.device:
        return []
    near = (event.evidence_time - timedelta(days=1), event.evidence_time + timedelta(days=1))
    shared = CheckEvent.objects.filter(device=event.device, evidence_time__range=near).exclude(
        assignment__carer_id=event.assignment.carer_id
    )
    other = shared.values_list("assignment_id", flat=True).first()
    return [] if other is None else [Doubt(Code.SHARED_DEVICE, {"kind": event.kind, "assignment": other})]


def _off_schedule(event: CheckEvent) -> list[Doubt]:
    """Far from the planned start; minutes below zero are early. A check-in over 2 h off needs a reason."""
    early_or_late = event.evidence_time - event.assignment.planned_start
    limit = policy.minutes("check_in_window_minutes", on=event.assignment.visit.service_date)
    if abs(early_or_late) <= timedelta(minutes=limit):
        return []
    minutes = round(early_or_late.total_seconds() / 60, 1)
    return [Doubt(Code.OFF_SCHEDULE, {"kind": event.kind, "minutes": minutes, "limit": limit})]


def _not_qualified(event: CheckEvent) -> list[Doubt]:
    assignment = event.assignment
    hindrance = may_serve(assignment.carer, assignment.visit, assignment.visit.service_date, leg=assignment.leg)
    return [] if hindrance is None else [Doubt(Code.NOT_QUALIFIED, {"because": hindrance.code})]


def _length(assignment: Assignment) -> list[Doubt]:
    """Too short or too long a stay. A share alone would doubt a few minutes more at a short visit."""
    assert assignment.started_at is not None and assignment.ended_at is not None
    planned = assignment.visit.duration_minutes
    day = assignment.visit.service_date
    delivered = (assignment.ended_at - assignment.started_at).total_seconds() / 60
    facts = {"delivered": round(delivered, 1), "planned": planned}
    if delivered < policy.number("short_visit_share", on=day) * planned:
        return [Doubt(Code.TOO_SHORT, facts)]
    beyond_share = delivered > policy.number("long_visit_share", on=day) * planned
    if beyond_share and delivered - planned >= policy.minutes("long_visit_minutes", on=day):
        return [Doubt(Code.TOO_LONG, facts)]
    return []


def _two_at_once(assignment: Assignment, others: list[Assignment]) -> list[Doubt]:
    assert assignment.started_at is not None and assignment.ended_at is not None
    for other in others:
        assert other.started_at is not None and other.ended_at is not None
        if other.started_at < assignment.ended_at and other.ended_at > assignment.started_at:
            return [Doubt(Code.TWO_AT_ONCE, {"assignment": other.pk})]
    return []


def _impossible_travel(assignment: Assignment, others: list[Assignment]) -> list[Doubt]:
    """From the visit before, or to the visit after, nobody could have come in that time."""
    assert assignment.started_at is not None and assignment.ended_at is not None
    day = assignment.visit.service_date
    fence = policy.minutes("fence_metres", on=day)
    metres_a_minute = policy.number("impossible_travel_km_per_hour", on=day) * 1000 / 60
    here = assignment.visit.place
    for other in others:
        assert other.started_at is not None and other.ended_at is not None
        gap = max(assignment.started_at - other.ended_at, other.started_at - assignment.ended_at)
        if gap < timedelta(0):
            continue  # two at once says more
        there = other.visit.place
        metres = metres_between((here.latitude, here.longitude), (there.latitude, there.longitude))
        minutes = gap.total_seconds() / 60
        if metres > fence and metres > metres_a_minute * minutes and not _planned_so(assignment, other, gap):
            facts = {"assignment": other.pk, "metres": round(metres), "minutes": round(minutes, 1)}
            return [Doubt(Code.IMPOSSIBLE_TRAVEL, facts)]
    return []


def _planned_so(assignment: Assignment, other: Assignment, gap: timedelta) -> bool:
    """True when the carer took no less time than a plan gave that knew the way: its travel times beat ours."""
    first, second = sorted((assignment, other), key=lambda part: part.planned_start)
    travel = timedelta(minutes=second.travel_minutes)
    return timedelta(0) < travel <= second.planned_start - first.planned_end <= gap
