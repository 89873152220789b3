"""Every write to people, their numbers and places, the log of reveals, users and devices."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from people import clock, identity
from people.errors import Conflict, Invalid, NotAllowed, NotVisible
from people.models import Device, Person, Phone, Place, RevealLog, Town
from people.phones import national
from people.roles import DESK_ROLES, REVEALERS, Role, has_role
from people.selectors import people_visible_to

VILLAGE_LENGTH = 64  # as wide as the column

# People ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_person(
    *,
    name: str,
    gender: str,
    birth_date: date | None = None,
    id_number: str | None = None,
    phones: Sequence[str] = (),
    home: Place | None = None,
    actor: User | None,
    now: datetime,
) -> Person:
    """A stored person with phones, the first of which is the one to call first.

    Raises:
        Invalid: a field is impossible; see people.identity.
        Conflict: code "duplicate_person"; somebody with this ID number is known already (fact `person` is the pk).
    """
    person = identity.prepare_person(name=name, gender=gender, birth_date=birth_date, id_number=id_number, now=now)
    person.home = home
    prepared = [
        identity.prepare_phone(person=person, number=number, is_primary=position == 0)
        for position, number in enumerate(phones)
    ]
    _save_identity(person)
    # One number written twice is one phone; the first mention keeps its place.
    once: dict[str, Phone] = {}
    for phone in prepared:
        once.setdefault(phone.number_index, phone)
    Phone.objects.bulk_create(once.values())
    return person


def change_person(
    *,
    person: Person,
    name: str,
    gender: str,
    birth_date: date | None,
    id_number: str | None,
    home: Place | None,
    actor: User | None,
    now: datetime,
) -> None:
    """Store a corrected identity; `id_number` None keeps the number that is there. Raises as `create_person`."""
    person.gender = gender
    person.birth_date = birth_date
    person.home = home
    identity.set_name(person, name)
    identity.set_id_number(person, id_number or person.id_number, today=clock.local_date(now))
    _save_identity(person)


@transaction.atomic
def add_phone(*, person: Person, number: str, is_primary: bool = False, actor: User | None, now: datetime) -> Phone:
    """A stored phone; as the first one to call it takes that place from another.

    Raises:
        Invalid: not a number that can be called.
        Conflict: code "duplicate_phone"; the person has this number already.
    """
    phone = identity.prepare_phone(person=person, number=number, is_primary=is_primary)
    if person.phones.filter(number_index=phone.number_index).exists():
        raise Conflict(_("This person has this number already."), code="duplicate_phone")
    if is_primary:
        person.phones.filter(is_primary=True).update(is_primary=False)
    phone.save()
    return phone


@transaction.atomic
def call_first(*, phone: Phone, actor: User | None, now: datetime) -> None:
    """Make a phone the one to call first; it takes that place from another."""
    phone.person.phones.filter(is_primary=True).exclude(pk=phone.pk).update(is_primary=False)
    phone.person.phones.filter(pk=phone.pk).update(is_primary=True)


@transaction.atomic
def remove_phone(*, phone: Phone, actor: User | None, now: datetime) -> None:
    """Forget a phone; if it was the first to call, the oldest of the others is now."""
    phone.delete()
    others = phone.person.phones.order_by("pk")
    if phone.is_primary and (first := others.first()):
        call_first(phone=first, actor=actor, now=now)


def create_place(
    *,
    town: Town,
    latitude: float,
    longitude: float,
    village: str = "",
    address: str = "",
    actor: User | None,
    now: datetime,
) -> Place:
    """A stored place (WGS-84 degrees). Raises Invalid for a point not on the globe or a village's name too long."""
    if len(village) > VILLAGE_LENGTH:
        message = _("A village's name has at most %(most)d characters.") % {"most": VILLAGE_LENGTH}
        raise Invalid(message, fields={"village": [message]})
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Invalid(_("This point is not on the globe."), fields={"latitude": [_("This point is not on the globe.")]})
    return Place.objects.create(town=town, village=village, address=address, latitude=latitude, longitude=longitude)


def _save_identity(person: Person) -> None:
    """Save the row; the unique blind index decides between two who enter the same ID number at once."""
    index = person.id_number_index
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        known = Person.objects.filter(id_number_index=index).exclude(pk=person.pk).first() if index else None
        if known is None:
            raise
        raise Conflict(
            _("Somebody with this ID number is known already."), code="duplicate_person", person=known.pk
        ) from error


# Secrets -----------------------------------------------------------------------------------------------------------


def reveal(*, person: Person, field: str, reason: str, actor: User, now: datetime) -> str:
    """The plain value of `id_number`, `phone` (all of them, first to call first) or `address`, and a row that says so.

    Raises:
        NotVisible: the actor does not see this person.
        NotAllowed: the actor's role never reveals.
        Invalid: no reason, no such field, or nothing recorded there.
    """
    if not people_visible_to(actor).filter(pk=person.pk).exists():
        raise NotVisible(_("There is no such person."))
    if not has_role(actor, *REVEALERS):
        raise NotAllowed(_("Your role does not open personal data."))
    value = _secret(person, field)
    if not value:
        raise Invalid(_("Nothing is recorded here."), code="nothing_recorded")
    record_reveal(person=person, field=field, reason=reason, actor=actor, now=now)
    return value


def record_reveal(*, person: Person, field: str, reason: str, actor: User, now: datetime) -> RevealLog:
    """The log row of a reveal whose value and right another app holds (an elder's health note, a carer's route).

    Raises Invalid without a reason of at least two characters.
    """
    reason = " ".join(reason.split())
    if len(reason) < 2:
        message = _("Say why you need to see it.")
        raise Invalid(message, code="reason", fields={"reason": [message]})
    return RevealLog.objects.create(actor=actor, person=person, field=field, reason=reason[:200], at=now)


def _secret(person: Person, field: str) -> str:
    if field == "id_number":
        return person.id_number or ""
    if field == "phone":
        numbers = person.phones.order_by("-is_primary", "pk").values_list("number", flat=True)
        return "、".join(national(number) for number in numbers)
    if field == "address":
        return f"{person.home}{person.home.address}" if person.home and person.home.address else ""
    raise Invalid(_("There is no such field."), code="field")


# Users and devices -------------------------------------------------------------------------------------------------


@transaction.atomic
def create_user(
    *,
    username: str,
    password: str,
    roles: Iterable[Role],
    name: str = "",
    person: Person | None = None,
    actor: User | None,
    now: datetime,
) -> User:
    """A stored user with roles, linked to a person if one is given.

    Raises:
        Invalid: the password is too weak.
        Conflict: code "duplicate_user"; the user name is taken.
    """
    user = User(username=username, last_name=name, date_joined=now)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(error.messages[0], fields={"password": list(error.messages)}) from error
    if User.objects.filter(username=username).exists():
        raise Conflict(_("This user name is taken."), code="duplicate_user")
    user.set_password(password)
    user.save()
    give_roles(user=user, roles=roles, actor=actor, now=now)
    if person:
        person.user = user
        person.save(update_fields=["user"])
    return user


@transaction.atomic
def give_roles(*, user: User, roles: Iterable[Role], actor: User | None, now: datetime) -> None:
    """Set exactly these roles; who works at a desk may enter the records (is_staff)."""
    names = {str(role) for role in roles}
    user.groups.set(Group.objects.filter(name__in=names))
    user.is_staff = user.is_superuser or not names.isdisjoint(DESK_ROLES)
    user.save(update_fields=["is_staff"])
    user.__dict__.pop("_role_names", None)


@transaction.atomic
def log_in_device(*, user: User, name: str, now: datetime) -> tuple[Device, str]:
    """A new device and its token. Only the token's hash is stored, so this is the one time it can be read."""
    row, token = AuthToken.objects.create(user=user)
    device = Device.objects.create(user=user, token=row, name=name, created_at=now)
    return device, token


@transaction.atomic
def revoke_device(*, device: Device, actor: User, now: datetime) -> None:
    """End the device's token at once; a device that is revoked already stays as it is.

    Raises NotVisible unless the device is the actor's own or the actor is an administrator.
    """
    if device.user_id != actor.pk and not has_role(actor, Role.ADMINISTRATOR):
        raise NotVisible(_("There is no such device."))
    if not Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now, token=None):
        return
    if device.token_id:
        AuthToken.objects.filter(pk=device.token_id).delete()
    device.refresh_from_db()
