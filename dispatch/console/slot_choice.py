"""How the form names a slot: who comes (in the order of the visit's parts), from which minute, for which window."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dispatch.planning.slots import Slot, SlotAnswer
from orders.requests import ItemRequest

_MINUTE = "%Y%m%dT%H%M"
_KEY = re.compile(r"([0-9]{1,18}(?:-[0-9]{1,18})?)@{0}/{0}-{0}".replace("{0}", "(2[01][0-9]{6}T[0-9]{4})"))


@dataclass(frozen=True, slots=True)
class ChosenSlot:
    """Carers by their keys, an aware start, and the window for which it was found: it belongs to no other one."""

    carers: tuple[int, ...]
    start: datetime
    window: tuple[datetime, datetime]

    @property
    def key(self) -> str:
        """The slot as the form carries it, such as 12-7@20261126T0600/20261126T0500-20261126T0700 (UTC)."""
        start, earliest, latest = (f"{each.astimezone(UTC):{_MINUTE}}" for each in (self.start, *self.window))
        return f"{'-'.join(map(str, self.carers))}@{start}/{earliest}-{latest}"

    @classmethod
    def of_key(cls, key: str) -> "ChosenSlot | None":
        """The slot that a key names; None when it names none."""
        named = _KEY.fullmatch(key)
        if named is None:
            return None
        try:
            start, *window = (datetime.strptime(each, _MINUTE).replace(tzinfo=UTC) for each in named.groups()[1:])
        except ValueError:
            return None
        return cls(tuple(map(int, named[1].split("-"))), start, (window[0], window[1]))


@dataclass(frozen=True, slots=True)
class Choice:
    """One slot to choose from."""

    slot: Slot
    wanted: ItemRequest
    is_nearest: bool  # outside the window that was asked for

    @property
    def key(self) -> str:
        window = (self.wanted.window_start, self.wanted.window_end)
        return ChosenSlot(tuple(carer.pk for carer in self.slot.carers), self.slot.start, window).key

    @property
    def names(self) -> str:
        return "、".join(carer.person.name for carer in self.slot.carers)

    @property
    def way(self) -> int:
        """Minutes on the road; of two carers the longer way."""
        return max(self.slot.travel_minutes)


@dataclass(frozen=True, slots=True)
class Choices:
    """The slots to choose from in a form's field, and the key that is chosen."""

    field: str
    chosen: str
    found: Sequence[Choice]


def choices_of(slots: SlotAnswer, wanted: ItemRequest) -> Sequence[Choice]:
    """The best inside the window, else the nearest outside of it."""
    found = [Choice(slot, wanted, is_nearest=False) for slot in slots.slots]
    return found or nearest_choice(slots.nearest, wanted)


def nearest_choice(slot: Slot | None, wanted: ItemRequest) -> Sequence[Choice]:
    """The one slot outside of the window, if there is any."""
    return [Choice(slot, wanted, is_nearest=True)] if slot else []
