"""Notices to carers and the push subscriptions of their devices."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import dispatch.notices.models
import people.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orders", "0016_door_card"),
        ("volunteers", "0005_carer_events"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.KNOX_TOKEN_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", people.fields.EncryptedTextField(verbose_name="words")),
                ("key", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "waiting to be sent"),
                            ("sending", "being sent"),
                            ("sent", "sent"),
                            ("delivered", "delivered"),
                            ("failed", "not delivered"),
                            ("cancelled", "out of date"),
                            ("expired", "too late"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("next_due_at", models.DateTimeField(verbose_name="next attempt")),
                ("expires_at", models.DateTimeField(verbose_name="of use until")),
                ("claimed_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("reference", models.CharField(blank=True, max_length=64, verbose_name="provider's reference")),
                ("created_at", models.DateTimeField(verbose_name="entered at")),
                ("kind", models.CharField(choices=dispatch.notices.models.kinds, max_length=16, verbose_name="about")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("PUSH", "push message"),
                            ("SMS", "text message"),
                            ("WECHAT", "WeChat message"),
                            ("APP", "in the app"),
                        ],
                        max_length=6,
                        verbose_name="channel",
                    ),
                ),
                ("address", people.fields.EncryptedCharField(blank=True, max_length=200, verbose_name="address")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read at")),
                (
                    "carer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="volunteers.carer",
                        verbose_name="carer",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="orders.visit",
                        verbose_name="visit",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="NoticeEvent",
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
                        to="notices.notice",
                        verbose_name="notice",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice event",
                "verbose_name_plural": "notice events",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service", models.CharField(max_length=100)),
                ("endpoint", people.fields.EncryptedTextField()),
                ("endpoint_index", models.CharField(editable=False, max_length=64, unique=True)),
                ("public_key", people.fields.EncryptedCharField(max_length=100)),
                ("auth_secret", people.fields.EncryptedCharField(max_length=32)),
                ("created_at", models.DateTimeField()),
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="push_subscription",
                        to=settings.KNOX_TOKEN_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["status", "next_due_at"], name="notices_not_status_d12096_idx"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                fields=("reference",),
                name="notice_reference_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["queued", "sending", "sent", "delivered", "failed", "cancelled", "expired"])
                ),
                name="notice_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("claimed_until__isnull", False), ("status", "sending")),
                    models.Q(models.Q(("status", "sending"), _negated=True), ("claimed_until__isnull", True)),
                    _connector="OR",
                ),
                name="notice_claimed_while_sending",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["PUSH", "SMS", "WECHAT", "APP"])), name="notice_channel"
            ),
        ),
    ]
