"""Who could take a visit, for the panel: possible carers first, the others with the rule that keeps them away."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.planning.day_clock import moment_of
from dispatch.planning.names import pk_of
from dispatch.planning.standing import standing
from dispatch.planning.words import Text, rule_text
from orders.models import Visit
from people.errors import WrongState
from volunteers.models import Carer


@dataclass(frozen=True, slots=True)
class Choice:
    """A carer for one leg: when and with how much more travel (minutes), or why not."""

    carer: Carer
    holds_it: bool
    start: datetime | None
    extra_travel: int | None
    obstacle: Text


@dataclass(frozen=True, slots=True)
class Choices:
    possible: list[Choice]
    others: list[Choice]
    closed: Text  # why nobody can be chosen, empty otherwise


def choices(visit: Visit, leg: int, now: datetime) -> Choices:
    """The carers of the day for this leg of the visit, the live work of all left as it is."""
    try:
        held = standing(visit, leg, now)
    except WrongState as error:
        return Choices([], [], error.message)
    pin = held.held.get(held.leg)
    found = held.candidates()
    carers = Carer.objects.select_related("person").in_bulk({pk_of(each.carer) for each in found})
    rows = [
        Choice(
            carer=carers[pk_of(each.carer)],
            holds_it=pin is not None and pin.carer == each.carer,
            start=None if each.start is None else moment_of(each.start, visit.service_date),
            extra_travel=each.extra_travel,
            obstacle="" if each.blocked is None else rule_text(each.blocked),
        )
        for each in found
    ]
    return Choices([row for row in rows if not row.obstacle], [row for row in rows if row.obstacle], "")
