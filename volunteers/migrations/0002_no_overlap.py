"""What no field can say: a carer's offered times never overlap, nor do absences; the trail is never changed.

Intervals are half-open, so back-to-back rows are allowed. PostgreSQL holds an exclusion constraint, SQLite triggers.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from people.append_only import AppendOnly

AVAILABILITY, ABSENCE = "availability_no_overlap", "absence_no_overlap"

# int8range and int4range stand in for the equality operator that only the btree_gist extension would bring.
# A dated row holds valid_from = valid_to = day; Monday is 0.
POSTGRESQL = f"""
ALTER TABLE volunteers_availability ADD CONSTRAINT {AVAILABILITY} EXCLUDE USING gist (
    int8range(carer_id, carer_id, '[]') WITH &&,
    int4range(
        coalesce(weekday::int, extract(isodow FROM day)::int - 1),
        coalesce(weekday::int, extract(isodow FROM day)::int - 1), '[]'
    ) WITH &&,
    daterange(valid_from, valid_to, '[]') WITH &&,
    int4range(start_minute::int, end_minute::int) WITH &&
);
ALTER TABLE volunteers_absence ADD CONSTRAINT {ABSENCE} EXCLUDE USING gist (
    int8range(carer_id, carer_id, '[]') WITH &&,
    tstzrange("start", "end") WITH &&
)
"""

# In SQLite %w counts from Sunday = 0.
SAME_WEEKDAY = """
    coalesce(other.weekday, (strftime('%w', other.day) + 6) % 7) = coalesce(NEW.weekday, (strftime('%w', NEW.day) + 6) % 7)
"""
CLASHES = {
    ("volunteers_availability", AVAILABILITY): f"""
        other.start_minute < NEW.end_minute AND other.end_minute > NEW.start_minute
        AND (other.valid_to IS NULL OR other.valid_to >= NEW.valid_from)
        AND (NEW.valid_to IS NULL OR NEW.valid_to >= other.valid_from)
        AND {SAME_WEEKDAY}
    """,
    ("volunteers_absence", ABSENCE): 'other."start" < NEW."end" AND other."end" > NEW."start"',
}
SQLITE = """
CREATE TRIGGER {rule}_{verb} BEFORE {verb} ON {table}
BEGIN
    SELECT RAISE(ABORT, '{rule}') WHERE EXISTS (
        SELECT 1 FROM {table} AS other WHERE other.carer_id = NEW.carer_id AND {clash} {not_itself}
    );
END
"""


def forbid_overlap(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
        return
    for (table, rule), clash in CLASHES.items():
        for verb, not_itself in (("insert", ""), ("update", "AND other.id <> NEW.id")):
            sql = SQLITE.format(rule=rule, verb=verb, table=table, clash=clash, not_itself=not_itself)
            schema_editor.execute(sql, None)


def allow_overlap(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table, rule in CLASHES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {rule}")
        else:
            schema_editor.execute(f"DROP TRIGGER {rule}_insert")
            schema_editor.execute(f"DROP TRIGGER {rule}_update")


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0001_initial")]

    operations = [
        migrations.RunPython(forbid_overlap, allow_overlap),
        AppendOnly("CarerEvent"),
    ]
