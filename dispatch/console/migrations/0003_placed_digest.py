from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0002_drafts"),
    ]

    operations = [
        migrations.AddField(
            model_name="orderdraft",
            name="digest",
            field=models.UUIDField(editable=False, null=True),
        ),
    ]
