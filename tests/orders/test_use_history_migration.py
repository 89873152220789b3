"""Uses of entitlements from before their events: the migrations give them a history, and take it back."""

from datetime import timedelta

import pytest

from orders.models import Entitlement, EntitlementUse, EntitlementUseEvent
from orders.services.visits import move_visit
from tests.cast import make_user
from tests.orders import make
from tests.orders.migrating import without
from tests.test_guards import guards

HISTORY = ("0004_entitlement_use_event", "0005_entitlement_use_history", "0006_entitlement_use_without_last_change")
LATER = make.NOW + timedelta(hours=5)
CLOCKS = (("09:00", "10:00"), ("11:00", "12:00"), ("14:00", "15:00"))


@pytest.mark.django_db(transaction=True)
def test_uses_from_before_get_the_events_that_would_have_been_written():
    elder, item, clerk = make.elder(), make.item(), make_user("clerk")
    make.entitlement(elder, 600)
    kept, done, gone = (make.visit(elder, item, start=start, end=end) for start, end in CLOCKS)
    for step in ("planned", "reserved", "started", "finished", "verified"):
        move_visit(visit=done, to=step, actor=clerk, now=LATER)
    move_visit(visit=gone, to="cancelled", reason="住院", actor=clerk, now=LATER)
    guarded = [guards(model) for model in (Entitlement, EntitlementUse, EntitlementUseEvent)]
    with without(*HISTORY) as apps:
        old = apps.get_model("orders", "EntitlementUse")
        assert list(old.objects.order_by("pk").values_list("status", "changed_at", "changed_by")) == [
            ("reserved", make.NOW, None),
            ("consumed", LATER, clerk.pk),
            ("returned", LATER, clerk.pk),
        ]

    chains = {
        visit: list(EntitlementUse.objects.get(visit=visit).events.values_list("old", "new", "reason", "actor", "at"))
        for visit in (kept, done, gone)
    }
    born = ("", "reserved", "补记", None, make.NOW)
    assert chains == {
        kept: [("", "reserved", "", None, make.NOW)],
        done: [born, ("reserved", "consumed", "", clerk.pk, LATER)],
        gone: [born, ("reserved", "returned", "", clerk.pk, LATER)],
    }
    assert [guards(model) for model in (Entitlement, EntitlementUse, EntitlementUseEvent)] == guarded
