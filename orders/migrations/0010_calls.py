"""Whom a call rings at, what came of it, what is to be called back, and calls out."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import people.fields
from people.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_elder_event"),
        ("people", "0003_reveal_log_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CallBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", people.fields.EncryptedCharField(max_length=64, verbose_name="number")),
                ("number_index", models.CharField(db_index=True, editable=False, max_length=64)),
                ("number_tail", models.CharField(editable=False, max_length=4, verbose_name="tail of the number")),
                (
                    "why",
                    models.CharField(
                        choices=[("missed", "missed call"), ("promised", "promised"), ("not_served", "not served")],
                        max_length=12,
                        verbose_name="why",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "due"), ("done", "done")], default="open", max_length=4, verbose_name="status"
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                ("outcome", models.CharField(blank=True, max_length=200, verbose_name="what came of it")),
            ],
            options={
                "verbose_name": "call-back",
                "verbose_name_plural": "call-backs",
                "ordering": ["due_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CallBackEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("old", models.CharField(blank=True, max_length=16, verbose_name="from")),
                ("new", models.CharField(max_length=16, verbose_name="to")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField(db_index=True, verbose_name="at")),
            ],
            options={
                "verbose_name": "call-back event",
                "verbose_name_plural": "call-back events",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CallChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("old", models.CharField(blank=True, max_length=16, verbose_name="from")),
                ("new", models.CharField(max_length=16, verbose_name="to")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField(db_index=True, verbose_name="at")),
            ],
            options={
                "verbose_name": "change of a call",
                "verbose_name_plural": "changes of calls",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DialRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("extension", models.CharField(max_length=32, verbose_name="extension")),
                ("requested_at", models.DateTimeField(verbose_name="asked for at")),
                ("taken_at", models.DateTimeField(blank=True, null=True, verbose_name="taken by the bridge at")),
            ],
            options={
                "verbose_name": "request to dial",
                "verbose_name_plural": "requests to dial",
                "ordering": ["requested_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="number")),
            ],
            options={
                "verbose_name": "extension",
                "verbose_name_plural": "extensions",
                "ordering": ["number"],
            },
        ),
        migrations.AddField(
            model_name="callevent",
            name="payload",
            field=people.fields.EncryptedTextField(editable=False, null=True, verbose_name="as it was sent"),
        ),
        migrations.AddField(
            model_name="callrecord",
            name="rings_at",
            field=models.ManyToManyField(
                blank=True, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="rings at"
            ),
        ),
        migrations.AddField(
            model_name="callrecord",
            name="rings_at_all",
            field=models.BooleanField(default=True, verbose_name="rings at every operator"),
        ),
        migrations.AddField(
            model_name="callrecord",
            name="wrap_up",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ordered", "ordered"),
                    ("changed", "changed or cancelled"),
                    ("asked", "asked something"),
                    ("complaint", "complaint"),
                    ("urgent", "urgent help"),
                    ("wrong_number", "wrong number"),
                    ("no_answer", "nobody there"),
                    ("other", "other"),
                ],
                max_length=16,
                verbose_name="wrap-up",
            ),
        ),
        migrations.AddField(
            model_name="callrecord",
            name="wrapped_up_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="wrapped up at"),
        ),
        migrations.AddField(
            model_name="callrecord",
            name="wrapped_up_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="wrapped up by",
            ),
        ),
        migrations.AlterField(
            model_name="callevent",
            name="call",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="raw_events",
                to="orders.callrecord",
                verbose_name="call",
            ),
        ),
        migrations.AlterField(
            model_name="callevent",
            name="event",
            field=models.CharField(
                choices=[("newCall", "new call"), ("answer", "answer"), ("hangup", "hang-up")],
                max_length=8,
                verbose_name="event",
            ),
        ),
        migrations.AlterField(
            model_name="callrecord",
            name="number",
            field=people.fields.EncryptedCharField(blank=True, default="", max_length=64, verbose_name="number"),
        ),
        migrations.AddIndex(
            model_name="callrecord",
            index=models.Index(fields=["status", "started_at"], name="orders_call_status_8a15e2_idx"),
        ),
        migrations.AddConstraint(
            model_name="callrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("status__in", ["ringing", "answered"])),
                    models.Q(("ended_at__isnull", False), ("status__in", ["ended", "missed"])),
                    _connector="OR",
                ),
                name="call_status_explained",
            ),
        ),
        migrations.AddConstraint(
            model_name="callrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("wrap_up", ""), ("wrapped_up_at__isnull", True), ("wrapped_up_by__isnull", True)),
                    models.Q(
                        ("wrapped_up_at__isnull", False),
                        ("wrapped_up_by__isnull", False),
                        models.Q(("wrap_up", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="call_wrapped_up_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="call",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="call_backs",
                to="orders.callrecord",
                verbose_name="call",
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="done_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="done by",
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="elder",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="call_backs",
                to="orders.elder",
                verbose_name="elder",
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="call_backs",
                to="people.person",
                verbose_name="person",
            ),
        ),
        migrations.AddField(
            model_name="callbackevent",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="callbackevent",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="orders.callback",
                verbose_name="call-back",
            ),
        ),
        migrations.AddField(
            model_name="callchange",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="callchange",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="orders.callrecord",
                verbose_name="call",
            ),
        ),
        migrations.AddField(
            model_name="dialrequest",
            name="call",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dial_request",
                to="orders.callrecord",
                verbose_name="call",
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="extension",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(fields=["status", "due_at"], name="orders_call_status_4d62ed_idx"),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "open")), fields=("number_index",), name="call_back_one_open_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at__isnull", True), ("done_by__isnull", True), ("status", "open")),
                    models.Q(("done_at__isnull", False), ("status", "done")),
                    _connector="OR",
                ),
                name="call_back_status_explained",
            ),
        ),
        migrations.AddIndex(
            model_name="dialrequest",
            index=models.Index(fields=["taken_at", "requested_at"], name="orders_dial_taken_a_dc3e9e_idx"),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__regex", "^[0-9]+$")), name="extension_digits"
            ),
        ),
        AppendOnly("CallChange"),
        AppendOnly("CallBackEvent"),
    ]
