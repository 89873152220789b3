"""Correcting an elder's card without overwriting what somebody else has corrected meanwhile."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.card import CardChange, CardFacts, card_facts
from orders.models import Elder, ElderAlert, ElderEvent
from orders.services.elders import check_gender_wish
from people.errors import Invalid, LostRace, Text
from people.models import Phone
from people.services import add_phone, call_first, remove_phone

NEW_PHONE = 0  # stands for the number being added where a phone's key is asked for


@transaction.atomic
def change_card(*, elder: Elder, seen: str, change: CardChange, actor: User | None, now: datetime) -> None:
    """Make the card say what the change says, if it still says what the actor saw (`seen`, a version of its facts).

    The elder's row is locked first, so of two who saved at once the second sees the first one's facts.

    Raises:
        Invalid: no such gender or alert, or not a phone number.
        Conflict: code "duplicate_phone"; the elder has the new number already.
        LostRace: code "stale"; the card says something else by now.
    """
    stored = Elder.objects.select_for_update().get(pk=elder.pk)
    before = card_facts(stored)
    if before.version() != seen:
        raise LostRace(_("Somebody else changed this card a moment ago."), code="stale")
    check_gender_wish(change.gender_wish)
    stored.gender_wish, stored.home_adapted = change.gender_wish, change.home_adapted
    stored.save(update_fields=["gender_wish", "home_adapted"])
    set_alerts(stored, change.alerts)
    _set_phones(stored, change, actor=actor, now=now)
    if changed := _differences(before, card_facts(stored)):
        stored.events.create(kind=ElderEvent.Kind.FACTS, facts=",".join(changed), actor=actor, at=now)


def set_alerts(elder: Elder, wanted: Mapping[str, str]) -> None:
    """Make the elder's alerts these kinds; a note that is given replaces the one there is.

    Raises Invalid for a kind that does not exist. Call it inside a transaction.
    """
    if unknown := set(wanted) - set(ElderAlert.Kind.values):
        message: Text = _("There is no alert %(kind)s.") % {"kind": ", ".join(sorted(unknown))}
        raise Invalid(message, fields={"alerts": [message]})
    elder.alerts.exclude(kind__in=wanted).delete()
    for kind, note in wanted.items():
        changes = {"note": note} if note else {}
        ElderAlert.objects.update_or_create(elder=elder, kind=kind, defaults=changes)


def _differences(before: CardFacts, after: CardFacts) -> list[str]:
    names = ("gender_wish", "home_adapted", "alerts", "phones")
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _set_phones(elder: Elder, change: CardChange, *, actor: User | None, now: datetime) -> None:
    """Numbers go, one comes, and one of them becomes the first to call, in this order."""
    person = elder.person
    for phone in person.phones.filter(pk__in=change.gone_phones):
        remove_phone(phone=phone, actor=actor, now=now)
    if change.new_phone:
        first = change.first_phone == NEW_PHONE or not person.phones.exists()
        add_phone(person=person, number=change.new_phone, is_primary=first, actor=actor, now=now)
    if change.first_phone and (chosen := Phone.objects.filter(person=person, pk=change.first_phone).first()):
        call_first(phone=chosen, actor=actor, now=now)
