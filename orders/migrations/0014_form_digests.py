from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0013_visits_of_a_day"),
    ]

    operations = [
        migrations.AddField(
            model_name="complaint",
            name="digest",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="elderevent",
            name="digest",
            field=models.UUIDField(editable=False, null=True),
        ),
    ]
