"""Reads of people, towns and devices. Lists start from what the user may see; searching only narrows them."""

from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Avg, Q, QuerySet

from people.blind_index import blind
from people.id_numbers import compact
from people.models import Device, Person, Phone, Place, Town
from people.phones import normalize
from people.roles import Role, has_role
from people.search import Search

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


def person_with_id_number(id_number: str) -> Person | None:
    """The one person who has this national ID number, however it is written; None if nobody is known by it."""
    return Person.objects.select_related("home").filter(id_number_index=blind("id_number", compact(id_number))).first()


def has_phone(person: Person, number: str) -> bool:
    """True when the person has this number already. Raises Invalid for what is not a callable number."""
    return person.phones.filter(number_index=blind("phone", normalize(number))).exists()


def numbers_of(people: Collection[int]) -> dict[int, list[str]]:
    """By the person's key, the numbers (E.164) of those of the people who have any, the one to call first on top."""
    found: dict[int, list[str]] = {}
    for phone in Phone.objects.filter(person__in=people).order_by("-is_primary", "pk"):
        found.setdefault(phone.person_id, []).append(phone.number)
    return found


def villages_of(town: Town) -> list[str]:
    """The names of a town's villages where somebody lives, in alphabetical order."""
    named = Place.objects.filter(town=town).exclude(village="")
    return list(named.order_by("village").values_list("village", flat=True).distinct())


def point_of_village(town: Town, village: str) -> tuple[float, float]:
    """Latitude and longitude (WGS-84) in the middle of the village's known places, or else of the town."""
    known = Place.objects.filter(town=town, village=village).exclude(village="")
    middle = known.aggregate(Avg("latitude"), Avg("longitude"))
    latitude, longitude = middle["latitude__avg"], middle["longitude__avg"]
    return (town.latitude, town.longitude) if latitude is None else (latitude, longitude)


def search_people(user: AnyUser, text: str) -> QuerySet[Person]:
    """The people a user may see who match what was typed; see `people.search`."""
    return people_visible_to(user).filter(pk__in=people_matching(text).values("pk"))


def people_matching(text: str) -> QuerySet[Person]:
    """Everybody who matches, whoever asks; see `people.search`. Empty text matches nobody."""
    return Person.objects.filter(Search.of(text).condition())
