"""The facts of an elder's card that an operator may correct while the caller is on the line."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from orders.models import Elder, ElderEvent
from people.models import Person


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is stored now: alerts as kind and note, phones as key, number and whether it is the first to call."""

    gender_wish: str
    home_adapted: bool
    alerts: tuple[tuple[str, str], ...]
    phones: tuple[tuple[int, str, bool], ...]

    def version(self) -> str:
        """A mark of these very facts: another mark means that somebody changed something."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class CardChange:
    """What an operator wants the card to say. Alerts are kind and new note; an empty note keeps the one there is."""

    gender_wish: str = ""
    home_adapted: bool = False
    alerts: Mapping[str, str] = field(default_factory=dict)
    new_phone: str = ""
    # The key of the phone to call first; None keeps the order, and 0 is the new one.
    first_phone: int | None = None
    gone_phones: frozenset[int] = frozenset()


def card_facts(elder: Elder) -> CardFacts:
    """The elder's facts as the database holds them now."""
    stored = Elder.objects.get(pk=elder.pk)
    return CardFacts(
        gender_wish=stored.gender_wish,
        home_adapted=stored.home_adapted,
        alerts=tuple(stored.alerts.order_by("kind").values_list("kind", "note")),
        phones=tuple(stored.person.phones.order_by("-is_primary", "pk").values_list("pk", "number", "is_primary")),
    )


def last_change(elder: Elder, kind: ElderEvent.Kind, *, contact: Person | None = None) -> ElderEvent | None:
    """The latest event of this kind on the card (about this contact), with its actor; None if there is none."""
    events = elder.events.filter(kind=kind, contact=contact).select_related("actor")
    return events.order_by("pk").last()
