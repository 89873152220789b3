"""Who is to be called back: owed once per number, done once."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.callers import Number
from orders.models import CallBack, CallRecord, Elder
from orders.services.reasons import required_reason
from people.errors import Conflict
from people.models import Person
from people.transitions import move, record_birth


def owe_call_back(
    *,
    number: Number,
    why: CallBack.Why,
    due_at: datetime,
    call: CallRecord | None = None,
    person: Person | None = None,
    elder: Elder | None = None,
    actor: User | None,
    now: datetime,
) -> CallBack:
    """The open call-back of this number, made or found: the last word given to the caller is what it says.

    Another missed call changes nothing in it: what was said to a person is not forgotten over it.
    """
    number_columns = {"number": number.text, "number_tail": number.tail}
    word = {"why": why, "due_at": due_at, "call": call, "person": person, "elder": elder}
    with transaction.atomic():
        owed, is_new = CallBack.objects.select_for_update().get_or_create(
            number_index=number.index, status=CallBack.Status.OPEN, defaults=number_columns | word
        )
        if is_new:
            record_birth(owed, actor=actor, now=now, reason=why)
        elif why != CallBack.Why.MISSED and (owed.why, owed.due_at) != (why, due_at):
            _give_new_word(owed, word, actor=actor, now=now)
    return owed


def _give_new_word(owed: CallBack, word: Mapping[str, object], *, actor: User | None, now: datetime) -> None:
    """Let a locked call-back say why and when it is owed now; its event row keeps what it said before."""
    before = owed.word
    given = {column: value for column, value in word.items() if value is not None}
    for column, value in given.items():
        setattr(owed, column, value)
    owed.save(update_fields=list(given))
    reason = f"{before} → {owed.word}"
    owed.events.create(old=owed.status, new=owed.status, reason=reason, actor=actor, at=now)


def finish_call_back(*, call_back: CallBack, word: str, outcome: str, actor: User, now: datetime) -> None:
    """Write down what came of calling back; `word`: the call-back's as the page showed it. A repeat by the same person
    changes nothing.

    Raises:
        Invalid: no outcome, or more than 200 characters.
        WrongState: somebody else has done it.
        Conflict: something else was promised since the page was shown, and stays owed (code "promised_anew").
    """
    with transaction.atomic():
        locked = CallBack.objects.select_for_update().get(pk=call_back.pk)
        if locked.status == CallBack.Status.DONE and locked.done_by_id == actor.pk:
            return
        outcome = required_reason(outcome)
        if locked.word != word:
            message = _("Another time to call back was promised meanwhile. Please look at the list again.")
            raise Conflict(message, code="promised_anew")
        move(locked, CallBack.Status.DONE, actor=actor, now=now, done_at=now, done_by=actor, outcome=outcome)


def settle_missed(*, number_index: str, actor: User | None, now: datetime) -> None:
    """Close the call-back of a missed call, since this number was spoken with; promises stay."""
    if not number_index:
        return
    due = CallBack.objects.select_for_update().filter(
        number_index=number_index, status=CallBack.Status.OPEN, why=CallBack.Why.MISSED
    )
    for call_back in due:
        move(call_back, CallBack.Status.DONE, actor=actor, now=now, reason="spoken with", done_at=now, done_by=actor)
