"""Rows of a person's identity, complete but unsaved: for services, and for loading thousands at once."""

import unicodedata
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from people import clock, id_numbers, phones, pinyin
from people.blind_index import blind
from people.errors import Invalid
from people.models import Gender, Person, Phone

NAME_LENGTH = 64  # as wide as the column
# Symbols and control characters. Rare characters that a font or a standard does not know yet (Co, Cn) are welcome.
_NOT_IN_NAMES = frozenset({"So", "Sk", "Sm", "Sc", "Cc", "Cf", "Cs"})


def prepare_person(
    *,
    name: str,
    gender: str,
    birth_date: date | None = None,
    id_number: str | None = None,
    now: datetime,
) -> Person:
    """An unsaved Person with search keys and blind index. An ID number gives the birth date if none is given.

    Raises:
        Invalid: no name, no known gender, an impossible ID number or birth date, or an ID number that states
            another birth date or gender than the given one.
    """
    person = Person(created_at=now)
    set_name(person, name)
    if gender not in Gender.values:
        raise Invalid(_("Gender is female or male."), fields={"gender": [_("Gender is female or male.")]})
    person.gender = gender
    today = clock.local_date(now)
    if birth_date and birth_date > today:
        message = _("The date of birth is still to come.")
        raise Invalid(message, fields={"birth_date": [message]})
    person.birth_date = birth_date
    set_id_number(person, id_number, today=today)
    return person


def set_name(person: Person, name: str) -> None:
    """Give an unsaved change of name with its search keys. Raises Invalid as `checked_name`."""
    person.name = checked_name(name)
    person.name_pinyin, person.name_initials = pinyin.keys(person.name)


def checked_name(name: str) -> str:
    """The name without stray blanks. Raises Invalid for none, one too long, and one with emoji or other symbols."""
    stripped = " ".join(name.split())
    if not stripped:
        raise Invalid(_("A person needs a name."), fields={"name": [_("A person needs a name.")]})
    if len(stripped) > NAME_LENGTH:
        message = _("A name has at most %(most)d characters.") % {"most": NAME_LENGTH}
        raise Invalid(message, fields={"name": [message]})
    if strange := next((char for char in stripped if unicodedata.category(char) in _NOT_IN_NAMES), None):
        message = _("“%(character)s” does not belong in a name.") % {"character": strange}
        raise Invalid(message, fields={"name": [message]})
    return stripped


def set_id_number(person: Person, id_number: str | None, *, today: date) -> None:
    """Give an unsaved ID number with its blind index and tail; None or "" takes it away.

    Raises:
        Invalid: the number is impossible, or disagrees with the person's gender or birth date.
    """
    if not id_number:
        person.id_number, person.id_number_index, person.id_number_tail = None, None, ""
        return
    parsed = id_numbers.parse(id_number, today=today)
    if parsed.gender != person.gender:
        raise id_numbers.refusal(_("The ID number states another gender."))
    if person.birth_date and parsed.birth_date != person.birth_date:
        raise id_numbers.refusal(_("The ID number states another date of birth."))
    person.birth_date = parsed.birth_date
    person.id_number = parsed.number
    person.id_number_index = blind("id_number", parsed.number)
    person.id_number_tail = parsed.number[-4:]


def prepare_phone(*, person: Person, number: str, is_primary: bool) -> Phone:
    """An unsaved Phone with its blind index. Raises Invalid for what is not a callable number."""
    normalized = phones.normalize(number)
    return Phone(
        person=person,
        number=normalized,
        number_index=blind("phone", normalized),
        tail=normalized[-4:],
        is_primary=is_primary,
    )
