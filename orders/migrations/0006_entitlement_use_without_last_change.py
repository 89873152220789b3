"""The events say when and by whom minutes moved; the columns that said it too go.

SQLite rebuilds the table for it and drops its triggers: the two limits that read it (migration 0003) come off before
and go on again after.
"""

from importlib import import_module

import django.utils.timezone
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LIMITS = [
    limit
    for limit in import_module("orders.migrations.0003_limits").LIMITS
    if limit.name in ("entitlement_month_not_exceeded", "entitlement_covers_its_uses")
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
    dependencies = [("orders", "0005_entitlement_use_history")]

    operations = [
        migrations.RunPython(take_off, put_on),
        # The default serves the way back only: rows need some moment until 0005 gives them theirs.
        migrations.AlterField(
            model_name="entitlementuse",
            name="changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
        ),
        migrations.RemoveField(model_name="entitlementuse", name="changed_at"),
        migrations.RemoveField(model_name="entitlementuse", name="changed_by"),
        migrations.RunPython(put_on, take_off),
    ]
