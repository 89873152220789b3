"""Who speaks for an elder: adding, changing and removing, twice and at the same time."""

from datetime import date
from typing import Any

import pytest

from orders.models import Contact, ElderEvent
from orders.services.contacts import Terms, add_contact, change_contact, remove_contact, terms_of
from people.errors import Conflict, Invalid, LostRace
from people.models import Person, Phone
from tests.cast import Cast, make_person
from tests.orders.make import NOW

pytestmark = pytest.mark.django_db

DAUGHTER = Terms("女儿", "MAY_ORDER")


def add(cast: Cast, **fields: Any) -> Contact:
    values = {"name": "王丽", "gender": "F", "phone": "13955556666", "terms": DAUGHTER, "elder": cast.elder}
    return add_contact(actor=cast.operator, now=NOW, **(values | fields))


def events(cast: Cast) -> list[tuple[Any, ...]]:
    return list(cast.elder.events.order_by("pk").values_list("kind", "contact__name", "actor__username"))


def stored() -> tuple[Any, ...]:
    rows = [Person.objects.count(), Phone.objects.count(), ElderEvent.objects.count()]
    return (*rows, *Contact.objects.order_by("pk").values_list("person", "relation", "authority"))


def test_a_contact_is_stored_with_their_authority_and_told_in_the_history(cast: Cast) -> None:
    contact = add(cast, terms=Terms(" 女儿 ", "MAY_ORDER"))

    assert (contact.elder, terms_of(contact)) == (cast.elder, DAUGHTER)
    assert [(phone.number, phone.is_primary) for phone in contact.person.phones.all()] == [("+8613955556666", True)]
    assert events(cast) == [("contact_added", "王丽", "operator")]


def test_the_same_click_twice_adds_once(cast: Cast) -> None:
    first = add(cast)
    before = stored()

    assert add(cast) == first
    assert stored() == before


def test_a_contact_of_the_same_name_with_other_terms_is_refused(cast: Cast) -> None:
    add(cast)
    before = stored()

    with pytest.raises(Conflict) as refusal:
        add(cast, terms=Terms("侄女", "MAY_ASK"))

    assert (refusal.value.code, stored()) == ("duplicate_contact", before)


def test_a_daughter_who_calls_for_both_parents_is_one_person(cast: Cast) -> None:
    mothers, fathers = add(cast), add(cast, elder=cast.both_elder, phone="139 5555 6666")

    assert mothers.person == fathers.person
    assert Person.objects.filter(name="王丽").count() == 1


def test_somebody_of_that_name_with_another_phone_or_none_is_another(cast: Cast) -> None:
    known = make_person("王丽", "F", cast.gaogou, birth_date=date(1980, 1, 1), phones=("13700137000",))

    assert add(cast).person != known
    assert add(cast, elder=cast.both_elder, phone="").person != known


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"terms": Terms("", "MAY_ORDER")}, "relation"),
        ({"terms": Terms("女" * 33, "MAY_ORDER")}, "relation"),
        ({"terms": Terms("女儿", "MAY_PAY")}, "authority"),
        ({"name": "😀"}, "name"),
        ({"gender": ""}, "gender"),
        ({"phone": "12345"}, "phone"),
        ({"name": "张桂兰", "phone": "13800138000"}, "name"),  # the elder herself
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(cast: Cast, typed: dict[str, Any], field: str) -> None:
    before = stored()

    with pytest.raises(Invalid) as refusal:
        add(cast, **typed)

    assert (list(refusal.value.fields), stored()) == ([field], before)


def change(cast: Cast, contact: Contact, terms: Terms, *, seen: Terms = DAUGHTER, phone: str = "") -> None:
    change_contact(contact=contact, seen=seen, terms=terms, phone=phone, actor=cast.operator, now=NOW)


def test_terms_and_the_first_phone_are_changed(cast: Cast) -> None:
    contact = add(cast)

    change(cast, contact, Terms("女儿", "MAY_ASK"), phone="13700137000")

    contact.refresh_from_db()
    assert terms_of(contact) == Terms("女儿", "MAY_ASK")
    phones = contact.person.phones.order_by("pk").values_list("tail", "is_primary")
    assert list(phones) == [("6666", False), ("7000", True)]
    assert events(cast)[1:] == [("contact_changed", "王丽", "operator")]


def test_saving_what_is_there_changes_nothing(cast: Cast) -> None:
    contact = add(cast)
    before = stored()

    change(cast, contact, DAUGHTER, phone="13955556666")

    assert stored() == before


def test_who_decided_on_older_terms_is_refused(cast: Cast) -> None:
    contact = add(cast)
    change(cast, contact, Terms("女儿", "MAY_ASK"))
    before = stored()

    with pytest.raises(LostRace) as refusal:
        change(cast, contact, Terms("儿媳", "MAY_ORDER"), phone="13700137000")

    assert (refusal.value.code, stored()) == ("stale", before)


def test_a_bad_phone_takes_the_new_terms_back_too(cast: Cast) -> None:
    contact = add(cast)
    before = stored()

    with pytest.raises(Invalid):
        change(cast, contact, Terms("女儿", "MAY_ASK"), phone="110")

    assert stored() == before


def test_a_removed_contact_is_gone_once_and_the_person_stays(cast: Cast) -> None:
    contact = add(cast)

    remove_contact(contact=Contact.objects.get(pk=contact.pk), actor=cast.operator, now=NOW)
    remove_contact(contact=contact, actor=cast.operator, now=NOW)

    assert not cast.elder.contacts.exists()
    assert Person.objects.filter(name="王丽").count() == 1
    assert events(cast)[1:] == [("contact_removed", "王丽", "operator")]
