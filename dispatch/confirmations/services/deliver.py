"""Handing messages to the provider, and what comes back (people/outbox_delivery.py); when one is no longer true."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.providers import Message, chosen_provider
from dispatch.confirmations.recipients import reach
from dispatch.visits.permissions import require_office
from orders.models import Visit, VisitEvent
from orders.services.reasons import required_reason
from people.errors import Conflict
from people.outbox_delivery import Carriage, deliver, queue_again, require_still_of_use, take_report
from people.outbox_providers import Receipt


def deliver_due(*, now: datetime) -> int:
    """How many messages the provider took. Two runs at once hand each message over once."""
    return deliver(Confirmation.objects.all(), _carriage(), now=now)


def receive_report(*, reference: str, delivered: bool, code: str = "", now: datetime) -> Confirmation:
    """The message that the provider reports on; a repeat changes nothing.

    Raises:
        NotVisible: no message has this reference.
    """
    return take_report(Confirmation.objects.all(), reference=reference, delivered=delivered, code=code, now=now)


def send_again(*, confirmation: Confirmation, reason: str, actor: User | None, now: datetime) -> None:
    """Queue a message that was not delivered once more, in the same words, to the number that its person has now.

    Raises:
        NotAllowed: the actor is not of the office. Invalid: no reason.
        WrongState: it did not fail. Conflict: it would come too late ("too_late"), its words are not true any more
            ("out_of_date"), or the person has no phone now ("no_phone").
        LostRace: somebody else was faster.
    """
    require_office(actor)
    reason = required_reason(reason)
    require_still_of_use(confirmation, now)
    if _has_changed(confirmation):
        message = _("The visit has changed since this message was written. Please call and say how it stands now.")
        raise Conflict(message, code="out_of_date")
    recipient = reach([confirmation.person]).get(confirmation.person_id)
    if recipient is None:
        raise Conflict(_("No phone is recorded for this person."), code="no_phone")
    to = {"number": recipient.number, "channel": recipient.channel}
    queue_again(confirmation, reason=reason, actor=actor, now=now, **to)


def _carriage() -> Carriage[Confirmation]:
    provider = chosen_provider()

    def hand_over(row: Confirmation) -> Receipt:
        return provider.send(Message(key=row.key, channel=row.channel, number=row.number, text=row.text))

    return Carriage(hand_over, _out_of_date)


def _out_of_date(row: Confirmation) -> str:
    """Why a message is not sent any more; of a whole order the rest is still worth telling."""
    return "visit changed" if row.visit_id is not None and _has_changed(row) else ""


def _has_changed(row: Confirmation) -> bool:
    """Whether a visit that the message is about changed after it was written, so that its words may be untrue.

    A plan that proposes a carer, or thinks better of it, changes nothing that was said; and cancelled is for good.
    """
    if row.kind == Confirmation.Kind.CANCELLED:
        return False
    about = Q(subject=row.visit_id) if row.visit_id is not None else Q(subject__order_item__order=row.order_id)
    opened, planned = Visit.Status.OPEN, Visit.Status.PLANNED
    unsaid = Q(old="") | Q(old=opened, new=planned) | Q(old=planned, new=opened)
    return VisitEvent.objects.filter(about, at__gt=row.created_at).exclude(unsaid).exists()
