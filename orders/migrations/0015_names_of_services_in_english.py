"""What an English page calls a service."""

from importlib import import_module

from django.db import migrations, models

kept_through_rebuild = import_module("orders.migrations.0003_limits").kept_through_rebuild


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_form_digests")]

    operations = kept_through_rebuild(
        ("service_item_versions_apart",),
        migrations.AddField(
            model_name="serviceitem",
            name="name_en",
            field=models.CharField(
                blank=True,
                help_text="what an English page says; messages and documents keep the name",
                max_length=64,
                verbose_name="name in English",
            ),
        ),
    )
