"""Rules over several rows, held by triggers on both databases.

PostgreSQL sees only what is committed, so each trigger first takes a lock on what it compares, to the end of the
transaction: two rivals then come one after the other. SQLite has one writer at a time. Both raise an integrity error.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation


@dataclass(frozen=True, slots=True)
class Limit:
    """Refuse with `message` a row of `table` for which `broken` holds; in it, NEW is the row. `key` names the lock."""

    name: str
    table: str
    columns: str
    key: str
    broken: str
    message: str

    def postgresql(self) -> list[str]:
        return [
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"PERFORM pg_advisory_xact_lock(hashtextextended({self.key}, 0)); "
            f"IF {self.broken} THEN RAISE EXCEPTION '{self.message}' USING ERRCODE = 'exclusion_violation'; END IF; "
            "RETURN NEW; END $$",
            f"CREATE TRIGGER {self.name} BEFORE INSERT OR UPDATE OF {self.columns} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]

    def sqlite(self) -> list[str]:
        return [
            f"CREATE TRIGGER {self.name}_{verb.split()[0].lower()} BEFORE {verb} ON {self.table} WHEN {self.broken} "
            f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            for verb in ("INSERT", f"UPDATE OF {self.columns}")
        ]

    def dropped(self, vendor: str) -> list[str]:
        if vendor == "postgresql":
            return [f"DROP TRIGGER {self.name} ON {self.table}", f"DROP FUNCTION {self.name}()"]
        return [f"DROP TRIGGER {self.name}_{verb}" for verb in ("insert", "update")]


# Both dates belong to the interval; an open end is the end of time.
OVERLAPS = (
    "other.{start} <= COALESCE(NEW.{end}, '9999-12-31') AND COALESCE(other.{end}, '9999-12-31') >= NEW.{start} "
    "AND other.id <> COALESCE(NEW.id, -1)"
)

LIMITS = [
    Limit(
        name="service_item_versions_apart",
        table="orders_serviceitem",
        columns="code, effective_from, effective_to",
        key="'service item ' || NEW.code",
        broken=(
            "EXISTS (SELECT 1 FROM orders_serviceitem other WHERE other.code = NEW.code AND "
            + OVERLAPS.format(start="effective_from", end="effective_to")
            + ")"
        ),
        message="versions of a service must not overlap",
    ),
    Limit(
        name="entitlements_apart",
        table="orders_entitlement",
        columns="elder_id, category, valid_from, valid_to",
        key="'entitlements of ' || NEW.elder_id",
        broken=(
            "EXISTS (SELECT 1 FROM orders_entitlement other WHERE other.elder_id = NEW.elder_id "
            "AND other.category = NEW.category AND " + OVERLAPS.format(start="valid_from", end="valid_to") + ")"
        ),
        message="entitlements of an elder for one category must not overlap",
    ),
    Limit(
        name="entitlement_month_not_exceeded",
        table="orders_entitlementuse",
        columns="entitlement_id, month, minutes, status",
        key="'uses of ' || NEW.entitlement_id",
        broken=(
            "NEW.status <> 'returned' AND NEW.minutes + (SELECT COALESCE(SUM(other.minutes), 0) "
            "FROM orders_entitlementuse other WHERE other.entitlement_id = NEW.entitlement_id "
            "AND other.month = NEW.month AND other.status <> 'returned' AND other.id <> COALESCE(NEW.id, -1)) "
            "> (SELECT minutes_per_month FROM orders_entitlement WHERE id = NEW.entitlement_id)"
        ),
        message="the minutes of this entitlement and month are used up",
    ),
    Limit(
        name="entitlement_covers_its_uses",
        table="orders_entitlement",
        columns="minutes_per_month",
        # The lock of the uses: a reservation and a cut of the minutes come one after the other.
        key="'uses of ' || NEW.id",
        broken=(
            "EXISTS (SELECT 1 FROM orders_entitlementuse used WHERE used.entitlement_id = NEW.id "
            "AND used.status <> 'returned' GROUP BY used.month HAVING SUM(used.minutes) > NEW.minutes_per_month)"
        ),
        message="more minutes than that are already used in a month",
    ),
]


def install(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _put_on(LIMITS, schema_editor)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _take_off(LIMITS, schema_editor)


def _put_on(limits: Iterable[Limit], schema_editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for limit in limits:
        for statement in limit.postgresql() if is_postgresql else limit.sqlite():
            schema_editor.execute(statement, params=None)


def _take_off(limits: Iterable[Limit], schema_editor: BaseDatabaseSchemaEditor) -> None:
    for limit in limits:
        for statement in limit.dropped(schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)


def kept_through_rebuild(names: Collection[str], *operations: Operation) -> list[Operation]:
    """Operations of a later migration for which SQLite rebuilds a table that these limits read.

    It would drop their triggers: they come off before and go on again after, both ways. PostgreSQL keeps its own.
    """
    limits = [limit for limit in LIMITS if limit.name in names]

    def take_off(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "sqlite":
            _take_off(limits, schema_editor)

    def put_on(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "sqlite":
            _put_on(limits, schema_editor)

    return [migrations.RunPython(take_off, put_on), *operations, migrations.RunPython(put_on, take_off)]


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_append_only")]

    operations = [migrations.RunPython(install, remove)]
