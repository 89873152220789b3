"""The events say when and by whom minutes moved; the columns that said it too go."""

from importlib import import_module

import django.utils.timezone
from django.db import migrations, models

kept_through_rebuild = import_module("orders.migrations.0003_limits").kept_through_rebuild


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_entitlement_use_history")]

    operations = kept_through_rebuild(
        ("entitlement_month_not_exceeded", "entitlement_covers_its_uses"),
        # The default serves the way back only: rows need some moment until 0005 gives them theirs.
        migrations.AlterField(
            model_name="entitlementuse",
            name="changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
        ),
        migrations.RemoveField(model_name="entitlementuse", name="changed_at"),
        migrations.RemoveField(model_name="entitlementuse", name="changed_by"),
    )
