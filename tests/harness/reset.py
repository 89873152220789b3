"""Puts the database back to what the migrations left, after a test that really committed.

Django's own flush cannot serve: it would drop the rows that migrations made (groups, policy, towns), and append-only
tables refuse its DELETE. Here the rows of the fresh database are remembered once and written back each time.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from django.test import TransactionTestCase

_models: list[type[Model]] = []
_baseline: dict[type[Model], Sequence[tuple[Any, ...]]] = {}


def remember_baseline() -> None:
    """Read every row of the fresh database and take over the clearing up after transactional tests."""
    with connection.cursor() as cursor:
        _models.extend(_stored_models())
        for model in _models:
            cursor.execute(f"SELECT {_columns(model)} FROM {_quoted(model._meta.db_table)}")
            if rows := cursor.fetchall():
                _baseline[model] = rows
    TransactionTestCase._fixture_teardown = lambda case: restore_baseline()  # type: ignore[attr-defined]


def restore_baseline() -> None:
    """Empty every table, then write the remembered rows back, in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        recreate = _silence_triggers(cursor)
        for model in _models:
            cursor.execute(f"DELETE FROM {_quoted(model._meta.db_table)}")
        for model, rows in _baseline.items():
            marks = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(
                f"INSERT INTO {_quoted(model._meta.db_table)} ({_columns(model)}) VALUES ({marks})",
                rows,
            )
        for statement in recreate:
            cursor.execute(statement)


def _silence_triggers(cursor: Any) -> list[str]:
    """Let append-only tables be emptied until the transaction ends; returns what must be run to undo it."""
    if connection.vendor == "postgresql":
        cursor.execute("SET LOCAL session_replication_role = 'replica'")
        # A test that left a transaction open in a thread fails here instead of hanging.
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        return []
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f"DROP TRIGGER {_quoted(name)}")
    return [sql for _, sql in triggers]


def _stored_models() -> list[type[Model]]:
    tables = set(connection.introspection.table_names())
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in tables]


def _columns(model: type[Model]) -> str:
    fields = model._meta.local_concrete_fields
    return ", ".join(_quoted(field.column) for field in fields if field.column and not field.generated)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
