"""A message that whoever was announced cannot come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("confirmations", "0002_append_only")]

    operations = [
        migrations.RemoveConstraint(model_name="confirmation", name="confirmation_kind"),
        migrations.AlterField(
            model_name="confirmation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ORDER_PLACED", "order placed"),
                    ("RESERVED", "who comes and when"),
                    ("LET_DOWN", "the carer announced cannot come"),
                    ("MOVED", "moved to another time"),
                    ("CANCELLED", "service cancelled"),
                    ("NOT_SERVED", "nobody could come"),
                ],
                max_length=12,
                verbose_name="about",
            ),
        ),
        migrations.AddConstraint(
            model_name="confirmation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["ORDER_PLACED", "RESERVED", "LET_DOWN", "MOVED", "CANCELLED", "NOT_SERVED"])
                ),
                name="confirmation_kind",
            ),
        ),
    ]
