"""A service can be popular: plans share it out fairly."""

from importlib import import_module

from django.db import migrations, models

kept_through_rebuild = import_module("orders.migrations.0003_limits").kept_through_rebuild


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_entitlement_use_without_last_change")]

    operations = kept_through_rebuild(
        ("service_item_versions_apart",),
        migrations.AddField(
            model_name="serviceitem",
            name="is_popular",
            field=models.BooleanField(
                default=False,
                help_text="many would like to do it, so plans share it out fairly",
                verbose_name="popular",
            ),
        ),
    )
