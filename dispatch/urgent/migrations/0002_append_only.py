"""How an urgent call went is history: its event rows are never changed."""

from django.db import migrations

from people.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("urgent", "0001_initial")]

    operations = [AppendOnly("UrgentCallEvent")]
