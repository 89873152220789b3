"""What was told, and how far it came, is history: its event rows are never changed."""

from django.db import migrations

from people.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [AppendOnly("NoticeEvent")]
