"""Two more kinds of what is decided about a carer: a time taken back, an absence ended."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("volunteers", "0004_carer_dialects"),
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
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
    ]
