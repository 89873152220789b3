"""Stores rows about organisations, the catalogue and people through the services; tells whether a row is new.

Every writer is safe to repeat: a row that is stored already comes out unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from orders.models import Elder, ElderCategory, ServiceItem
from orders.services.elders import register_elder
from people.blind_index import blind
from people.clock import local_date
from people.errors import Conflict, Invalid
from people.id_numbers import compact
from people.models import Person, Place, Town
from people.phones import normalize
from people.selectors import has_phone, person_with_id_number
from people.services import add_phone, change_person, create_person, create_place
from volunteers.checks import check_fields
from volunteers.models import Carer, Organisation
from volunteers.services import register_carer

Row = Mapping[str, Any]


class State(Enum):
    """What became of a row."""

    NEW = pgettext_lazy("imported row", "new")
    CHANGED = pgettext_lazy("imported row", "changed")
    UNCHANGED = pgettext_lazy("imported row", "unchanged")


@dataclass(slots=True)
class Context:
    """Who imports, when, and what this file named before: keys of rows (to find the same key twice) and towns."""

    actor: User | None
    now: datetime
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    towns: dict[str, Town] = field(default_factory=dict)


# Fields of the services' refusals that are called otherwise in a row.
FIELD_OF_REFUSAL = {
    "phones": "phone",
    "start_place": "town",
    "start_minute": "start",
    "end_minute": "end",
}


def organisation(row: Row, context: Context) -> State:
    """An organisation by its credit code."""
    values = dict(row) | ({"town": _town(row, context)} if "town" in row else {})
    stored = Organisation.objects.filter(code=row["code"]).first()
    return _store(stored or Organisation(), values, is_new=stored is None)


def service_item(row: Row, context: Context) -> State:
    """A version of a catalogue row by code and first day. A later version ends the open one the day before."""
    stored = ServiceItem.objects.filter(code=row["code"], effective_from=row["effective_from"]).first()
    if stored:
        if _differences(stored, row):
            message = _("This version is stored with other values: give the new one its own first day.")
            raise Invalid(message, fields={"effective_from": [message]})
        return State.UNCHANGED
    _refuse_days_of_other_version(row)
    earlier = ServiceItem.objects.filter(
        code=row["code"], effective_to__isnull=True, effective_from__lt=row["effective_from"]
    )
    earlier.update(effective_to=row["effective_from"] - timedelta(days=1))
    return _store(ServiceItem(), row, is_new=True)


def elder(row: Row, context: Context) -> State:
    """An elder by number. Somebody known by ID number as another kind of person becomes an elder too."""
    town = _town(row, context)
    stored = Elder.objects.select_related("person__home").filter(number=row["number"]).first()
    if stored:
        categories = ElderCategory.objects.filter(elder=stored, valid_to__isnull=True)
        given = dict(row) | {"town": town}
        refuse_other(given, {**_columns(stored, given), "categories": set(categories.values_list("code", flat=True))})
        return _change(stored.person, row, town, context)
    person = _person(row, town, context, taken=Elder.objects.filter)
    register_elder(
        person=person,
        town=town,
        number=row["number"],
        categories=row.get("categories", ()),
        gender_wish=row.get("gender_wish", ""),
        health_note=row.get("health_note", ""),
        active_from=row.get("active_from"),
        actor=context.actor,
        now=context.now,
    )
    return State.NEW


def carer(row: Row, context: Context) -> State:
    """A carer by number. Somebody known by ID number, such as an elder, becomes a carer too."""
    town = _town(row, context)
    organisation = _organisation(row)
    stored = Carer.objects.select_related("person__home").filter(number=row["number"]).first()
    if stored:
        skills = set(stored.skills.values_list("code", flat=True))
        given = dict(row) | {"town": town} | ({"organisation": organisation} if organisation else {})
        refuse_other(given, {**_columns(stored, given), "skills": skills})
        return _change(stored.person, row, town, context)
    person = _person(row, town, context, taken=Carer.objects.filter)
    register_carer(
        person=person,
        number=row["number"],
        kind=row["kind"],
        town=town,
        organisation=organisation,
        skills=row.get("skills", ()),
        active_from=row.get("active_from") or local_date(context.now),
        actor=context.actor,
        now=context.now,
        **{name: row[name] for name in ("mode", "max_visits_a_day", "dialects") if name in row},
    )
    return State.NEW


def find_carer(number: str) -> Carer:
    """The carer with a number. Raises Invalid on the column `carer` if there is none."""
    found = Carer.objects.select_related("person").filter(number=number).first()
    if found is None:
        raise unknown("carer", _("There is no carer with this number."))
    return found


def unknown(column: str, message: str) -> Invalid:
    """The refusal of a row that names something that does not exist."""
    return Invalid(message, code="unknown", fields={column: [message]})


def _refuse_days_of_other_version(row: Row) -> None:
    """Raises Invalid for a version that ends before it begins, or that runs into one that is stored."""
    first, last = row["effective_from"], row.get("effective_to")
    if last is not None and last < first:
        message = _("The last day is before the first.")
        raise Invalid(message, fields={"effective_to": [message]})
    others = ServiceItem.objects.filter(code=row["code"])
    ended = others.filter(effective_from__lt=first, effective_to__gte=first)
    later = others.filter(effective_from__gt=first)
    if last is not None:
        later = later.filter(effective_from__lte=last)
    if ended.exists() or later.exists():
        message = _("Another version of this service is valid on some of these days.")
        raise Invalid(message, fields={"effective_from": [message]})


def _columns(stored: Elder | Carer, row: Row) -> dict[str, Any]:
    """What is stored in those columns of an elder or carer that a row fills and that have no home elsewhere."""
    return {name: getattr(stored, name) for name in _KEPT if name in row and hasattr(stored, name)}


_KEPT = (
    "town",
    "organisation",
    "kind",
    "mode",
    "max_visits_a_day",
    "dialects",
    "gender_wish",
    "health_note",
    "active_from",
)


def refuse_other(row: Row, stored: Mapping[str, Any]) -> None:
    """Raises Invalid for the first value of the row that is stored otherwise and that only the admin changes."""
    for name, value in stored.items():
        given = row.get(name, value)
        if (set(given) if isinstance(value, set) else given) != value:
            message = _("Something else is stored here; change it in the admin.")
            raise Invalid(message, code="kept", fields={name: [message]})


def _store(stored: Organisation | ServiceItem, values: Row, *, is_new: bool) -> State:
    if not is_new and not _differences(stored, values):
        return State.UNCHANGED
    for name, value in values.items():
        setattr(stored, name, value)
    check_fields(stored)
    stored.save()
    return State.NEW if is_new else State.CHANGED


def _differences(stored: Organisation | ServiceItem, values: Row) -> list[str]:
    return [name for name, value in values.items() if getattr(stored, name) != value]


def _town(row: Row, context: Context) -> Town:
    if not context.towns:
        context.towns = {town.name: town for town in Town.objects.all()}
    town = context.towns.get(row["town"])
    if town is None:
        raise unknown("town", _("There is no town of this name."))
    return town


def _organisation(row: Row) -> Organisation | None:
    if "organisation" not in row:
        return None
    found = Organisation.objects.filter(code=row["organisation"]).first()
    if found is None:
        raise unknown("organisation", _("There is no organisation with this code."))
    return found


def _person(row: Row, town: Town, context: Context, *, taken: Any) -> Person:
    """The person of a new row: made, or the one who has this ID number and not yet this part.

    Raises Conflict for somebody who has the part already: the same ID number, or the same name and phone.
    """
    number = row.get("id_number")
    known = person_with_id_number(number) if number else None
    if known is None and "phone" in row:
        phone = blind("phone", normalize(row["phone"]))
        namesakes = Person.objects.filter(name=row["name"], phones__number_index=phone)
        if namesakes.exists() and (not number or namesakes.filter(id_number__isnull=True).exists()):
            raise _duplicate("phone", _("Somebody with this name and this phone is known already."))
    if known is None:
        return create_person(
            name=row["name"],
            gender=row["gender"],
            birth_date=row.get("birth_date"),
            id_number=number,
            phones=[row[name] for name in ("phone", "second_phone") if name in row],
            home=_home(row, town, context),
            actor=context.actor,
            now=context.now,
        )
    if taken(person=known).exists() or known.name != row["name"]:
        raise _duplicate("id_number", _("Somebody with this ID number is known already."))
    if known.home is None:
        known.home = _home(row, town, context)
        known.save(update_fields=["home"])
    return known


def _home(row: Row, town: Town, context: Context) -> Place:
    return create_place(
        town=town,
        village=row.get("village", ""),
        address=row.get("address", ""),
        latitude=row.get("latitude", town.latitude),
        longitude=row.get("longitude", town.longitude),
        actor=context.actor,
        now=context.now,
    )


def _change(person: Person, row: Row, town: Town, context: Context) -> State:
    """Bring a stored person up to the row: identity, home, further phones. What the row leaves empty is kept."""
    number = compact(row["id_number"]) if "id_number" in row else None
    home = person.home
    moved = home is None or any(name in row and getattr(home, name) != row[name] for name in _HOME)
    renamed = (person.name, person.gender) != (row["name"], row["gender"])
    dated = row.get("birth_date") not in (None, person.birth_date)
    numbered = number is not None and blind("id_number", number) != person.id_number_index
    if moved or renamed or dated or numbered:
        change_person(
            person=person,
            name=row["name"],
            gender=row["gender"],
            birth_date=row.get("birth_date") or (None if numbered else person.birth_date),
            id_number=number,
            home=_home(row, town, context) if moved else home,
            actor=context.actor,
            now=context.now,
        )
    called = [name for name in ("phone", "second_phone") if name in row and _add_phone(person, row[name], context)]
    return State.CHANGED if moved or renamed or dated or numbered or called else State.UNCHANGED


_HOME = ("village", "address", "latitude", "longitude")


def _add_phone(person: Person, number: str, context: Context) -> bool:
    if has_phone(person, number):
        return False
    add_phone(person=person, number=number, actor=context.actor, now=context.now)
    return True


def _duplicate(column: str, message: str) -> Conflict:
    return Conflict(message, code="duplicate_person", column=column)
