"""Who speaks for an elder and what they may do: adding, changing and removing contacts."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Contact, Elder, ElderEvent
from people.blind_index import blind
from people.errors import Conflict, Invalid, LostRace, Text
from people.models import Person
from people.phones import normalize
from people.selectors import has_phone
from people.services import add_phone, create_person

RELATION_LENGTH = 32  # as wide as the column


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contact is to the elder (女儿, 邻居), and whether they may order or may only ask."""

    relation: str
    authority: str

    def checked(self) -> "Terms":
        """The terms without stray blanks. Raises Invalid without a relation, or with an unknown authority."""
        relation = " ".join(self.relation.split())
        if not relation:
            raise _invalid("relation", _("Say what this person is to the elder."))
        if len(relation) > RELATION_LENGTH:
            message = _("A relation has at most %(most)d characters.") % {"most": RELATION_LENGTH}
            raise _invalid("relation", message)
        if self.authority not in Contact.Authority.values:
            raise _invalid("authority", _("A contact may order, or may only ask."))
        return Terms(relation, self.authority)


def terms_of(contact: Contact) -> Terms:
    """The terms as they are stored."""
    return Terms(contact.relation, contact.authority)


@transaction.atomic
def add_contact(
    *, elder: Elder, name: str, gender: str, phone: str = "", terms: Terms, actor: User | None, now: datetime
) -> Contact:
    """A contact of the elder; somebody known by the same name and phone is that person. A repeat changes nothing.

    Raises:
        Invalid: an impossible name, gender, phone or relation, or the elder as their own contact.
        Conflict: code "duplicate_contact"; a contact of this name has other terms.
    """
    terms = terms.checked()
    Elder.objects.select_for_update().get(pk=elder.pk)  # a double click is one after the other
    known = elder.contacts.filter(person__name=" ".join(name.split())).first()
    if known is not None:
        if terms_of(known) != terms:
            raise Conflict(
                _("%(name)s is a contact already; change it there.") % {"name": known.person.name},
                code="duplicate_contact",
            )
        return known
    person = _person_called(name, phone) or create_person(
        name=name, gender=gender, phones=[phone] if phone else [], actor=actor, now=now
    )
    if person.pk == elder.person_id:
        raise _invalid("name", _("An elder is not their own contact."))
    contact = Contact.objects.create(elder=elder, person=person, relation=terms.relation, authority=terms.authority)
    _record(contact, ElderEvent.Kind.CONTACT_ADDED, actor=actor, now=now)
    return contact


@transaction.atomic
def change_contact(
    *, contact: Contact, seen: Terms, terms: Terms, phone: str = "", actor: User | None, now: datetime
) -> None:
    """Give a contact other terms, and a new first phone if one is given. `seen` are the terms the actor decided on.

    Raises:
        Invalid: an impossible relation, authority or phone.
        LostRace: code "stale"; the terms are others by now.
    """
    terms = terms.checked()
    rows = Contact.objects.filter(pk=contact.pk, relation=seen.relation, authority=seen.authority)
    if not rows.update(relation=terms.relation, authority=terms.authority):
        raise LostRace(_("Somebody else changed this contact a moment ago."), code="stale")
    if phone and not has_phone(contact.person, phone):
        add_phone(person=contact.person, number=phone, is_primary=True, actor=actor, now=now)
    elif terms == seen:
        return
    contact.relation, contact.authority = terms.relation, terms.authority
    _record(contact, ElderEvent.Kind.CONTACT_CHANGED, actor=actor, now=now)


@transaction.atomic
def remove_contact(*, contact: Contact, actor: User | None, now: datetime) -> None:
    """Take somebody's say for the elder away; the person and their orders stay. A repeat changes nothing."""
    gone, _rows = Contact.objects.filter(pk=contact.pk).delete()
    if gone:
        _record(contact, ElderEvent.Kind.CONTACT_REMOVED, actor=actor, now=now)


def _person_called(name: str, phone: str) -> Person | None:
    """Somebody known by this name who has this phone: a daughter who calls for both parents is one person."""
    if not phone:
        return None
    number = blind("phone", normalize(phone))
    return Person.objects.filter(name=" ".join(name.split()), phones__number_index=number).order_by("pk").first()


def _record(contact: Contact, kind: ElderEvent.Kind, *, actor: User | None, now: datetime) -> None:
    ElderEvent.objects.create(elder_id=contact.elder_id, kind=kind, contact_id=contact.person_id, actor=actor, at=now)


def _invalid(field: str, message: Text) -> Invalid:
    return Invalid(message, fields={field: [message]})
