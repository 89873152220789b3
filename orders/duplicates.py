"""Whom an operator may be about to enter a second time: elders who look like the one she is typing."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.finding import PHONES
from orders.models import Elder
from orders.selectors import elders_visible_to
from people import pinyin
from people.blind_index import blind
from people.errors import Invalid, Text
from people.id_numbers import compact
from people.models import Town
from people.phones import normalize
from people.selectors import AnyUser

MOST = 5
WEIGHED = 200  # more namesakes than these are not read
NEAR = timedelta(days=2 * 366)  # ages are told in round or nominal years (虚岁)


class Why(Enum):
    """What speaks for the same person, in how many points, and how it is said."""

    ID_NUMBER = 100, _("same ID number")
    PHONE = 6, _("same phone")
    NAME = 3, _("same name")
    VILLAGE = 3, _("same village")
    SOUND = 2, _("name sounds the same")
    AGE = 2, _("about as old")
    TOWN = 1, _("same town")

    def __init__(self, points: int, words: Text) -> None:
        self.points = points
        self.words = words


# A phone is enough. A name needs a near age or the same village; one that only sounds so needs the town as well.
ENOUGH = 5


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The person being typed, as far as it is known; what cannot be a phone or ID number counts as unknown."""

    name: str = ""
    phones: tuple[str, ...] = ()
    birth_date: date | None = None
    id_number: str = ""
    town: Town | None = None
    village: str = ""


@dataclass(frozen=True, slots=True)
class Likely:
    """An elder who may be the one being typed, the reasons in words, and whether it is certain (same ID number)."""

    elder: Elder
    why: tuple[Text, ...]
    is_certain: bool


def likely_duplicates(user: AnyUser, who: Newcomer) -> list[Likely]:
    """The visible elders who look like the newcomer, the likeliest first, at most 5."""
    weighed = [(elder, _reasons(elder, who)) for elder in _candidates(elders_visible_to(user), who)]
    likely = [(sum(reason.points for reason in reasons), elder, reasons) for elder, reasons in weighed]
    likely = [each for each in likely if each[0] >= ENOUGH]
    likely.sort(key=lambda each: (-each[0], each[1].pk))
    return [
        Likely(elder, tuple(reason.words for reason in reasons), Why.ID_NUMBER in reasons)
        for _points, elder, reasons in likely[:MOST]
    ]


def _candidates(elders: QuerySet[Elder], who: Newcomer) -> list[Elder]:
    """The elders worth weighing, each found through an index: by ID number, phone, and the sound of the name."""
    rows = elders.select_related("person__home", "town").prefetch_related(PHONES)
    ways = [
        who.id_number and Q(person__id_number_index=_id_mark(who.id_number)),
        who.phones and Q(person__phones__number_index__in=_phone_marks(who)),
        (sound := _sound(who.name)) and _sounding(sound) & _near(who),
    ]
    found = {elder.pk: elder for way in ways if way for elder in rows.filter(way).order_by("pk")[:WEIGHED]}
    return list(found.values())


def _sounding(sound: str) -> Q:
    """Whose likeliest reading is this one; further readings of the same characters stand behind a blank."""
    return Q(person__name_pinyin=sound) | Q(person__name_pinyin__startswith=f"{sound} ")


def _near(who: Newcomer) -> Q:
    """Near in age, or of the same village."""
    near = Q(person__home__town=who.town, person__home__village=who.village) if who.village else Q(pk__in=[])
    if who.birth_date:
        near |= Q(person__birth_date__range=(who.birth_date - NEAR, who.birth_date + NEAR))
    return near


def _reasons(elder: Elder, who: Newcomer) -> list[Why]:
    person, home = elder.person, elder.person.home
    same_town = who.town is not None and elder.town_id == who.town.pk
    holds = {
        Why.ID_NUMBER: bool(who.id_number) and person.id_number_index == _id_mark(who.id_number),
        Why.PHONE: not _phone_marks(who).isdisjoint(phone.number_index for phone in person.phones.all()),
        Why.NAME: person.name == who.name,
        Why.SOUND: person.name != who.name and _sound(person.name) == _sound(who.name) != "",
        Why.AGE: bool(who.birth_date and person.birth_date and abs(person.birth_date - who.birth_date) <= NEAR),
        Why.VILLAGE: same_town and bool(who.village) and home is not None and home.village == who.village,
        Why.TOWN: same_town,
    }
    return [reason for reason, it_does in holds.items() if it_does]


def _sound(name: str) -> str:
    """The likeliest reading of a name; empty for none."""
    return pinyin.keys(name)[0].partition(" ")[0]


def _id_mark(id_number: str) -> str:
    return blind("id_number", compact(id_number))


def _phone_marks(who: Newcomer) -> set[str]:
    """The marks of those numbers that can be called."""
    marks = set()
    for number in who.phones:
        with suppress(Invalid):
            marks.add(blind("phone", normalize(number)))
    return marks
