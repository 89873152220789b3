"""Calls out: an operator asks, the bridge takes one after the other, each once, and tells the exchange."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.call_selectors import takes_calls
from orders.callers import read_number
from orders.models import CallRecord, DialRequest, Extension
from orders.services.calls import end_call, lock_call
from people.errors import Invalid, NotAllowed
from people.models import Person
from people.phones import normalize
from people.transitions import record_birth

# The operator has put the receiver down and gone on by then.
STALE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Dial:
    """A call for the exchange to make: first the operator's telephone, then the number (E.164)."""

    call_id: str
    extension: str
    number: str


def dial(*, number: str, person: Person | None = None, actor: User, now: datetime) -> CallRecord:
    """Ask for a call out from the operator's telephone; the record rings at that operator until it is answered.

    Raises:
        Invalid: not a number that can be called (code `phone`), or the operator has no extension (code `no_extension`).
        NotAllowed: the actor does not take calls.
    """
    if not takes_calls(actor):
        raise NotAllowed(_("Only operators take calls."))
    read = read_number(normalize(number))
    extension = Extension.objects.filter(user=actor).values_list("number", flat=True).first()
    if extension is None:
        message = _("Your telephone's extension is not recorded. Dial by hand, or ask an administrator to enter it.")
        raise Invalid(message, code="no_extension")
    with transaction.atomic():
        call = CallRecord.objects.create(
            call_id=f"out-{uuid4().hex}",
            direction=CallRecord.Direction.OUT,
            number=read.text,
            number_index=read.index,
            number_tail=read.tail,
            person=person,
            rings_at_all=False,
            started_at=now,
        )
        call.rings_at.add(actor)
        record_birth(call, actor=actor, now=now)
        DialRequest.objects.create(call=call, extension=extension, requested_at=now)
    return call


def take_due_dial(*, now: datetime) -> Dial | None:
    """The call asked for that waits longest, handed out once; None when none is to be made.

    A request that waited longer than a minute is given up: its call counts as not answered. One that was hung up
    meanwhile is not made.
    """
    for request in DialRequest.objects.filter(taken_at=None).order_by("requested_at", "pk"):
        with transaction.atomic():
            if DialRequest.objects.filter(pk=request.pk, taken_at=None).update(taken_at=now) != 1:
                continue
            call = lock_call(request.call_id)
            if request.requested_at < now - STALE_AFTER:
                end_call(call, cause="not dialled in time", actor=None, now=now)
            elif call.status == CallRecord.Status.RINGING:
                return Dial(call.call_id, request.extension, call.number)
    return None
