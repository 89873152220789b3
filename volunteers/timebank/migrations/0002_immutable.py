"""The ledger's guards: what was written stays written, and a posting must be the side of its transfer it claims to be."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from people.append_only import AppendOnly

FIXED = (
    "id",
    "key",
    "kind",
    "source_id",
    "target_id",
    "minutes",
    "delivered_minutes",
    "day",
    "cause",
    "reversal_of_id",
    "created_at",
    "created_by_id",
)
# IS DISTINCT FROM is what SQLite writes as IS NOT.
CHANGED = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in FIXED)
MOVES = "OLD.status = 'pending' AND NEW.status IN ('posted', 'voided')"
ITS_SIDE = """
    SELECT 1 FROM timebank_transfer AS transfer
    WHERE transfer.id = NEW.transfer_id AND transfer.status = 'posted' AND (
        (NEW.side = 'D' AND NEW.account_id = transfer.source_id AND NEW.minutes = -transfer.minutes)
        OR (NEW.side = 'C' AND NEW.account_id = transfer.target_id AND NEW.minutes = transfer.minutes)
    )
"""

POSTGRESQL = f"""
CREATE FUNCTION timebank_guard_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND {MOVES} AND NOT ({CHANGED}) THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'transfer_immutable' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER transfer_immutable BEFORE UPDATE OR DELETE ON timebank_transfer
    FOR EACH ROW EXECUTE FUNCTION timebank_guard_transfer();
CREATE FUNCTION timebank_guard_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS ({ITS_SIDE}) THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'posting_matches_transfer' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER posting_matches_transfer BEFORE INSERT ON timebank_posting
    FOR EACH ROW EXECUTE FUNCTION timebank_guard_posting();
"""
SQLITE = (
    f"""CREATE TRIGGER transfer_immutable_update BEFORE UPDATE ON timebank_transfer
    WHEN NOT ({MOVES}) OR {CHANGED.replace("IS DISTINCT FROM", "IS NOT")}
    BEGIN SELECT RAISE(ABORT, 'transfer_immutable'); END""",
    """CREATE TRIGGER transfer_immutable_delete BEFORE DELETE ON timebank_transfer
    BEGIN SELECT RAISE(ABORT, 'transfer_immutable'); END""",
    f"""CREATE TRIGGER posting_matches_transfer BEFORE INSERT ON timebank_posting WHEN NOT EXISTS ({ITS_SIDE})
    BEGIN SELECT RAISE(ABORT, 'posting_matches_transfer'); END""",
)


def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in (POSTGRESQL,) if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def unguard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER posting_matches_transfer ON timebank_posting")
        schema_editor.execute("DROP TRIGGER transfer_immutable ON timebank_transfer")
        schema_editor.execute("DROP FUNCTION timebank_guard_posting(), timebank_guard_transfer()")
        return
    for trigger in ("posting_matches_transfer", "transfer_immutable_delete", "transfer_immutable_update"):
        schema_editor.execute(f"DROP TRIGGER {trigger}")


class Migration(migrations.Migration):
    dependencies = [("timebank", "0001_initial")]

    operations = [
        migrations.RunPython(guard, unguard),
        AppendOnly("Posting"),
        AppendOnly("TransferEvent"),
    ]
