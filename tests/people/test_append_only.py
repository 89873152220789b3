"""The migration operation behind every table that only grows."""

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from people.append_only import AppendOnly

TABLE = "people_scratch"
CREATE = CreateModel(
    "Scratch", [("id", models.BigAutoField(primary_key=True)), ("text", models.CharField(max_length=9))]
)


def run(operation: Operation, before: ProjectState, *, backwards: bool = False) -> ProjectState:
    after = before.clone()
    operation.state_forwards("people", after)
    with connection.schema_editor() as editor:
        if backwards:
            operation.database_backwards("people", editor, after, before)
        else:
            operation.database_forwards("people", editor, before, after)
    return after


def execute(statement: str) -> list[tuple[object, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.django_db(transaction=True)
def test_a_guarded_table_grows_and_nothing_else_until_the_guard_is_taken_off() -> None:
    empty = ProjectState()
    created = run(CREATE, empty)
    try:
        run(AppendOnly("Scratch"), created)
        execute(f"INSERT INTO {TABLE} (text) VALUES ('first')")

        for statement in (f"UPDATE {TABLE} SET text = 'x'", f"DELETE FROM {TABLE}"):
            with pytest.raises(DatabaseError, match="append-only"):
                execute(statement)
        assert execute(f"SELECT text FROM {TABLE}") == [("first",)]

        run(AppendOnly("Scratch"), created, backwards=True)
        execute(f"UPDATE {TABLE} SET text = 'second'")
        assert execute(f"SELECT text FROM {TABLE}") == [("second",)]
    finally:
        run(CREATE, empty, backwards=True)
