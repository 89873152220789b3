"""Only paid workers accept by contract; a volunteer who was set to is asked from now on."""

from typing import Any

from django.db import migrations, models


def ask_volunteers(apps: Any, editor: Any) -> None:
    carers = apps.get_model("volunteers", "Carer").objects.using(editor.connection.alias)
    carers.filter(auto_accept=True).exclude(kind="WORKER").update(auto_accept=False)


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0006_telephone_pin")]

    operations = [
        migrations.RunPython(ask_volunteers, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="carer",
            constraint=models.CheckConstraint(
                condition=models.Q(("auto_accept", False), ("kind", "WORKER"), _connector="OR"),
                name="carer_by_contract_is_worker",
                violation_error_message="Only a care worker accepts by contract.",
            ),
        ),
    ]
