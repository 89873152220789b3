"""The way back: evidence that comes after its carer was given up, from a phone without signal or a carer who came late.

`record_check` keeps such a check with a doubt (TAKEN_BACK). Beat runs `follow_late_evidence`, which takes the work up
again where nobody else has begun it. The doubt stays, so a reviewer judges the visit before anything is credited.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Exists, OuterRef

from dispatch.notices.models import Notice
from dispatch.offers.models import LateAlarm, Offer
from dispatch.offers.services.together import UNSTARTED, confirm_if_complete, release_all
from dispatch.visits.evidence import presence
from dispatch.visits.hold import hold_visit
from dispatch.visits.models import Assignment, CheckEvent, Flag
from dispatch.visits.refusals import refusals_in_plain_words
from dispatch.visits.services.check import follow_evidence, held_assignment
from dispatch.visits.services.credit_hold import FREED, claim_credits_for, sync_credit_hold
from orders.models import Visit
from orders.services.visits import ENDED_ORDERS, move_visit
from people import policy
from people.errors import DomainError
from people.transitions import move

LATE_EVIDENCE = "late_evidence"
GIVEN_UP = (Assignment.Status.NO_SHOW, Assignment.Status.RELEASED)
ENDED_WITHOUT = (Visit.Status.NOT_DONE, Visit.Status.UNSERVED)
UNDER_WAY = (Visit.Status.STARTED, Visit.Status.DISPUTED)
ELSEWHERE = (Flag.Code.OUTSIDE_FENCE, Flag.Code.NO_POSITION, Flag.Code.WRONG_CODE)
# Until then another carer may still give way: one who began and did not come, or was released.
PATIENCE = timedelta(days=31)

_log = structlog.get_logger(__name__)


def follow_late_evidence(*, now: datetime) -> int:
    """How much work that had been given up is taken up again by its evidence; what cannot be is left to the reviewer."""
    return sum(_taken_up(key, visit, now) for key, visit in _came_after_all(now))


def _came_after_all(now: datetime) -> list[tuple[int, int]]:
    """The (assignment, visit) keys of work given up whose carer has checked in, and that no reviewer has judged untrue."""
    checked_in = CheckEvent.objects.filter(assignment=OuterRef("assignment"), kind=CheckEvent.Kind.IN)
    doubts = Flag.objects.filter(
        Exists(checked_in),
        code=Flag.Code.TAKEN_BACK,
        status__in=(Flag.Status.OPEN, Flag.Status.CLEARED),
        raised_at__gt=now - PATIENCE,
        assignment__status__in=GIVEN_UP,
        assignment__visit__status__in=(*UNSTARTED, *ENDED_WITHOUT, *UNDER_WAY),
    ).exclude(assignment__visit__order_item__order__status__in=ENDED_ORDERS)
    rows = doubts.order_by("raised_at", "pk").values_list("assignment_id", "assignment__visit_id")
    return list(rows)


def _taken_up(key: int, visit_id: int, now: datetime) -> bool:
    """Whether the work was taken up; not where an order has ended, or the carer has other work in that time."""
    try:
        with refusals_in_plain_words():
            held = hold_visit(visit_id)
            visit = held.visit
            work = held_assignment(key, visit)
            if work.status not in GIVEN_UP or not _may_take_up(work, visit):
                return False
            _take_up(work, visit, now)
            confirm_if_complete(held, actor=None, now=now)  # a linked visit may have waited for this one alone
    except DomainError:
        return False
    except Exception as fault:  # whatever broke, the other work goes on; tried again next time
        _log.error("late_evidence_broke", assignment=key, fault=type(fault).__name__)
        return False
    return True


def _may_take_up(work: Assignment, visit: Visit) -> bool:
    """Whether the evidence gives the carer the visit back.

    Over: where nobody else came, since a reviewer's word about those who did is the last. Under way: where the carer's
    own part is free. Still waiting, or promised to somebody else: only who was merely silent for too long, and is beyond
    doubt there; what a person took back stays taken back.
    """
    live = Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE)
    if visit.status in ENDED_WITHOUT:
        return not live.exists()
    if visit.status in UNDER_WAY:
        whole = visit.status == Visit.Status.STARTED or presence(work).end is not None
        return whole and not live.filter(leg=work.leg).exists()
    silent = LateAlarm.objects.filter(assignment=work, status=LateAlarm.Status.MISSED)
    return visit.status in UNSTARTED and silent.exists() and _is_surely_there(work, visit)


def _is_surely_there(work: Assignment, visit: Visit) -> bool:
    """Whether no check is doubted for its place, nor so inaccurate that no place could be doubted."""
    fence = policy.minutes("fence_metres", on=visit.service_date)
    elsewhere = Flag.objects.filter(assignment=work, code__in=ELSEWHERE)
    return not elsewhere.exists() and not work.check_events.filter(accuracy_metres__gt=fence).exists()


def _take_up(work: Assignment, visit: Visit, now: datetime) -> None:
    how: dict[str, Any] = {"actor": None, "now": now, "reason": LATE_EVIDENCE}
    if visit.status in UNSTARTED:
        release_all(visit, reason=LATE_EVIDENCE, actor=None, now=now, told=Notice.Kind.WITHDRAWN)
    move(work, Assignment.Status.CHECKED_IN, started_at=presence(work).start, **how)
    if offer := Offer.objects.filter(assignment=work, status=Offer.Status.WITHDRAWN).first():
        move(offer, Offer.Status.ACCEPTED, **how)
    if alarm := LateAlarm.objects.filter(assignment=work, status=LateAlarm.Status.MISSED).first():
        move(alarm, LateAlarm.Status.ARRIVED, **how)
    if visit.status not in UNDER_WAY:
        credits = claim_credits_for(visit=visit) if visit.status in FREED else 0
        times: dict[str, Any] = {"planned_start": work.planned_start, "unserved_reasons": []}
        move_visit(visit=visit, to=Visit.Status.STARTED, credit_minutes_available=credits, **times, **how)
        sync_credit_hold(visit=visit, actor=None, now=now)
    follow_evidence(work, visit, actor=None, now=now)
