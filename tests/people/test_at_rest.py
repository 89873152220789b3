"""What somebody with a copy of the database, but not the keys, can read."""

from django.apps import apps
from django.db import connection

from people.blind_index import blind
from people.models import Phone
from tests.cast import Cast

SECRETS = ["320826194108159989", "13800138000", "51782380123", "82380123", "三组12号", "高血压"]


def dump() -> str:
    """Every column of every row of every table, as the database holds it."""
    texts: list[str] = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            texts += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(texts)


def test_a_raw_dump_holds_no_number_address_or_health_note(cast: Cast) -> None:
    everything = dump()

    assert "张桂兰" in everything
    assert [secret for secret in SECRETS if secret in everything] == []


def test_a_blind_index_needs_its_key(settings) -> None:
    before = blind("phone", "+8613800138000")
    settings.BLIND_INDEX_KEY = "another key"

    assert len(before) == 64
    assert blind("phone", "+8613800138000") != before


def test_the_same_digits_have_another_mark_in_another_column() -> None:
    assert blind("phone", "123") != blind("id_number", "123")


def test_one_number_has_one_mark_however_it_was_said(cast: Cast) -> None:
    assert Phone.objects.filter(number_index=blind("phone", "+8651782380123")).count() == 1
