"""Requests that carried a key, and what was answered to them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import people.fields


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_reveal_log_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyedRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=255)),
                ("digest", models.UUIDField()),
                ("claimed_at", models.DateTimeField(db_index=True)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("body", people.fields.EncryptedTextField(blank=True, default="")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "request with a key",
                "verbose_name_plural": "requests with a key",
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="keyed_request_once")],
            },
        ),
    ]
