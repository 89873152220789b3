import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import people.fields
from people.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_calls"),
        ("people", "0003_reveal_log_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Complaint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(editable=False, unique=True)),
                ("text", people.fields.EncryptedTextField(verbose_name="complaint")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                ("deadline", models.DateField(verbose_name="to be settled by")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("investigating", "being looked into"),
                            ("resolved", "resolved"),
                            ("rejected", "found groundless"),
                            ("reopened", "reopened"),
                        ],
                        default="open",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                ("findings", people.fields.EncryptedTextField(blank=True, default="", verbose_name="findings")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("EXPLAINED", "explained"),
                            ("APOLOGISED", "apologised"),
                            ("REPEATED", "service given again"),
                            ("CARER_CHANGED", "another carer"),
                            ("PAID_BACK", "paid back"),
                            ("OTHER", "other"),
                        ],
                        max_length=16,
                        verbose_name="what came of it",
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="complaints",
                        to="orders.callrecord",
                        verbose_name="call",
                    ),
                ),
                (
                    "complained_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="complaints",
                        to="people.person",
                        verbose_name="complained by",
                    ),
                ),
                (
                    "elder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="complaints",
                        to="orders.elder",
                        verbose_name="elder",
                    ),
                ),
                (
                    "handled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="looked into by",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="complaints",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="complaints",
                        to="orders.visit",
                        verbose_name="visit",
                    ),
                ),
            ],
            options={
                "verbose_name": "complaint",
                "verbose_name_plural": "complaints",
                "ordering": ["-received_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ComplaintEvent",
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
                        to="orders.complaint",
                        verbose_name="complaint",
                    ),
                ),
            ],
            options={
                "verbose_name": "complaint event",
                "verbose_name_plural": "complaint events",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(fields=["status", "deadline"], name="orders_comp_status_685564_idx"),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["open", "investigating", "resolved", "rejected", "reopened"])),
                name="complaint_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "resolved"), models.Q(("outcome", ""), _negated=True)),
                    models.Q(models.Q(("status", "resolved"), _negated=True), ("outcome", "")),
                    _connector="OR",
                ),
                name="complaint_outcome_when_resolved",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(("status", "open"), ("handled_by__isnull", False), _connector="OR"),
                name="complaint_looked_into_by_somebody",
            ),
        ),
        AppendOnly("ComplaintEvent"),
    ]
