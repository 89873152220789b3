from django.db import migrations

from people.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("people", "0002_roles")]

    operations = [AppendOnly("RevealLog")]
