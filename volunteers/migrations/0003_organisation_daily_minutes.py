"""An organisation may have a limit of service minutes a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0002_no_overlap")]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="daily_minutes",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="service minutes of all its carers together, in all towns; empty: no limit",
                null=True,
                verbose_name="most minutes a day",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("daily_minutes__isnull", True), ("daily_minutes__range", (1, 10_000_000)), _connector="OR"
                ),
                name="organisation_daily_minutes",
                violation_error_message="A daily limit is between 1 and 10,000,000 minutes, or empty.",
            ),
        ),
    ]
