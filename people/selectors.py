"""Reads of people, towns and devices. Lists start from what the user may see; searching only narrows them."""

import re
import unicodedata
from contextlib import suppress

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from people import pinyin
from people.blind_index import blind
from people.errors import Invalid
from people.id_numbers import compact
from people.models import Device, Person, Phone, Place, Town
from people.phones import normalize
from people.roles import Role, has_role

AnyUser = User | AnonymousUser

# Whose work is not divided by town.
WHOLE_COUNTY = (Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR)


def towns_visible_to(user: AnyUser) -> QuerySet[Town]:
    """The towns whose work a user may see: all for the county's desks, a dispatcher's own (all if none is named)."""
    if has_role(user, *WHOLE_COUNTY):
        return Town.objects.all()
    if isinstance(user, AnonymousUser) or not has_role(user, Role.DISPATCHER):
        return Town.objects.none()
    own = Town.objects.filter(duties__user=user)
    return own if own.exists() else Town.objects.all()


def places_visible_to(user: AnyUser) -> QuerySet[Place]:
    """The places in the towns whose work a user may see."""
    return Place.objects.filter(town__in=towns_visible_to(user))


def people_visible_to(user: AnyUser) -> QuerySet[Person]:
    """The people a user may find: all for the county's desks, a dispatcher's towns, and oneself.

    Carers and managers reach others through the work and the organisation that they share, not here.
    """
    if isinstance(user, AnonymousUser):
        return Person.objects.none()
    if has_role(user, *WHOLE_COUNTY):
        return Person.objects.all()
    oneself = Q(user=user)
    if has_role(user, Role.DISPATCHER):
        return Person.objects.filter(oneself | Q(home__town__in=towns_visible_to(user)))
    return Person.objects.filter(oneself)


def devices_of(user: User) -> QuerySet[Device]:
    """The devices on which a user is logged in now."""
    return Device.objects.filter(user=user, revoked_at=None)


def search_people(user: AnyUser, text: str) -> QuerySet[Person]:
    """The people a user may see who match what was typed; see `people_matching`."""
    return people_visible_to(user).filter(pk__in=people_matching(text).values("pk"))


def people_matching(text: str) -> QuerySet[Person]:
    """Everybody who matches, whoever asks: a whole phone or ID number, or else every word of the text.

    A word is a part of the name, its pinyin or its initials, the last four characters of a phone or ID number,
    or a part of the town or village. Empty text matches nobody.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return Person.objects.none()
    if re.fullmatch(r"[\d\s+\-()]{7,}[Xx]?", text):
        return Person.objects.filter(_whole_number(text))
    condition = Q()
    for word in text.split():
        condition &= _word(word)
    return Person.objects.filter(condition)


def _whole_number(text: str) -> Q:
    condition = Q(id_number_index=blind("id_number", compact(text)))
    with suppress(Invalid):
        condition |= _owners(number_index=blind("phone", normalize(text)))
    return condition


def _word(word: str) -> Q:
    condition = Q(name__contains=word) | Q(home__town__name__contains=word) | Q(home__village__contains=word)
    key = pinyin.typed(word)
    if key.isascii() and key.isalpha():
        condition |= Q(name_pinyin__contains=key) | Q(name_initials__contains=key)
    if re.fullmatch(r"\d{3}[\dXx]", word):
        condition |= Q(id_number_tail=word.upper()) | _owners(tail=word)
    return condition


def _owners(**condition: str) -> Q:
    """People with a phone that fits; as a subquery, so that nobody appears twice."""
    return Q(pk__in=Phone.objects.filter(**condition).values("person"))
