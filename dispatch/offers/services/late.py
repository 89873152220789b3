"""The clock of late work: the carer is told first, then the dispatcher, and a missed visit goes back by itself.

Beat runs `look_for_late_work`. Each step counts from when the platform took the one before: after an outage the phones
get their time to report. Nobody is declared missing here while a partner is in the home, nor a carer whose phone sent
anything of the visit, or who has none to send it with: that is for a person.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from dispatch.offers.models import LateAlarm, LateAlarmEvent
from dispatch.offers.services.end import go_on_without
from dispatch.offers.services.tell_carers import tell_late
from dispatch.visits.hold import Held, hold_visit
from dispatch.visits.lateness import is_late, late_before
from dispatch.visits.models import Assignment, CheckEvent
from dispatch.visits.permissions import require_office
from orders.models import Visit
from orders.services.reasons import required_reason
from people import policy
from people.clock import local_date
from people.errors import LostRace, WrongState
from people.transitions import move, record_birth, state_label

Status = LateAlarm.Status
NO_CHECK_IN = "no_check_in"
OLDEST = timedelta(days=1)  # what was left over from before is history, not an alarm
EXPECTED = (Visit.Status.RESERVED, Visit.Status.STARTED)
THERE = (Assignment.Status.CHECKED_IN, Assignment.Status.CHECKED_OUT)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long after a carer was found late the dispatcher is alarmed, and how long after that the visit is missed."""

    before_alarm: timedelta
    before_missed: timedelta

    @classmethod
    def at(cls, now: datetime) -> "Patience":
        """The policy of that day."""
        day = local_date(now)
        late, more, missed = (
            timedelta(minutes=policy.minutes(key, on=day))
            for key in ("late_alarm_minutes", "late_escalation_minutes", "missed_after_minutes")
        )
        return cls(before_alarm=more, before_missed=missed - late - more)


@policy.read_once()
def look_for_late_work(*, now: datetime) -> int:
    """Do whatever is due for late work, each visit in its own transaction; the number of steps that were taken.

    Three queries when nothing is due. Work that breaks holds up no other: it is logged and tried again next time.
    """
    patience = Patience.at(now)
    running = _alarms().filter(status__in=LateAlarm.RUNNING).order_by("told_at", "pk")
    due = [alarm.pk for alarm in running if _next_status(alarm, patience, now) is not None]
    return sum(_safely(_tell, pk, now) for pk in _newly_late(now)) + sum(_safely(_step, pk, now) for pk in due)


def acknowledge(*, alarm: LateAlarm, word: str, actor: User | None, now: datetime) -> LateAlarm:
    """The alarm in the hands of the office, which says what was done. While the window lasts, nobody else is sent then.

    Raises:
        NotAllowed: the actor is not of the office. Invalid: no word.
        WrongState: it is in hand already, or over.
    """
    require_office(actor)
    word = required_reason(word)
    with transaction.atomic():
        hold_visit(alarm.assignment.visit_id)
        fresh = LateAlarm.objects.select_related("assignment").get(pk=alarm.pk)
        if fresh.assignment.status != Assignment.Status.ACCEPTED:
            over = _("This cannot be done now: it is already “%(state)s”.") % {"state": state_label(fresh.assignment)}
            raise WrongState(over)
        move(fresh, Status.ACKNOWLEDGED, actor=actor, now=now, reason=word)
    return fresh


def _safely(step: Callable[[int, datetime], bool], pk: int, now: datetime) -> bool:
    """Take the step in a transaction of its own; False when a rival took it, or it broke."""
    try:
        with transaction.atomic():
            return step(pk, now)
    except LostRace:
        return False
    except Exception as fault:  # whatever broke, the other work goes on; tried again next time
        _log.error("late_work_step_broke", step=step.__name__, row=pk, fault=type(fault).__name__)
        return False


def _newly_late(now: datetime) -> Iterable[int]:
    """The work that is late without a running alarm, the longest late first."""
    unknown = Q(late_alarm__isnull=True) | Q(late_alarm__status=Status.DROPPED)
    since = late_before(now)
    late = Assignment.objects.filter(
        unknown,
        status=Assignment.Status.ACCEPTED,
        planned_start__range=(since - OLDEST, since),
        visit__status__in=EXPECTED,
    )
    return late.order_by("planned_start", "pk").values_list("pk", flat=True)


def _alarms() -> QuerySet[Any]:
    """Alarms with their work, since when the dispatcher knows, and whether any check of it has come (`is_heard_of`)."""
    heard = CheckEvent.objects.filter(assignment=OuterRef("assignment"))
    raised = LateAlarmEvent.objects.filter(subject=OuterRef("pk"), new=Status.RAISED).order_by("-pk").values("at")[:1]
    rows = LateAlarm.objects.select_related("assignment__visit", "assignment__carer")
    return rows.annotate(is_heard_of=Exists(heard), raised_at=Subquery(raised))


def _next_status(alarm: Any, patience: Patience, now: datetime) -> Status | None:
    """Where a running alarm of `_alarms` should stand by now, if not where it does."""
    work, visit = alarm.assignment, alarm.assignment.visit
    if work.status in THERE:
        return Status.ARRIVED
    if not is_late(work, now) or visit.status not in EXPECTED:
        return Status.DROPPED
    if alarm.status == Status.CARER_TOLD:
        return Status.RAISED if alarm.told_at + patience.before_alarm <= now else None
    if alarm.raised_at + patience.before_missed > now or visit.status != Visit.Status.RESERVED:
        return None
    if alarm.is_heard_of or not work.carer.has_smartphone:
        return None
    in_hand = alarm.status == Status.ACKNOWLEDGED
    if visit.window_end <= now or (_may_still_begin(visit, now) and not in_hand):
        return Status.MISSED
    return None


def _may_still_begin(visit: Visit, now: datetime) -> bool:
    lasting = timedelta(minutes=visit.duration_minutes) if visit.window_rule == Visit.WindowRule.END else timedelta(0)
    return now + lasting < visit.window_end


def _tell(pk: int, now: datetime) -> bool:
    """Begin the alarm about an assignment: its carer is told."""
    held = hold_visit(Assignment.objects.values_list("visit_id", flat=True).get(pk=pk))
    work = Assignment.objects.get(pk=pk)
    if not is_late(work, now) or held.visit.status not in EXPECTED:
        return False
    alarm = LateAlarm.objects.filter(assignment=work).first()
    if alarm is None:
        record_birth(LateAlarm.objects.create(assignment=work, told_at=now), actor=None, now=now)
    elif alarm.status == Status.DROPPED:
        move(alarm, Status.CARER_TOLD, actor=None, now=now, told_at=now)
    else:
        return False
    tell_late(work, now=now)
    return True


def _step(pk: int, now: datetime) -> bool:
    """Move a running alarm to where it should stand."""
    held = hold_visit(LateAlarm.objects.values_list("assignment__visit_id", flat=True).get(pk=pk))
    alarm = _alarms().get(pk=pk)
    wanted = _next_status(alarm, Patience.at(now), now) if alarm.status in LateAlarm.RUNNING else None
    if wanted is None:
        return False
    if wanted == Status.MISSED:
        return _miss(held, now)
    reason = alarm.assignment.status if wanted == Status.DROPPED else ""
    move(alarm, wanted, actor=None, now=now, reason=reason)
    return True


def _miss(held: Held, now: datetime) -> bool:
    """Declare that nobody came to a held visit, once that is so of every carer who should be there by now.

    A carer who was merely released with a silent partner could not be brought back by evidence that comes later.
    """
    goes_back = now < held.visit.window_end
    together = held.together if goes_back else (held.visit,)
    promised = [visit for visit in together if visit.status == Visit.Status.RESERVED]
    expected = Assignment.objects.filter(visit__in=promised, status=Assignment.Status.ACCEPTED, planned_start__lte=now)
    patience = Patience.at(now)
    running = _alarms().filter(assignment__in=expected, status__in=LateAlarm.RUNNING).order_by("pk")
    silent = [alarm for alarm in running if _next_status(alarm, patience, now) == Status.MISSED]
    if len(silent) != expected.count():
        return False
    for alarm in silent:
        move(alarm, Status.MISSED, actor=None, now=now, reason=NO_CHECK_IN)
    go_on_without(held, [alarm.assignment for alarm in silent], reason=NO_CHECK_IN, actor=None, now=now)
    return True
