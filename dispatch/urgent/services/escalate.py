"""The clock of urgent help: the next carers after a minute, the alarm after two, again and again until somebody comes.

Beat runs `escalate_due`, and so does every console that polls: without a broker the clock goes on. Each step is a
compare-and-set, so that many at once do each step once. One call that breaks holds up no other: it comes to the alarm.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from dispatch.offers.models import Offer
from dispatch.offers.selectors import not_to_ask
from dispatch.offers.services.send import open_pool
from dispatch.urgent.models import ARRIVED, LOOKING, UrgentCall
from dispatch.urgent.nearest import nearest
from dispatch.urgent.words import CANCELLED_ELSEWHERE, NOT_ACCEPTED, NOT_ASKED
from dispatch.visits.hold import hold_visit
from dispatch.visits.models import Assignment
from orders.models import Visit
from people import policy
from people.clock import local_date
from people.errors import Conflict, LostRace
from people.transitions import move

Status = UrgentCall.Status
CARER_FELL_OUT = "carer fell out"

_log = structlog.get_logger(__name__)


def escalate_due(*, now: datetime) -> int:
    """Do whatever is due for the running urgent calls, each in its own transaction; the number of calls that were moved on.

    One query when none is. Raises nothing for a call that breaks: see `catch_up`.
    """
    unserved = (Status.WAITING, Status.ALARMED)
    over = [status for status in Visit.Status if status not in LOOKING | ARRIVED | {Visit.Status.RESERVED}]
    due = (
        Q(status__in=unserved, visit__status__in=LOOKING, next_ask_at__lte=now)
        | Q(status=Status.WAITING, alarm_due_at__lte=now)
        # What the visit says by now.
        | Q(status__in=unserved, visit__status__in=[Visit.Status.RESERVED, *ARRIVED])
        | Q(status=Status.WAITING, visit__status__in=over)
        | Q(status=Status.TAKEN) & ~Q(visit__status=Visit.Status.RESERVED)
    )
    running = UrgentCall.objects.filter(due, status__in=UrgentCall.RUNNING).order_by("next_ask_at", "pk")
    return sum(catch_up(pk, now=now) for pk in running.values_list("pk", flat=True))


@policy.read_once()
def catch_up(pk: int, *, now: datetime) -> bool:
    """Bring one urgent call up to its visit and its clock; False when a rival did it at the same moment, or it broke."""
    try:
        with transaction.atomic():
            urgent = held_call(pk)
            _follow_visit(urgent, now=now)
            obstacles = None
            if urgent.visit is not None and urgent.is_asking and urgent.next_ask_at <= now:
                _wind_clock(urgent, now)
                obstacles = ask_or_say_why(urgent.visit, actor=None, now=now)
            if urgent.status == Status.WAITING and (urgent.alarm_due_at <= now or obstacles is not None):
                raise_alarm(urgent, obstacles or {NOT_ACCEPTED: 0}, now=now)
    except Conflict:
        return False
    except Exception as fault:  # whatever broke, the other calls and the screen that polls go on; tried again next time
        _log.error("urgent_call_not_escalated", urgent=pk, fault=type(fault).__name__)
        return False
    return True


def held_call(pk: int) -> UrgentCall:
    """The call as it stands, its visit locked first: the order in which carers' answers take their locks."""
    visit_id = UrgentCall.objects.values_list("visit_id", flat=True).get(pk=pk)
    if visit_id is not None:
        hold_visit(visit_id)
    rows = UrgentCall.objects.select_related(
        "elder", "visit__order_item", "visit__elder", "visit__item", "visit__place", "visit__town"
    )
    return rows.get(pk=pk)


def ask_or_say_why(visit: Visit, *, actor: User | None, now: datetime) -> dict[str, int] | None:
    """`ask_next`, for a caller who must go on: whatever breaks in it, nobody was asked, and that is the obstacle."""
    try:
        with transaction.atomic():
            return ask_next(visit, actor=actor, now=now)
    except Exception as fault:
        _log.error("urgent_carers_not_asked", visit=visit.pk, fault=type(fault).__name__)
        return {NOT_ASKED: 0}


def ask_next(visit: Visit, *, actor: User | None, now: datetime) -> dict[str, int] | None:
    """Ask the next nearest carers for each leg that has none; what keeps all others away when nobody is being asked now.

    Those never asked come first, then those who let a question pass; earlier questions stay open. A leg that waits for
    the answer to a direct question (of a plan, of a dispatcher) is left to it.
    """
    at_once = policy.minutes("urgent_asked_at_once", on=local_date(now))
    bound = set(Assignment.objects.filter(visit=visit, status__in=Assignment.LIVE).values_list("leg", flat=True))
    before = set(Offer.objects.filter(visit=visit).values_list("carer_id", flat=True))
    obstacles: Counter[str] = Counter()
    for leg in range(1, visit.carers_needed + 1):
        if leg in bound:
            continue
        found = nearest(visit, leg, but=not_to_ask(visit, leg, now), now=now)
        obstacles.update(found.obstacles)
        order = sorted(found.starts, key=lambda carer: carer.pk in before)  # stable: the nearest first in each part
        starts = {carer: found.starts[carer] for carer in order[:at_once]}
        if starts:
            open_pool(visit=visit, leg=leg, starts=starts, actor=actor, now=now)
    asking = Offer.objects.filter(visit=visit, status=Offer.Status.SENT, expires_at__gt=now).exists()
    return None if asking else dict(obstacles)


def raise_alarm(urgent: UrgentCall, reasons: Mapping[str, int], *, words: str = "", now: datetime) -> None:
    """Call the supervisors: the town's dispatchers and the administrators see it until somebody takes it in hand.

    `words`: what the refusal behind the reasons said.
    """
    said = {"words": words} if words else {}
    rows = [{"code": code, "number": number} | said for code, number in sorted(reasons.items())]
    changes = {"alarmed_at": now, "alarm_reasons": rows, "acknowledged_at": None, "acknowledged_by": None}
    move(urgent, Status.ALARMED, actor=None, now=now, reason=" ".join(sorted(reasons))[:200], **changes)


def _follow_visit(urgent: UrgentCall, *, now: datetime) -> None:
    """Move the call to what its visit says; a carer who fell out puts it back to waiting, with the next due at once."""
    wanted = urgent.stands_at
    if wanted == Status.HELPED:
        move(urgent, wanted, actor=None, now=now, ended_at=now)
    elif wanted == Status.TAKEN and urgent.status != wanted:
        move(urgent, wanted, actor=None, now=now)
    elif urgent.status == Status.TAKEN and wanted != Status.TAKEN:
        move(urgent, Status.WAITING, actor=None, now=now, reason=CARER_FELL_OUT, next_ask_at=now)
    if wanted == Status.ALARMED and urgent.status == Status.WAITING:
        raise_alarm(urgent, {CANCELLED_ELSEWHERE: 0}, now=now)


def _wind_clock(urgent: UrgentCall, now: datetime) -> None:
    """Set the next step to the first whole step after now; whoever sets it does this one."""
    step = timedelta(seconds=policy.minutes("urgent_next_seconds", on=local_date(now)))
    upcoming = urgent.next_ask_at + step * ((now - urgent.next_ask_at) // step + 1)
    due = UrgentCall.objects.filter(pk=urgent.pk, next_ask_at=urgent.next_ask_at, status=urgent.status)
    if due.update(next_ask_at=upcoming) != 1:
        raise LostRace("Another did this step.")
    urgent.next_ask_at = upcoming
