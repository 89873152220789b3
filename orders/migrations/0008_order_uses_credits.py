"""An order says whether time credits may pay it, so that visits of its recurrence made later know too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_popular_items")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="uses_credits",
            field=models.BooleanField(
                default=False,
                help_text="also visits of a recurrence that are made later",
                verbose_name="time credits may pay",
            ),
        ),
    ]
