"""Calls in which carers hear their offers and answer by keys."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import people.fields
from people.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("offers", "0004_late_alarms"),
        ("volunteers", "0006_telephone_pin"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MenuCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("call_id", models.CharField(max_length=250, unique=True, verbose_name="call")),
                ("number_index", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pin", "asked for the PIN"),
                            ("offer", "hears an offer"),
                            ("reason", "asked why not"),
                            ("accepted", "hears whom to visit"),
                            ("ended", "ended"),
                        ],
                        default="pin",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="began at")),
                (
                    "carer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="menu_calls",
                        to="volunteers.carer",
                        verbose_name="carer",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="menu_calls",
                        to="offers.offer",
                        verbose_name="offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "call to the telephone menu",
                "verbose_name_plural": "calls to the telephone menu",
                "ordering": ["-started_at"],
            },
        ),
        migrations.CreateModel(
            name="MenuCallEvent",
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
                        to="offers.menucall",
                        verbose_name="call",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of a call to the telephone menu",
                "verbose_name_plural": "events of calls to the telephone menu",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MenuStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="step")),
                ("say", people.fields.EncryptedTextField(verbose_name="said")),
                ("gather", models.PositiveSmallIntegerField(verbose_name="digits awaited")),
                ("understood", models.BooleanField(verbose_name="understood")),
                ("at", models.DateTimeField(db_index=True, verbose_name="at")),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="offers.menucall",
                        verbose_name="call",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a call",
                "verbose_name_plural": "steps of calls",
                "ordering": ["call", "number"],
            },
        ),
        migrations.AddConstraint(
            model_name="menucall",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["pin", "offer", "reason", "accepted", "ended"])),
                name="menu_call_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="menucall",
            constraint=models.CheckConstraint(
                condition=models.Q(("offer__isnull", True), ("carer__isnull", False), _connector="OR"),
                name="menu_call_offer_is_somebodys",
            ),
        ),
        migrations.AddConstraint(
            model_name="menucall",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["pin", "ended"]), ("offer__isnull", False), _connector="OR"),
                name="menu_call_nothing_is_heard_unproved",
            ),
        ),
        migrations.AddConstraint(
            model_name="menustep",
            constraint=models.UniqueConstraint(fields=("call", "number"), name="menu_step_once"),
        ),
        AppendOnly("MenuCallEvent"),
    ]
