"""A carer's dialects, for elders who wish for one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0003_organisation_daily_minutes")]

    operations = [
        migrations.AddField(
            model_name="carer",
            name="dialects",
            field=models.CharField(
                blank=True,
                help_text="names, with spaces or 、 between them",
                max_length=100,
                verbose_name="speaks (dialects)",
            ),
        ),
    ]
