"""What phones tell besides the checks: departures, notes and photos, each kept as it came."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import people.fields
from people.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("visits", "0003_carer_wish"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "client_id",
                    models.UUIDField(
                        help_text="made by the device; a repeat stores nothing", unique=True, verbose_name="message id"
                    ),
                ),
                ("device_time", models.DateTimeField(verbose_name="device time")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="device time of sending")),
                ("server_time", models.DateTimeField(verbose_name="server time")),
                (
                    "told_at",
                    models.DateTimeField(
                        help_text="device time, or its correction when the device clock is off",
                        verbose_name="counts as",
                    ),
                ),
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
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="visits.assignment",
                        verbose_name="assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "departure",
                "verbose_name_plural": "departures",
                "ordering": ["told_at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VisitNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "client_id",
                    models.UUIDField(
                        help_text="made by the device; a repeat stores nothing", unique=True, verbose_name="message id"
                    ),
                ),
                ("device_time", models.DateTimeField(verbose_name="device time")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="device time of sending")),
                ("server_time", models.DateTimeField(verbose_name="server time")),
                (
                    "told_at",
                    models.DateTimeField(
                        help_text="device time, or its correction when the device clock is off",
                        verbose_name="counts as",
                    ),
                ),
                ("text", people.fields.EncryptedTextField(verbose_name="words")),
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
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="visits.assignment",
                        verbose_name="assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit note",
                "verbose_name_plural": "visit notes",
                "ordering": ["told_at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VisitPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "client_id",
                    models.UUIDField(
                        help_text="made by the device; a repeat stores nothing", unique=True, verbose_name="message id"
                    ),
                ),
                ("device_time", models.DateTimeField(verbose_name="device time")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="device time of sending")),
                ("server_time", models.DateTimeField(verbose_name="server time")),
                (
                    "told_at",
                    models.DateTimeField(
                        help_text="device time, or its correction when the device clock is off",
                        verbose_name="counts as",
                    ),
                ),
                ("image", people.fields.EncryptedBinaryField(verbose_name="image")),
                ("width", models.PositiveSmallIntegerField(verbose_name="width (pixels)")),
                ("height", models.PositiveSmallIntegerField(verbose_name="height (pixels)")),
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
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="visits.assignment",
                        verbose_name="assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit photo",
                "verbose_name_plural": "visit photos",
                "ordering": ["told_at", "pk"],
                "abstract": False,
            },
        ),
        AppendOnly("Departure"),
        AppendOnly("VisitNote"),
        AppendOnly("VisitPhoto"),
    ]
