"""Handing notices to their providers (people/outbox_delivery.py), and the next way when an address is no more."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from dispatch.notices.models import Notice
from dispatch.notices.providers import Gone, Message, Provider, chosen_providers
from dispatch.notices.ways import Way, next_way, service_of, ways_to
from dispatch.visits.permissions import require_office
from orders.services.reasons import required_reason
from people.errors import Conflict
from people.outbox_delivery import Carriage, deliver, queue_again, require_still_of_use, take_report
from people.outbox_providers import Receipt


def deliver_due(*, now: datetime) -> int:
    """How many notices the providers took. Two runs at once hand each one over once."""
    return deliver(Notice.objects.all(), _carriage(now), now=now)


def receive_report(*, reference: str, delivered: bool, code: str = "", now: datetime) -> Notice:
    """The notice that a provider reports on; a repeat changes nothing.

    Raises:
        NotVisible: no notice has this reference.
    """
    return take_report(Notice.objects.all(), reference=reference, delivered=delivered, code=code, now=now)


def send_again(*, notice: Notice, reason: str, actor: User | None, now: datetime) -> None:
    """Queue a notice that was not delivered once more, in the same words, on the way that its carer has now.

    Raises:
        NotAllowed: the actor is not of the office. Invalid: no reason.
        WrongState: it did not fail. Conflict: it would come too late ("too_late"), or the carer was told something newer
            about this visit ("out_of_date").
        LostRace: somebody else was faster.
    """
    require_office(actor)
    reason = required_reason(reason)
    require_still_of_use(notice, now)
    newer = Notice.objects.filter(carer=notice.carer_id, visit=notice.visit_id, pk__gt=notice.pk)
    if notice.visit_id is not None and newer.exists():
        raise Conflict(_("The carer was told something newer about this visit."), code="out_of_date")
    way = ways_to([notice.carer_id])[notice.carer_id]
    queue_again(notice, reason=reason, actor=actor, now=now, channel=way.channel, address=way.address)


def _carriage(now: datetime) -> Carriage[Notice]:
    providers = chosen_providers()
    return Carriage(lambda row: _hand_over(row, providers, now), _out_of_date, _lane)


def _hand_over(row: Notice, providers: dict[str, Provider], now: datetime) -> Receipt:
    """The receipt of the first way that takes the notice; the app always does."""
    provider = providers.get(row.channel)
    try:
        if provider is None:  # the settings name it no more
            raise Gone("no provider")
        return provider.send(_message(row, now))
    except Gone:
        way = next_way(row.carer_id, Way(Notice.Channel(row.channel), row.address))
    row.channel, row.address = way.channel, way.address
    row.save(update_fields=["channel", "address"])
    return _hand_over(row, providers, now)


def _message(row: Notice, now: datetime) -> Message:
    left = int((row.expires_at - now).total_seconds())
    return Message(row.key, row.kind, row.channel, row.address, row.text, left)


def _out_of_date(row: Notice) -> str:
    """Read while a worker had it, which died."""
    return "read in the app" if row.read_at is not None else ""


def _lane(row: Notice) -> str:
    """One push service that is away says nothing of another."""
    return " ".join(filter(None, [row.channel, service_of(row.address)]))
