"""A new kind of event on an elder's card: who printed the card with the code."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0015_names_of_services_in_english"),
    ]

    operations = [
        migrations.AlterField(
            model_name="elderevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("registered", "registered"),
                    ("facts", "card changed"),
                    ("contact_added", "contact added"),
                    ("contact_changed", "contact changed"),
                    ("contact_removed", "contact removed"),
                    ("door_card", "door card printed"),
                ],
                max_length=16,
                verbose_name="what happened",
            ),
        ),
    ]
