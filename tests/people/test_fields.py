"""Encrypted columns, and the traps of the library beneath them."""

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import connection

from people import fields
from people.models import Person, Place
from tests.cast import Cast


def test_an_empty_secret_is_stored_as_empty_text(cast: Cast) -> None:
    place = Place.objects.create(town=cast.gaogou, latitude=34.0, longitude=119.0)

    place.refresh_from_db()
    assert place.address == ""


def test_a_failed_form_does_not_switch_decryption_off(cast: Cast) -> None:
    number = Person._meta.get_field("id_number")
    with pytest.raises(ValidationError):
        number.clean("x" * 19, None)

    person = Person.objects.get(pk=cast.elder.person_id)
    assert person.id_number == "320826194108159989"


def test_the_same_text_has_another_cipher_text_each_time(cast: Cast) -> None:
    for _ in range(2):
        Place.objects.create(town=cast.gaogou, latitude=34.0, longitude=119.0, address="四组7号")

    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM people_place ORDER BY id DESC LIMIT 2")
        first, second = (row[0] for row in cursor.fetchall())
    assert first != second


def test_a_secret_is_no_condition_of_a_query(cast: Cast) -> None:
    with pytest.raises(FieldError):
        Place.objects.filter(address="三组12号").exists()


def test_a_value_that_no_key_opens_is_an_error_not_a_value(cast: Cast, settings) -> None:
    settings.SALT_KEY = ["another key"]

    with pytest.raises(ValueError, match="does not open"):
        Person.objects.get(pk=cast.elder.person_id)


def test_an_old_key_still_opens_what_it_sealed(cast: Cast, settings) -> None:
    settings.SALT_KEY = ["a new key", *settings.SALT_KEY]

    assert Person.objects.get(pk=cast.elder.person_id).id_number == "320826194108159989"


def test_all_fields_share_one_key_derivation(cast: Cast) -> None:
    fields._cipher.cache_clear()

    for person in Person.objects.prefetch_related("phones"):
        assert person.home
        _ = person.home.address, [phone.number for phone in person.phones.all()]

    assert fields._cipher.cache_info().misses == 1
