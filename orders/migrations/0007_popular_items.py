"""A service can be popular: plans share it out fairly.

SQLite rebuilds the table for the column and drops its triggers: the limit on it (migration 0003) comes off before and
goes on again after.
"""

from importlib import import_module

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LIMITS = [
    limit
    for limit in import_module("orders.migrations.0003_limits").LIMITS
    if limit.name == "service_item_versions_apart"
]


def take_off(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for limit in LIMITS:
            for statement in limit.dropped("sqlite"):
                schema_editor.execute(statement, params=None)


def put_on(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for limit in LIMITS:
            for statement in limit.sqlite():
                schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_entitlement_use_without_last_change")]

    operations = [
        migrations.RunPython(take_off, put_on),
        migrations.AddField(
            model_name="serviceitem",
            name="is_popular",
            field=models.BooleanField(
                default=False,
                help_text="many would like to do it, so plans share it out fairly",
                verbose_name="popular",
            ),
        ),
        migrations.RunPython(put_on, take_off),
    ]
