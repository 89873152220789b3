"""Reads of telephone calls: which concern an operator, who may be calling, who is to be called back."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Case, Q, QuerySet, When

from orders.models import CallBack, CallRecord, Contact, DialRequest, Elder
from people.models import Person, Phone
from people.roles import Role, has_role
from people.selectors import AnyUser

Status = CallRecord.Status

# After this a call that nobody wrapped up is no longer asked about, and nothing that is entered came of it.
WRAP_UP_WITHIN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class PossibleCaller:
    """A person who may be calling, and one elder it may be about: themselves, or whom they are a contact of."""

    person: Person
    elder: Elder | None
    contact: Contact | None = None

    @property
    def may_order(self) -> bool:
        """True when this caller may order for this elder: for oneself, or as a contact with that authority."""
        if self.contact is None:
            return self.elder is not None
        return self.contact.authority == Contact.Authority.MAY_ORDER


def takes_calls(user: AnyUser) -> bool:
    """True for those who work at the console."""
    return has_role(user, Role.OPERATOR, Role.ADMINISTRATOR)


def operators_named(names: Collection[str]) -> list[User]:
    """The active operators and administrators with one of these user names or extensions; unknown names give nobody."""
    if not names:
        return []
    named = Q(username__in=names) | Q(extension__number__in=names)
    at_console = Q(groups__name__in=[Role.OPERATOR, Role.ADMINISTRATOR]) | Q(is_superuser=True)
    return list(User.objects.filter(named, at_console, is_active=True).distinct().order_by("pk"))


def calls_of_operator(user: User, now: datetime) -> QuerySet[CallRecord]:
    """The calls on an operator's screen, first those that a full screen must show: the operator's own conversation, what
    rings at this operator by name, what rings at all from the newest, what is ended but not wrapped up.

    A call that the exchange says was answered, but not by whom, stays with all it rang at until one claims it.
    """
    rings_here = Q(rings_at_all=True) | Q(
        pk__in=CallRecord.rings_at.through.objects.filter(user=user).values("callrecord")
    )
    unclaimed = Q(status__in=[Status.RINGING, Status.ANSWERED], answered_by=None) & rings_here
    spoken = Q(status=Status.ANSWERED, answered_by=user)
    to_wrap_up = Q(status=Status.ENDED, answered_by=user, wrap_up="", ended_at__gt=now - WRAP_UP_WITHIN)
    rank = Case(When(spoken, then=0), When(to_wrap_up, then=3), When(rings_at_all=False, then=1), default=2)
    return CallRecord.objects.filter(unclaimed | spoken | to_wrap_up).order_by(rank, "-started_at", "-pk")


def held_by_another(call: CallRecord, user: User) -> User | None:
    """The other operator whose call it is: who speaks, or who asked for a call out; None for one's own or nobody's."""
    if call.answered_by is not None:
        return call.answered_by if call.answered_by != user else None
    if call.direction == CallRecord.Direction.IN or call.rings_at.filter(pk=user.pk).exists():
        return None
    return call.rings_at.first()


def joins_two_outside(call: CallRecord) -> bool:
    """True for a call that the exchange makes between two telephones outside (`dialling.connect`): it is no operator's."""
    is_out = call.direction == CallRecord.Direction.OUT
    return is_out and DialRequest.objects.filter(call=call, extension="").exists()


def is_open_to(call: CallRecord, user: User) -> bool:
    """True when the user may take, end and write down the call: it is neither another operator's nor no operator's."""
    return held_by_another(call, user) is None and not joins_two_outside(call)


def asked_at(call: CallRecord | None, user: User, now: datetime) -> datetime:
    """When the elder asked for what the user enters: as the call began that is on the line or ended a short while ago.

    Now, without such a call. A call that is not open to the user says nothing about it.
    """
    if call is None or not is_open_to(call, user):
        return now
    if call.ended_at is not None and call.ended_at <= now - WRAP_UP_WITHIN:
        return now
    return min(call.started_at, now)


def people_calling(call: CallRecord) -> list[PossibleCaller]:
    """Everybody who may be calling: nobody, one, or all who share the number; only the person once it is known who.

    An elder comes first as oneself, then once for each elder they are a contact of.
    """
    return people_calling_each([call])[call.pk]


def people_calling_each(calls: Iterable[CallRecord]) -> dict[int, list[PossibleCaller]]:
    """`people_calling` of many calls by their keys: two queries for any number of calls, one more for known people."""
    calls = list(calls)
    known = Person.objects.select_related("elder__town").in_bulk({call.person_id for call in calls} - {None})
    owners = owners_of({call.number_index for call in calls if call.person_id is None} - {""})
    people = {call.pk: [known[call.person_id]] if call.person_id else owners[call.number_index] for call in calls}
    contacts = _contacts({person.pk for group in people.values() for person in group})
    return {
        key: [caller for person in group for caller in _roles(person, contacts[person.pk])]
        for key, group in people.items()
    }


def owners_of(indexes: Collection[str]) -> Mapping[str, list[Person]]:
    """The people whom each number belongs to, by its mark and in the order of their names; one query."""
    found: dict[str, list[Person]] = defaultdict(list)
    phones = Phone.objects.filter(number_index__in=indexes).select_related("person__elder__town")
    for phone in phones.order_by("person__name_pinyin", "person"):
        found[phone.number_index].append(phone.person)
    return found


def _contacts(people: Collection[int]) -> dict[int, list[Contact]]:
    """For whom each of these people speaks."""
    found: dict[int, list[Contact]] = defaultdict(list)
    contacts = Contact.objects.filter(person__in=people).select_related("elder__person", "elder__town")
    for contact in contacts.order_by("elder__person__name_pinyin", "pk"):
        found[contact.person_id].append(contact)
    return found


def _roles(person: Person, contacts: Collection[Contact]) -> list[PossibleCaller]:
    """A person as the elder they are, then as the contact of others; a person who is neither, once without elder."""
    elder = getattr(person, "elder", None)
    oneself = [PossibleCaller(person, elder)] if elder is not None or not contacts else []
    return oneself + [PossibleCaller(person, contact.elder, contact) for contact in contacts]


def call_backs_visible_to(user: AnyUser) -> QuerySet[CallBack]:
    """The call-backs a user may see: all of them, for those who call, and for auditors."""
    if has_role(user, Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR):
        return CallBack.objects.all()
    return CallBack.objects.none()


def open_call_backs(user: AnyUser) -> QuerySet[CallBack]:
    """Who is still to be called back, the longest due first; those of a later hour are among them."""
    return call_backs_visible_to(user).filter(status=CallBack.Status.OPEN).order_by("due_at", "pk")


def missed_since(moment: datetime) -> QuerySet[CallRecord]:
    """Calls in that nobody answered since a moment."""
    return CallRecord.objects.filter(status=Status.MISSED, direction=CallRecord.Direction.IN, started_at__gte=moment)
