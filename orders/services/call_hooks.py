"""The exchange's word about a call: new, answered, hung up. It may come twice, late, and in the wrong order."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from orders.call_selectors import operators_named
from orders.callers import read_number
from orders.models import CallEvent, CallRecord
from orders.services.calls import answer_call, end_call, lock_call, owe_for_missed, settle_missed_by
from people.transitions import move, record_birth

Event = CallEvent.Kind
Status = CallRecord.Status
_log = structlog.get_logger(__name__)

# A hang-up that has not come by then was lost on the way.
LONGEST_RINGING = timedelta(minutes=10)
LONGEST_TALK = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Hook:
    """One event as the exchange sends it (names after the generic CTI of help-desk products; domain guide 3.15).

    `users` are user names or extensions of the operators involved; nobody named: it rings at all.
    """

    event: str
    call_id: str
    caller: str = ""
    called: str = ""
    direction: str = CallRecord.Direction.IN
    queue: str = ""
    users: tuple[str, ...] = ()
    answering_number: str = ""
    cause: str = ""


def receive_hook(*, hook: Hook, now: datetime) -> CallRecord:
    """Take the exchange's word; returns the call as it stands then.

    Each event of a call counts once: a repeat changes nothing, whatever else it says. The status only moves forward,
    and the end is the same in whatever order the three events come. A call that is unknown begins with any of them.
    """
    with transaction.atomic():
        call = _locked(hook, now)
        if call.raw_events.filter(event=hook.event).exists():
            return call
        payload = json.dumps(asdict(hook), ensure_ascii=False)
        call.raw_events.create(event=hook.event, payload=payload, received_at=now)
        _complete(call, hook, now)
        match hook.event:
            case Event.NEW_CALL:
                _ring(call, hook)
            case Event.ANSWER:
                _answered(call, hook, now)
            case Event.HANGUP:
                end_call(call, cause=hook.cause, actor=None, now=now)
    return call


def _locked(hook: Hook, now: datetime) -> CallRecord:
    """The call of this id, made if need be; of two hooks at once that make it, the unique id lets one pass."""
    values = {"direction": hook.direction, "started_at": now}
    call, is_new = CallRecord.objects.get_or_create(call_id=hook.call_id, defaults=values)
    if is_new:
        record_birth(call, actor=None, now=now)
        return call
    return lock_call(call.pk)


def _complete(call: CallRecord, hook: Hook, now: datetime) -> None:
    """Fill in what no earlier event of the call told; who missed a call is owed one once the number is known."""
    number = read_number(hook.called if hook.direction == CallRecord.Direction.OUT else hook.caller)
    if hook.queue and not call.queue:
        call.queue = hook.queue
        call.save(update_fields=["queue"])
    if number and not call.number:
        call.number, call.number_index, call.number_tail = number.text, number.index, number.tail
        call.save(update_fields=["number", "number_index", "number_tail"])
        if call.status == Status.MISSED:
            owe_for_missed(call, actor=None, now=now)


def _ring(call: CallRecord, hook: Hook) -> None:
    """Ring at the operators who are named, or at all; a call out belongs to whoever asked for it already.

    A caller must not wait unheard because an extension is not recorded; a stranger's call out is no operator's matter.
    """
    if not hook.users or not call.rings_at_all:
        return
    named = operators_named(hook.users)
    if not named and call.direction == CallRecord.Direction.IN:
        _log.warning("nobody_named_is_an_operator", call=call.pk, advice="Record the extensions of the operators.")
        return
    call.rings_at.set(named)
    call.rings_at_all = False
    call.save(update_fields=["rings_at_all"])


def _answered(call: CallRecord, hook: Hook, now: datetime) -> None:
    answered_by = _who_answered(call, hook)
    if call.status == Status.MISSED:
        move(call, Status.ENDED, actor=None, now=now, reason="answered after all", answered_by=answered_by)
        settle_missed_by(call, answered_by=answered_by, now=now)
    elif call.status == Status.RINGING or (call.status == Status.ANSWERED and call.answered_by_id is None):
        answer_call(call, answered_by=answered_by, actor=None, now=now)


def _who_answered(call: CallRecord, hook: Hook) -> User | None:
    """The operator at the answering telephone, or the only one named; of a call out, the one who made it."""
    for names in ([hook.answering_number], hook.users):
        found = operators_named([name for name in names if name])
        if len(found) == 1:
            return found[0]
    return call.rings_at.first() if call.direction == CallRecord.Direction.OUT else None


def end_forgotten_calls(*, now: datetime) -> int:
    """End the calls whose hang-up was lost: unanswered for ten minutes or spoken for four hours; returns how many."""
    forgotten = Q(status=Status.RINGING, started_at__lt=now - LONGEST_RINGING)
    forgotten |= Q(status=Status.ANSWERED, answered_at__lt=now - LONGEST_TALK)
    ended = 0
    for pk in list(CallRecord.objects.filter(forgotten).values_list("pk", flat=True)):
        with transaction.atomic():
            # Asked again under the lock: its word may have come meanwhile.
            call = CallRecord.objects.select_for_update().filter(forgotten, pk=pk).first()
            if call is not None:
                end_call(call, cause="", actor=None, now=now)
                ended += 1
    return ended
