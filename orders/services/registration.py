"""Entering an elder nobody knew before, while somebody waits on the line: person, home, role and contact at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Elder, ElderEvent
from orders.services.card import set_alerts
from orders.services.contacts import Terms, add_contact
from orders.services.elders import register_elder
from people import id_numbers
from people.clock import local_date
from people.errors import Conflict, Invalid
from people.form_keys import refuse_other_input
from people.models import Person, Place, Town
from people.selectors import has_phone, person_with_id_number, point_of_village
from people.services import add_phone, create_person, create_place

OLDEST = 130  # years; more is a slip of the pen


@dataclass(frozen=True, slots=True)
class Home:
    """Where an elder lives. Without a point (WGS-84) it is the middle of the village, or of the town."""

    town: Town
    village: str = ""
    address: str = ""
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class NewContact:
    """Somebody who speaks for the new elder; see `add_contact`."""

    name: str
    gender: str
    terms: Terms
    phone: str = ""


def register_new_elder(
    *,
    name: str,
    gender: str = "",
    birth_date: date | None = None,
    age: int | None = None,
    id_number: str = "",
    phones: Sequence[str] = (),
    home: Home,
    categories: Collection[str] = (),
    alerts: Collection[str] = (),
    contact: NewContact | None = None,
    key: UUID,
    digest: UUID | None = None,
    actor: User | None,
    now: datetime,
) -> Elder:
    """A stored elder with home, phones, alerts and contact; the same `key` again returns the elder it made first.
    `digest` marks what was typed, so that a key sent again with other input is noticed.

    An ID number fixes gender and date of birth. An age in completed years becomes 1 January of the year it fits,
    which is how an unknown day of birth is written down.

    Raises:
        Invalid: an impossible value; `fields` names it (those of the contact begin with "contact_").
        Conflict: code "duplicate_person"; an elder, or a person of another name, has this ID number
            (facts `person` and, for an elder, `elder` are the keys).
        AlreadyEntered: the key made an elder of other input.
    """
    made = _made_with(key, digest)
    if made is not None:
        return made
    try:
        with transaction.atomic():
            person = _person(name, gender, birth_date, age, id_number, phones, home, actor=actor, now=now)
            elder = register_elder(
                person=person,
                town=home.town,
                categories=categories,
                key=key,
                digest=digest,
                actor=actor,
                now=now,
            )
            set_alerts(elder, dict.fromkeys(alerts, ""))
            if contact is not None:
                _add_contact(elder, contact, actor=actor, now=now)
            return elder
    except Conflict:
        # Of a double click's two requests one comes second; whatever it ran into, the first has made the elder.
        made = _made_with(key, digest)
        if made is None:
            raise
        return made


def birth_date_of(age: int, today: date) -> date:
    """1 January of the year that gives this age in completed years today. Raises Invalid for no human age."""
    if not 0 <= age <= OLDEST:
        message = _("An age is between 0 and %(oldest)d years.") % {"oldest": OLDEST}
        raise Invalid(message, fields={"birth_date": [message]})
    return date(today.year - age, 1, 1)


def _made_with(key: UUID, digest: UUID | None) -> Elder | None:
    event = ElderEvent.objects.select_related("elder").filter(key=key).first()
    if event is None:
        return None
    refuse_other_input(kept=event.digest, sent=digest, saved=event.elder_id)
    return event.elder


def _person(
    name: str,
    gender: str,
    birth_date: date | None,
    age: int | None,
    id_number: str,
    phones: Sequence[str],
    home: Home,
    *,
    actor: User | None,
    now: datetime,
) -> Person:
    """The person of a new elder: somebody known by this ID number who is no elder yet, or a new one."""
    today = local_date(now)
    if id_number:
        parsed = id_numbers.parse(id_number, today=today)
        gender = gender or parsed.gender
        known = person_with_id_number(id_number)
        if known is not None:
            return _become_elder(known, name, phones, home, actor=actor, now=now)
    elif age is not None:
        birth_date = birth_date or birth_date_of(age, today)
    if not (id_number or birth_date):
        message = _("Give an age or a date of birth.")
        raise Invalid(message, fields={"birth_date": [message]})
    return create_person(
        name=name,
        gender=gender,
        birth_date=birth_date,
        id_number=id_number or None,
        phones=phones,
        home=_place(home, actor=actor, now=now),
        actor=actor,
        now=now,
    )


def _become_elder(
    known: Person, name: str, phones: Sequence[str], home: Home, *, actor: User | None, now: datetime
) -> Person:
    """A carer or contact who becomes an elder too. Raises Conflict for an elder, or for another name."""
    elder = Elder.objects.filter(person=known).first()
    if elder is not None or known.name != " ".join(name.split()):
        raise Conflict(
            _("Somebody with this ID number is known already."),
            code="duplicate_person",
            person=known.pk,
            elder=elder and elder.pk,
        )
    if known.home is None:
        known.home = _place(home, actor=actor, now=now)
        known.save(update_fields=["home"])
    for number in phones:
        if not has_phone(known, number):
            add_phone(person=known, number=number, actor=actor, now=now)
    return known


def _place(home: Home, *, actor: User | None, now: datetime) -> Place:
    village = " ".join(home.village.split())
    latitude, longitude = home.point or point_of_village(home.town, village)
    return create_place(
        town=home.town,
        village=village,
        address=home.address.strip(),
        latitude=latitude,
        longitude=longitude,
        actor=actor,
        now=now,
    )


def _add_contact(elder: Elder, contact: NewContact, *, actor: User | None, now: datetime) -> None:
    """Add the contact; a refusal names the fields as the contact's."""
    try:
        add_contact(
            elder=elder,
            name=contact.name,
            gender=contact.gender,
            phone=contact.phone,
            terms=contact.terms,
            actor=actor,
            now=now,
        )
    except Invalid as refusal:
        fields = {f"contact_{name}": messages for name, messages in refusal.fields.items()}
        raise Invalid(refusal.message, code=refusal.code, fields=fields) from refusal
