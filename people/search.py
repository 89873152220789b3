"""What an operator types to find somebody, turned into a condition that the database answers at once.

Other tables are asked first, and only what they hold goes into the condition: joined by OR they would keep PostgreSQL
from every index, and a search among 218,600 elders took 2 s (docs/mechanisms/console.md).
"""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.db.models import Q

from people import pinyin
from people.blind_index import blind
from people.errors import Invalid
from people.id_numbers import compact
from people.models import Person, Phone, Place, Town
from people.phones import normalize

_WHOLE_NUMBER = re.compile(r"[\d\s+\-()]{7,}[Xx]?")
_TAIL = re.compile(r"\d{3}[\dXx]")
NOBODY = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Word:
    """One word and whom it may mean: a part of a name or its reading, the owners of a number, where people live."""

    name: str = ""
    reading: str = ""
    owners: tuple[int, ...] = ()
    towns: tuple[int, ...] = ()
    villages: tuple[str, ...] = ()

    def condition(self, person: str, home: str) -> Q:
        """Rows that the word fits; see Search.condition."""
        ways = Q(**{f"{person}pk__in": self.owners})
        if self.name:
            ways |= Q(**{f"{person}name__contains": self.name})
        if self.reading:
            ways |= Q(**{f"{person}name_pinyin__contains": self.reading})
            ways |= Q(**{f"{person}name_initials__contains": self.reading})
        return ways | Q(**{f"{home}__town__in": self.towns}) | Q(**{f"{home}__village__in": self.villages})


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed: a whole phone or ID number, or words that must all fit.

    A word is a part of the name, its pinyin or its initials, the last four characters of a phone or ID number,
    or a part of the town or village.
    """

    words: tuple[Word, ...]

    @classmethod
    def of(cls, text: str) -> "Search":
        """The search that a text means. Empty text has no words and finds nobody."""
        text = unicodedata.normalize("NFKC", text).strip()
        if _WHOLE_NUMBER.fullmatch(text):
            return cls((Word(owners=tuple(_with_whole_number(text))),))
        return cls(tuple(_understood(word) for word in text.split()))

    def condition(self, *, person: str = "", home: str = "home") -> Q:
        """The rows that lead to somebody who fits.

        `person` is the prefix to the person's columns (such as "person__"), `home` the path to the place whose town
        and village count.
        """
        if not self.words:
            return NOBODY
        condition = Q()
        for word in self.words:
            condition &= word.condition(person, home)
        return condition


def _understood(word: str) -> Word:
    towns = tuple(town.pk for town in Town.objects.all() if word in town.name)
    villages = tuple(Place.objects.filter(village__contains=word).values_list("village", flat=True).distinct())
    if any(char.isdigit() for char in word):  # no part of a name
        owners = tuple(_with_tail(word)) if _TAIL.fullmatch(word) else ()
        return Word(owners=owners, towns=towns, villages=villages)
    key = pinyin.typed(word)
    return Word(name=word, reading=key if key.isascii() and key.isalpha() else "", towns=towns, villages=villages)


def _with_whole_number(number: str) -> Iterable[int]:
    yield from Person.objects.filter(id_number_index=blind("id_number", compact(number))).values_list("pk", flat=True)
    with suppress(Invalid):
        yield from _owners(number_index=blind("phone", normalize(number)))


def _with_tail(tail: str) -> Iterable[int]:
    yield from Person.objects.filter(id_number_tail=tail.upper()).values_list("pk", flat=True)
    yield from _owners(tail=tail)


def _owners(**condition: str) -> Iterable[int]:
    """The keys of the people with a phone that fits."""
    return Phone.objects.filter(**condition).values_list("person", flat=True)
