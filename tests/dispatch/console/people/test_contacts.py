"""Contacts on the card: added from the call, changed without overwriting, refused without losing a word."""

from typing import Any

import pytest
from django.test import Client

from orders.models import Contact
from orders.services.contacts import Terms, add_contact, change_contact
from tests.cast import NOW, Cast
from tests.dispatch.console.people.conftest import CALLER, make_call

HTMX = {"HX-Request": "true"}
TYPED = {
    "contact_name": "王丽",
    "contact_gender": "F",
    "contact_relation": "女儿",
    "contact_authority": "MAY_ORDER",
    "contact_phone": "13955556666",
}


@pytest.fixture
def contact(cast: Cast) -> Contact:
    return add_contact(elder=cast.elder, name="王丽", gender="F", terms=Terms("女儿", "MAY_ASK"), actor=None, now=NOW)


def change(client: Client, contact: Contact, seen: str = "MAY_ASK", **typed: str) -> Any:
    values = {"contact_relation": "女儿", "contact_authority": "MAY_ORDER", "contact_phone": ""}
    values |= {"seen_relation": "女儿", "seen_authority": seen} | typed
    return client.post(f"/console/contacts/{contact.pk}/change/", values, headers=HTMX)


@pytest.mark.parametrize(
    ("stored", "language", "shown"),
    [
        ("女儿", "en", "daughter"),
        ("daughter", "zh-hans", "女儿"),
        ("女儿", "zh-hans", "女儿"),
        ("干女儿", "en", "干女儿"),
    ],
)
def test_a_usual_relation_is_shown_in_the_readers_language(
    operator: Client, cast: Cast, stored: str, language: str, shown: str
) -> None:
    add_contact(elder=cast.elder, name="王丽", gender="F", terms=Terms(stored, "MAY_ASK"), actor=None, now=NOW)
    operator.cookies["django_language"] = language

    page = operator.get(f"/console/?elder={cast.elder.pk}").content.decode()

    assert f"<b>王丽</b> · {shown} " in page


def test_a_contact_is_added_and_shown_with_the_authority(operator: Client, cast: Cast) -> None:
    answer = operator.post(f"/console/elders/{cast.elder.pk}/contacts/", TYPED, headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.lstrip().startswith('<section id="contacts"')
    assert "✓ 可代为下单和确认" in page
    assert "139****6666" in page
    assert "13955556666" not in page
    assert cast.elder.contacts.get().authority == "MAY_ORDER"


def test_who_is_on_the_line_becomes_a_contact_with_the_calls_number(operator: Client, cast: Cast) -> None:
    call = make_call()

    operator.post(
        f"/console/elders/{cast.elder.pk}/contacts/?call={call.pk}", TYPED | {"contact_phone": "", "is_caller": "on"}
    )

    assert [phone.number for phone in cast.elder.contacts.get().person.phones.all()] == [CALLER]


def test_without_scripts_the_elders_page_follows(operator: Client, cast: Cast) -> None:
    call = make_call()

    answer = operator.post(f"/console/elders/{cast.elder.pk}/contacts/?call={call.pk}", TYPED)

    assert (answer.status_code, answer["Location"]) == (302, f"/console/?elder={cast.elder.pk}&call={call.pk}")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"contact_name": "😀"}, "contact_name"),
        ({"contact_name": "王" * 10_000}, "contact_name"),
        ({"contact_gender": ""}, "contact_gender"),
        ({"contact_relation": ""}, "contact_relation"),
        ({"contact_authority": "MAY_PAY"}, "contact_authority"),
        ({"contact_phone": "12345"}, "contact_phone"),
    ],
)
def test_a_refused_contact_keeps_what_was_typed(
    operator: Client, cast: Cast, typed: dict[str, Any], field: str
) -> None:
    answer = operator.post(f"/console/elders/{cast.elder.pk}/contacts/", TYPED | typed, headers=HTMX)

    form = answer.context["contact_form"]
    assert (answer.status_code, list(form.errors)) == (400, [field])
    assert "autofocus" in str(form[field])
    assert 'value="13955556666"' in answer.content.decode() or field == "contact_phone"
    assert not cast.elder.contacts.exists()


def test_the_same_name_with_other_terms_is_told_where_it_stands(operator: Client, cast: Cast, contact: Contact) -> None:
    answer = operator.post(f"/console/elders/{cast.elder.pk}/contacts/", TYPED)

    assert answer.status_code == 409
    assert "王丽已经是联系人，请在原处修改。" in answer.content.decode()
    assert cast.elder.contacts.count() == 1


def test_the_authority_is_changed(operator: Client, contact: Contact) -> None:
    answer = change(operator, contact)

    contact.refresh_from_db()
    assert (answer.status_code, contact.authority) == (200, "MAY_ORDER")


def test_a_stale_change_shows_both_versions_and_may_be_saved_again(
    operator: Client, cast: Cast, contact: Contact
) -> None:
    terms = Terms("养女", "MAY_ASK")
    change_contact(contact=contact, seen=Terms("女儿", "MAY_ASK"), terms=terms, actor=cast.administrator, now=NOW)

    answer = change(operator, contact, contact_phone="13700137000")

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "没有保存：现在已是“养女，仅可查询”" in page
    assert "吴建国" in page  # who came first
    assert 'value="13700137000"' in page  # what was typed
    contact.refresh_from_db()
    assert contact.relation == "养女"

    again = change(operator, contact, seen_relation="养女")
    contact.refresh_from_db()
    assert (again.status_code, contact.relation, contact.authority) == (200, "女儿", "MAY_ORDER")


def test_a_bad_change_keeps_what_was_typed_in_its_place(operator: Client, contact: Contact) -> None:
    answer = change(operator, contact, contact_phone="110")

    assert answer.status_code == 400
    assert 'value="110"' in answer.content.decode()
    contact.refresh_from_db()
    assert contact.authority == "MAY_ASK"


def test_a_contact_is_removed(operator: Client, cast: Cast, contact: Contact) -> None:
    answer = operator.post(f"/console/contacts/{contact.pk}/remove/", headers=HTMX)

    assert answer.status_code == 200
    assert "还没有联系人" in answer.content.decode()
    assert operator.post(f"/console/contacts/{contact.pk}/remove/").status_code == 404
