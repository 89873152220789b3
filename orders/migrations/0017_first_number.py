"""A call may ring a telephone outside first, before it rings the number that is called."""

from django.db import migrations, models

import people.fields


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0016_door_card"),
    ]

    operations = [
        migrations.AddField(
            model_name="dialrequest",
            name="first_number",
            field=people.fields.EncryptedCharField(
                blank=True, default="", max_length=64, verbose_name="number that rings first"
            ),
        ),
        migrations.AlterField(
            model_name="dialrequest",
            name="extension",
            field=models.CharField(blank=True, max_length=32, verbose_name="extension"),
        ),
    ]
