"""How a carer is reached: by the first channel of `settings.NOTICE_PROVIDERS` that the carer has, else in the app."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.conf import settings

from dispatch.notices.models import Notice, PushSubscription
from people.masking import mask_phone
from people.phones import is_mobile
from people.selectors import numbers_of
from volunteers.models import Carer

Channel = Notice.Channel
Addresses = dict[int, str]


@dataclass(frozen=True, slots=True)
class Way:
    """A channel and the address there, as a notice keeps it."""

    channel: Notice.Channel
    address: str = ""


def ways_to(carers: Collection[int]) -> dict[int, Way]:
    """By the carer's key, the way a notice goes now; as many queries for any number of carers."""
    return _first_of(_channels(), carers)


def next_way(carer: int, gone: Way) -> Way:
    """Where a notice goes whose address is no more: to another one of its channel, else on the next; at last to the app."""
    channels = _channels()
    if gone.channel in channels:
        channels = channels[channels.index(gone.channel) :]
    way = _first_of(channels, [carer])[carer]
    return way if way != gone else _first_of(channels[1:], [carer])[carer]


def device_of(address: str) -> int:
    """The key of the push subscription that an address names."""
    return int(address.partition("@")[0])


def service_of(address: str) -> str:
    """The push service's host in an address."""
    return address.partition("@")[2]


def shown(address: str) -> str:
    """An address as the records may show it: a push service's host, or a masked number."""
    return service_of(address) or mask_phone(address)


def _channels() -> list[Notice.Channel]:
    """Those that have a provider and addresses, the best first."""
    return [Channel(name) for name in settings.NOTICE_PROVIDERS if name in _ADDRESSES]


def _first_of(channels: Sequence[Notice.Channel], carers: Collection[int]) -> dict[int, Way]:
    found = dict.fromkeys(carers, Way(Channel.APP))
    for channel in reversed(channels):
        found |= {carer: Way(channel, address) for carer, address in _ADDRESSES[channel](carers).items()}
    return found


def _devices(carers: Collection[int]) -> Addresses:
    """The device that subscribed last: its key, not its endpoint, which may change and ends with the device's token."""
    carer = "token__user__person__carer"
    rows = PushSubscription.objects.filter(**{f"{carer}__in": carers}, token__user__is_active=True).order_by("pk")
    return {key: f"{pk}@{service}" for key, pk, service in rows.values_list(carer, "pk", "service")}


def _mobiles(carers: Collection[int]) -> Addresses:
    """The mobile to call first."""
    people = dict(Carer.objects.filter(pk__in=carers).values_list("person_id", "pk"))
    mobiles = {people[key]: next(filter(is_mobile, numbers), "") for key, numbers in numbers_of(people).items()}
    return {carer: number for carer, number in mobiles.items() if number}


_ADDRESSES: dict[Channel, Callable[[Collection[int]], Addresses]] = {
    Channel.PUSH: _devices,
    Channel.SMS: _mobiles,
    Channel.WECHAT: _mobiles,
}
