"""The column that marks a popular service comes and goes, and leaves the limit on the catalogue where it is."""

import pytest

from orders.models import ServiceItem
from tests.orders import make
from tests.orders.migrating import without
from tests.test_guards import guards


@pytest.mark.django_db(transaction=True)
def test_the_catalogue_keeps_its_rows_and_its_limit_both_ways():
    make.item(is_popular=True)
    guarded = guards(ServiceItem)
    with without("0007_popular_items", "0015_names_of_services_in_english") as apps:
        old = apps.get_model("orders", "ServiceItem")
        assert (old.objects.get().code, hasattr(old, "is_popular"), guards(ServiceItem)) == ("CLEAN", False, guarded)

    assert (ServiceItem.objects.get().is_popular, guards(ServiceItem)) == (False, guarded)
