from django.db import migrations

from people.append_only import AppendOnly


class Migration(migrations.Migration):
    """Events are audit and statistics: the database refuses to change or delete them."""

    dependencies = [("planning", "0001_initial")]

    operations = [AppendOnly("PlanRunEvent")]
