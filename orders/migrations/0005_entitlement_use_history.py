"""Gives the uses of entitlements that exist already the events that would have been written.

What is known is the last change. A use that was settled since was reserved at an unknown moment; its visit's own entry
stands in for it, and the event says so.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import OuterRef, Subquery

_BATCH = 1000
INFERRED = "补记"  # entered afterwards


def write_events(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """One event for a reserved use, two for a settled one; uses that have events are left alone."""
    use_model = apps.get_model("orders", "EntitlementUse")
    event = apps.get_model("orders", "EntitlementUseEvent")
    batch = []
    without = (
        use_model.objects.filter(events__isnull=True)
        .order_by("pk")
        .values_list("pk", "status", "changed_at", "changed_by", "visit__created_at")
    )
    for pk, status, changed_at, changed_by, entered_at in without.iterator(chunk_size=_BATCH):
        if status != "reserved":
            batch.append(event(subject_id=pk, old="", new="reserved", reason=INFERRED, at=entered_at))
        old = "" if status == "reserved" else "reserved"
        batch.append(event(subject_id=pk, old=old, new=status, at=changed_at, actor_id=changed_by))
    event.objects.bulk_create(batch, batch_size=_BATCH)


def take_back(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Puts the last event's moment and actor back on each use; the events go with their table."""
    use_model = apps.get_model("orders", "EntitlementUse")
    last = apps.get_model("orders", "EntitlementUseEvent").objects.filter(subject=OuterRef("pk")).order_by("-pk")
    use_model.objects.filter(events__isnull=False).update(
        changed_at=Subquery(last.values("at")[:1]), changed_by=Subquery(last.values("actor")[:1])
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_entitlement_use_event")]

    operations = [migrations.RunPython(write_events, take_back)]
