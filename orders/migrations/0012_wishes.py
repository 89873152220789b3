"""An elder may wish for a carer who speaks a dialect, always or for one order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_complaint")]

    operations = [
        migrations.AddField(
            model_name="elder",
            name="dialect",
            field=models.CharField(blank=True, max_length=32, verbose_name="dialect"),
        ),
        migrations.AddField(
            model_name="orderitem",
            name="dialect_wish",
            field=models.CharField(blank=True, max_length=32, verbose_name="wishes a carer who speaks"),
        ),
    ]
