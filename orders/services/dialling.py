"""Calls out: an operator or a carer asks, the bridge takes one after the other, each once, and tells the exchange."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.call_selectors import takes_calls
from orders.callers import Number, read_number
from orders.models import CallRecord, DialRequest, Extension
from orders.services.calls import end_call, lock_call
from people import policy
from people.clock import local_date
from people.errors import Invalid, NotAllowed
from people.models import Person
from people.phones import normalize
from people.transitions import record_birth

# The operator has put the receiver down and gone on by then.
STALE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Dial:
    """A call for the exchange to make: first the operator's telephone or a number outside, then the number (E.164).

    A telephone outside shows `shown`, the hotline: whoever asked must not learn the number.
    """

    call_id: str
    extension: str
    number: str
    first_number: str = ""
    shown: str = ""


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
        call = _call_out(f"out-{uuid4().hex}", read, person, actor=actor, now=now)
        call.rings_at.add(actor)
        DialRequest.objects.create(call=call, extension=extension, requested_at=now)
    return call


def connect(*, first: Person, then: Person, about: str, actor: User, now: datetime) -> bool:
    """Whether the exchange is asked to ring one person's own telephone and, once it is taken up, the other's.

    Neither learns the other's number. `about` names what it is for: while a request about the same still rings, it
    stands and no other is made. False: one of them has no number. The caller's transaction keeps rivals apart.
    """
    waiting = Q(dial_request__taken_at__isnull=False) | Q(dial_request__requested_at__gte=now - STALE_AFTER)
    prefix = f"out-{about}-"
    if CallRecord.objects.filter(waiting, call_id__startswith=prefix, status=CallRecord.Status.RINGING).exists():
        return True
    numbers = [number_of_person(person) for person in (first, then)]
    if not all(numbers):
        return False
    with transaction.atomic():
        call = _call_out(f"{prefix}{uuid4().hex}", read_number(numbers[1]), then, actor=actor, now=now)
        DialRequest.objects.create(call=call, first_number=numbers[0], requested_at=now)
    return True


def number_of_person(person: Person) -> str:
    """The number at which a person is called first, in E.164; empty without one."""
    numbers = person.phones.order_by("-is_primary", "pk").values_list("number", flat=True)
    return numbers.first() or ""


def _call_out(call_id: str, number: Number, person: Person | None, *, actor: User, now: datetime) -> CallRecord:
    """The record of a call that is asked for; it rings at no operator yet, and its first event says who asked."""
    call = CallRecord.objects.create(
        call_id=call_id,
        direction=CallRecord.Direction.OUT,
        number=number.text,
        number_index=number.index,
        number_tail=number.tail,
        person=person,
        rings_at_all=False,
        started_at=now,
    )
    record_birth(call, actor=actor, now=now)
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
                hotline = str(policy.value("hotline", on=local_date(now))) if request.first_number else ""
                return Dial(call.call_id, request.extension, call.number, request.first_number, hotline)
    return None
