"""Finding an elder while somebody is on the line: by what they say, or through the one who calls for them."""

import unicodedata
from dataclasses import dataclass

from django.db.models import Case, Prefetch, Q, Value, When

from orders.models import Contact, Elder
from orders.selectors import elders_visible_to
from people import pinyin
from people.models import Phone
from people.search import Search
from people.selectors import AnyUser

PHONES = Prefetch("person__phones", Phone.objects.order_by("-is_primary", "pk"))


@dataclass(frozen=True, slots=True)
class Found:
    """An elder whom a search found; `via` is the contact through whom, or None when it is the elder who matches."""

    elder: Elder
    via: Contact | None = None


def find_elders(user: AnyUser, text: str, *, limit: int = 20) -> list[Found]:
    """The visible elders who match what was typed (see `people.search`), at most `limit`.

    First whoever has exactly this name, then whose name, pinyin or initials begin with it, then the others; after
    them the elders one of whose contacts matches. An elder's own number finds them as well.
    """
    words = unicodedata.normalize("NFKC", text).split()
    if not words:
        return []
    search = Search.of(text)
    visible = elders_visible_to(user)
    order = (_rank(words), "person__name_pinyin", "pk")
    own = visible.filter(_numbered(words) | search.condition(person="person__", home="person__home"))
    via: dict[int, Contact | None] = dict.fromkeys(own.order_by(*order).values_list("pk", flat=True)[:limit])
    if len(via) < limit:
        callers = Contact.objects.filter(search.condition(person="person__", home="elder__person__home"))
        callers = callers.filter(elder__in=visible).exclude(elder__in=via).select_related("person")
        for contact in callers.order_by(*order)[: limit - len(via)]:
            via.setdefault(contact.elder_id, contact)
    elders = Elder.objects.select_related("person__home", "town").prefetch_related(PHONES).in_bulk(via)
    return [Found(elders[pk], contact) for pk, contact in via.items()]


def _numbered(words: list[str]) -> Q:
    """The elder whose number was typed (L000042)."""
    numbers = [word.upper() for word in words if any(char.isdigit() for char in word)]
    return Q(pk__in=list(Elder.objects.filter(number__in=numbers).values_list("pk", flat=True)) if numbers else [])


def _rank(words: list[str]) -> Case:
    """0 for a person with this very name, 1 for one whose name or its pinyin begins so, 2 for others."""
    begins = Q()
    for word in words:
        key = pinyin.typed(word)
        begins |= Q(person__name__startswith=word)
        begins |= Q(person__name_pinyin__startswith=key) | Q(person__name_initials__startswith=key)
    return Case(When(person__name__in=words, then=Value(0)), When(begins, then=Value(1)), default=Value(2))
