"""What the database guards by itself is still guarded after the last migration.

SQLite drops a table's triggers when a later migration rebuilds the table; such a migration must install them again.
"""

import pytest
from django.apps import apps
from django.db import connection, models

from people.transitions import TransitionEvent

EVENTS = sorted(
    (model for model in apps.get_models() if issubclass(model, TransitionEvent)),
    key=lambda model: model._meta.label,
)
# Other tables that only grow, or whose rows keep a rule over several rows.
OTHERS = [
    "counts.Adjustment",
    "counts.CountedVisit",
    "counts.Export",
    "counts.MonthClose",
    "counts.MonthlyCount",
    "orders.CallEvent",
    "orders.Entitlement",
    "orders.EntitlementUse",
    "orders.ServiceItem",
    "people.RevealLog",
    "timebank.Posting",
    "timebank.Transfer",
    "visits.Assignment",
    "visits.CheckEvent",
    "visits.Correction",
    "volunteers.Absence",
    "volunteers.Availability",
    "volunteers.CarerEvent",
]
SQLITE = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
POSTGRESQL = """
    SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal
    UNION SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'x'
"""


def guards(model: type[models.Model]) -> set[str]:
    """The triggers and exclusion constraints on the model's table."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL, [table, table])
        else:
            cursor.execute(SQLITE, [table])
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model._meta.label)
def test_events_of_every_status_only_grow(model):
    table = model._meta.db_table
    append_only = {
        "postgresql": {f"{table}_append_only"},
        "sqlite": {f"{table}_no_update", f"{table}_no_delete"},
    }

    assert append_only[connection.vendor] <= guards(model)


@pytest.mark.django_db
@pytest.mark.parametrize("label", OTHERS)
def test_the_guards_of_other_tables_stand(label):
    """SQLite needs one trigger for each kind of write that PostgreSQL holds in one constraint."""
    found = guards(apps.get_model(label))

    assert len(found) >= (2 if connection.vendor == "sqlite" else 1)
