"""The database itself keeps closed months as they are: append-only rows, and a seal on the month."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from people.append_only import AppendOnly

TABLE = "counts_monthclose"


def seal(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_sealed BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW WHEN (OLD.status = 'closed') EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_sealed_{verb.lower()} BEFORE {verb} ON {TABLE} WHEN OLD.status = 'closed' "
            "BEGIN SELECT RAISE(ABORT, 'a closed month never changes'); END"
        )


def unseal(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {TABLE}_sealed ON {TABLE}")
        return
    for verb in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER {TABLE}_sealed_{verb}")


class Migration(migrations.Migration):
    dependencies = [("counts", "0001_initial")]

    operations = [
        AppendOnly("MonthlyCount"),
        AppendOnly("CountedVisit"),
        AppendOnly("Adjustment"),
        AppendOnly("MonthCloseEvent"),
        AppendOnly("Export"),
        migrations.RunPython(seal, unseal),
    ]
