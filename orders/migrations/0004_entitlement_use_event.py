import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from people.append_only import AppendOnly


class Migration(migrations.Migration):
    """Every move of government minutes leaves a row, as every other status does."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("orders", "0003_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name="EntitlementUseEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("old", models.CharField(blank=True, max_length=16, verbose_name="from")),
                ("new", models.CharField(max_length=16, verbose_name="to")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField(db_index=True, verbose_name="at")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="orders.entitlementuse",
                        verbose_name="use of an entitlement",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of a use",
                "verbose_name_plural": "events of uses",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        AppendOnly("EntitlementUseEvent"),
    ]
