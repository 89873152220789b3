"""Whoever was set to accept by contract without being employed is asked again, and nobody else."""

import pytest

from tests.dispatch.factories import make_carer
from tests.orders.migrating import without
from tests.test_guards import guards
from volunteers.models import Carer


@pytest.mark.django_db(transaction=True)
def test_only_volunteers_lose_what_they_never_signed() -> None:
    make_carer("V1")
    make_carer("W1", kind=Carer.Kind.WORKER, auto_accept=True)
    guarded = guards(Carer)
    with without("0007_by_contract_workers_only", app="volunteers") as apps:
        apps.get_model("volunteers", "Carer").objects.filter(number="V1").update(auto_accept=True)

    assert dict(Carer.objects.values_list("number", "auto_accept")) == {"V1": False, "W1": True}
    assert guards(Carer) == guarded
