"""The column that marks a popular service comes and goes, and leaves the limit on the catalogue where it is."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orders.models import ServiceItem
from tests.orders import make
from tests.orders.test_use_history_migration import migrate
from tests.test_guards import guards


@pytest.mark.django_db(transaction=True)
def test_the_catalogue_keeps_its_rows_and_its_limit_both_ways():
    make.item(is_popular=True)
    guarded = guards(ServiceItem)
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        old = migrate(("orders", "0006_entitlement_use_without_last_change")).get_model("orders", "ServiceItem")
        assert (old.objects.get().code, hasattr(old, "is_popular"), guards(ServiceItem)) == ("CLEAN", False, guarded)
    finally:
        migrate(*newest)

    assert (ServiceItem.objects.get().is_popular, guards(ServiceItem)) == (False, guarded)
