import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from people.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_order_uses_credits"),
        ("people", "0003_reveal_log_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ElderEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("registered", "registered"),
                            ("facts", "card changed"),
                            ("contact_added", "contact added"),
                            ("contact_changed", "contact changed"),
                            ("contact_removed", "contact removed"),
                        ],
                        max_length=16,
                        verbose_name="what happened",
                    ),
                ),
                ("facts", models.CharField(blank=True, max_length=100, verbose_name="what changed")),
                ("key", models.UUIDField(editable=False, null=True, unique=True)),
                ("at", models.DateTimeField(verbose_name="at")),
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
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                        verbose_name="contact",
                    ),
                ),
                (
                    "elder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="orders.elder",
                        verbose_name="elder",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of an elder",
                "verbose_name_plural": "events of elders",
                "ordering": ["at", "pk"],
            },
        ),
        AppendOnly("ElderEvent"),
    ]
