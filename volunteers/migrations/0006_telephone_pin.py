"""The PIN of the telephone menu, and two more kinds of what is recorded about a carer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("volunteers", "0005_carer_events"),
    ]

    operations = [
        migrations.AlterField(
            model_name="carerevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("REGISTERED", "registered"),
                    ("CHANGED", "changed"),
                    ("CERTIFIED", "certificate added"),
                    ("REVOKED", "certificate revoked"),
                    ("OFFERED_TIME", "time offered"),
                    ("TOOK_BACK", "time taken back"),
                    ("ABSENT", "absence recorded"),
                    ("RETURNED", "absence ended"),
                    ("BLACKLISTED", "blacklisted"),
                    ("PIN_ISSUED", "telephone PIN issued"),
                    ("PIN_LOCKED", "telephone PIN locked"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="TelephonePin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark", models.CharField(editable=False, max_length=64)),
                ("wrong_tries", models.PositiveSmallIntegerField(default=0, verbose_name="wrong tries")),
                ("locked_until", models.DateTimeField(blank=True, null=True, verbose_name="locked until")),
                ("issued_at", models.DateTimeField(verbose_name="issued at")),
                (
                    "carer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="telephone_pin",
                        to="volunteers.carer",
                        verbose_name="carer",
                    ),
                ),
            ],
            options={
                "verbose_name": "telephone PIN",
                "verbose_name_plural": "telephone PINs",
            },
        ),
    ]
