"""What an operator does with a call: take it, say who it is, join an order to it, hang up, write down what came of it."""

from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.call_selectors import held_by_another, joins_two_outside, takes_calls
from orders.callers import Number, read_number
from orders.models import CallBack, CallRecord, Order
from orders.services.call_backs import owe_call_back, settle_missed
from orders.services.reasons import MOST_CHARACTERS
from people.errors import Conflict, Invalid, NotAllowed, Text, WrongState
from people.models import Person
from people.transitions import move, record_birth
from people.user_names import name_of

Status = CallRecord.Status


def lock_call(pk: int) -> CallRecord:
    """The call, locked until the transaction ends: hooks and clicks about it queue behind each other (PostgreSQL;
    SQLite has one writer anyway), and the compare-and-set of each move decides all the same."""
    return CallRecord.objects.select_for_update().get(pk=pk)


def note_change(call: CallRecord, *, reason: str, actor: User | None, now: datetime) -> None:
    """Write the event row of a change that leaves the status as it is."""
    call.events.create(old=call.status, new=call.status, reason=reason, actor=actor, at=now)


def start_by_hand(*, number: str = "", actor: User, now: datetime) -> CallRecord:
    """A call that the exchange does not know, being spoken by the operator who enters it; the number may be missing.

    Raises NotAllowed for whoever does not take calls.
    """
    _require_operator(actor)
    read = read_number(number)
    with transaction.atomic():
        call = CallRecord.objects.create(
            call_id=f"hand-{uuid4().hex}",
            direction=CallRecord.Direction.IN,
            number=read.text,
            number_index=read.index,
            number_tail=read.tail,
            rings_at_all=False,
            status=Status.ANSWERED,
            answered_by=actor,
            started_at=now,
            answered_at=now,
        )
        record_birth(call, actor=actor, now=now, reason="by hand")
        settle_missed(number_index=read.index, actor=actor, now=now)
    return call


def claim(*, call: CallRecord, actor: User, now: datetime) -> CallRecord:
    """Give a ringing call to the operator who takes it: the first wins, and it leaves the others' screens.

    So does a call that was answered at nobody knows which telephone. Taking one's own call changes nothing.

    Raises:
        NotAllowed: the actor does not take calls.
        Conflict: another operator has it or asked for it (code `taken`, named); or WrongState, it is over.
    """
    _require_operator(actor)
    with transaction.atomic():
        locked = lock_call(call.pk)
        if locked.answered_by_id == actor.pk:
            return locked
        _require_own(locked, actor)
        answer_call(locked, answered_by=actor, actor=actor, now=now)
    return locked


def answer_call(call: CallRecord, *, answered_by: User | None, actor: User | None, now: datetime) -> None:
    """Let a locked call be answered, by somebody if it is known by whom; whoever missed this number is spoken with.

    Raises WrongState for a call that has ended.
    """
    if call.status == Status.ANSWERED and call.answered_by_id is None and answered_by is not None:
        call.answered_by = answered_by
        call.save(update_fields=["answered_by"])
        note_change(call, reason="taken", actor=actor, now=now)
    else:
        move(call, Status.ANSWERED, actor=actor, now=now, answered_at=now, answered_by=answered_by)
    settle_missed_by(call, answered_by=answered_by, now=now)


def settle_missed_by(call: CallRecord, *, answered_by: User | None, now: datetime) -> None:
    """Close the call-back of whom a call reached, unless it brought two people outside together: the one who called in
    vain has not been heard then."""
    if not joins_two_outside(call):
        settle_missed(number_index=call.number_index, actor=answered_by, now=now)


def end_call(call: CallRecord, *, cause: str, actor: User | None, now: datetime) -> None:
    """Let a locked call end: missed if nobody answered it, and then to be called back. One that is over stays so."""
    if call.status == Status.ANSWERED:
        move(call, Status.ENDED, actor=actor, now=now, ended_at=now, cause=cause)
    elif call.status == Status.RINGING:
        move(call, Status.MISSED, actor=actor, now=now, ended_at=now, cause=cause)
        owe_for_missed(call, actor=actor, now=now)


def owe_for_missed(call: CallRecord, *, actor: User | None, now: datetime) -> None:
    """Who called in vain is to be called back at once; a withheld number cannot be."""
    if call.direction == CallRecord.Direction.IN and call.number:
        owe_call_back(
            number=number_of(call),
            why=CallBack.Why.MISSED,
            due_at=now,
            call=call,
            person=call.person,
            actor=actor,
            now=now,
        )


def hang_up_by_hand(*, call: CallRecord, actor: User, now: datetime) -> CallRecord:
    """End a call on the screen, where the exchange's word is missing. A call that is over stays as it is.

    Raises:
        NotAllowed: the actor does not take calls.
        Conflict: another operator is speaking, or asked for this call out (code `taken`).
        WrongState: it is still ringing.
    """
    _require_operator(actor)
    with transaction.atomic():
        locked = lock_call(call.pk)
        if locked.status == Status.RINGING and locked.direction == CallRecord.Direction.IN:
            raise WrongState(_("This call is still ringing: take it first."), call=locked.pk, status=locked.status)
        _require_own(locked, actor)
        end_call(locked, cause="", actor=actor, now=now)
    return locked


def identify(*, call: CallRecord, person: Person, actor: User, now: datetime) -> CallRecord:
    """Write down who is calling. A repeat changes nothing; a slip is corrected by naming the right person.

    Raises:
        NotAllowed: the actor does not take calls.
        Conflict: another operator has the call (code `taken`).
    """
    _require_operator(actor)
    with transaction.atomic():
        locked = lock_call(call.pk)
        _require_own(locked, actor)
        if locked.person_id != person.pk:
            locked.person = person
            locked.save(update_fields=["person"])
            note_change(locked, reason=f"person {person.pk}", actor=actor, now=now)
    return locked


def link_order(*, call: CallRecord, order: Order, actor: User, now: datetime) -> None:
    """Write down that an order came of a call. A repeat changes nothing. Raises as `identify`."""
    _require_operator(actor)
    with transaction.atomic():
        locked = lock_call(call.pk)
        _require_own(locked, actor)
        if not locked.orders.filter(pk=order.pk).exists():
            locked.orders.add(order)
            note_change(locked, reason=f"order {order.pk}", actor=actor, now=now)


def wrap_up(
    *,
    call: CallRecord,
    code: str,
    note: str = "",
    call_back_at: datetime | None = None,
    actor: User,
    now: datetime,
) -> CallRecord:
    """Write down what came of a call, and promise to call back if a time is given. Repeating it changes nothing.

    A slip is corrected by wrapping up again; each time leaves its event row.

    Raises:
        Invalid: no such code, too long a note, a past time, or nobody's number to call back; by field.
        NotAllowed: the actor does not take calls.
        Conflict: another operator has the call (code `taken`); or WrongState, it still rings.
    """
    _require_operator(actor)
    note = note.strip()
    with transaction.atomic():
        locked = lock_call(call.pk)
        _require_own(locked, actor)
        _refuse_wrap_up(locked, code, note, call_back_at, now)
        if (locked.wrap_up, locked.outcome) != (code, note):
            locked.wrap_up, locked.outcome, locked.wrapped_up_by, locked.wrapped_up_at = code, note, actor, now
            locked.save(update_fields=["wrap_up", "outcome", "wrapped_up_by", "wrapped_up_at"])
            note_change(locked, reason=code, actor=actor, now=now)
        if call_back_at is not None:
            _promise(locked, call_back_at, actor, now)
    return locked


def _promise(call: CallRecord, due_at: datetime, actor: User, now: datetime) -> None:
    """Owe the call-back that was promised in this call; one that was made since is not owed again."""
    number, why = _number_to_call(call), CallBack.Why.PROMISED
    if not call.call_backs.filter(number_index=number.index, why=why, due_at=due_at).exists():
        owe_call_back(number=number, why=why, due_at=due_at, call=call, person=call.person, actor=actor, now=now)


def _refuse_wrap_up(call: CallRecord, code: str, note: str, call_back_at: datetime | None, now: datetime) -> None:
    if call.status == Status.RINGING:
        raise WrongState(_("This call is still ringing: take it first."), call=call.pk, status=call.status)
    wrong: dict[str, list[Text]] = {}
    if code not in CallRecord.WrapUp.values:
        wrong["code"] = [_("Choose what came of the call.")]
    if len(note) > MOST_CHARACTERS:
        wrong["note"] = [_("At most 200 characters.")]
    if call_back_at is not None and call_back_at < now:
        wrong["call_back_at"] = [_("This time has passed.")]
    elif call_back_at is not None and not _number_to_call(call):
        wrong["call_back_at"] = [_("There is no number to call back: the caller's is withheld.")]
    if wrong:
        raise Invalid(next(iter(wrong.values()))[0], fields=wrong)


def number_of(call: CallRecord) -> Number:
    """The other side's number with its mark."""
    return Number(call.number, call.number_index, call.number_tail)


def _number_to_call(call: CallRecord) -> Number:
    """The call's number; behind a withheld one, that of the person who called; else none."""
    if call.number or call.person is None:
        return number_of(call)
    phone = call.person.phones.order_by("-is_primary", "pk").first()
    return Number(phone.number, phone.number_index, phone.tail) if phone else number_of(call)


def _require_operator(actor: User) -> None:
    if not takes_calls(actor):
        raise NotAllowed(_("Only operators take calls."))


def _require_own(call: CallRecord, actor: User) -> None:
    """Refuse to touch a call that is another operator's, or that is no operator's."""
    if joins_two_outside(call):
        raise NotAllowed(_("This call connects a carer with an elder; it is no operator's."), code="no_operators_call")
    other = held_by_another(call, actor)
    if other is not None:
        message = _("%(name)s has this call.") % {"name": name_of(other)}
        raise Conflict(message, code="taken", call=call.pk, taken_by=other.pk)
