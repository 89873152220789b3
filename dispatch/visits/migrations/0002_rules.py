"""What no field can say: a carer's live work never overlaps, and evidence is never changed."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from people.append_only import AppendOnly

LIVE = "('proposed', 'offered', 'accepted', 'checked_in', 'checked_out')"
RULE = "assignment_no_overlap"

# int8range stands in for the equality operator that only the btree_gist extension would bring.
POSTGRESQL = f"""
ALTER TABLE visits_assignment ADD CONSTRAINT {RULE} EXCLUDE USING gist (
    int8range(carer_id, carer_id, '[]') WITH &&,
    tstzrange(planned_start, planned_end) WITH &&
) WHERE (status IN {LIVE})
"""

SQLITE = """
CREATE TRIGGER {rule}_{verb} BEFORE {event} ON visits_assignment WHEN NEW.status IN {live}
BEGIN
    SELECT RAISE(ABORT, '{rule}') WHERE EXISTS (
        SELECT 1 FROM visits_assignment AS other
        WHERE other.carer_id = NEW.carer_id AND other.status IN {live} {not_itself}
        AND other.planned_start < NEW.planned_end AND other.planned_end > NEW.planned_start
    );
END
"""


def forbid_overlap(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Half-open intervals [start, end): back-to-back work is allowed."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
        return
    schema_editor.execute(SQLITE.format(rule=RULE, verb="insert", event="INSERT", live=LIVE, not_itself=""))
    schema_editor.execute(
        SQLITE.format(
            rule=RULE,
            verb="update",
            event="UPDATE OF carer_id, status, planned_start, planned_end",
            live=LIVE,
            not_itself="AND other.id <> NEW.id",
        )
    )


def allow_overlap(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE visits_assignment DROP CONSTRAINT {RULE}")
        return
    for verb in ("insert", "update"):
        schema_editor.execute(f"DROP TRIGGER {RULE}_{verb}")


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]

    operations = [
        migrations.RunPython(forbid_overlap, allow_overlap),
        AppendOnly("AssignmentEvent"),
        AppendOnly("CheckEvent"),
        AppendOnly("Correction"),
        AppendOnly("FlagEvent"),
    ]
