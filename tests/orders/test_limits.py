"""The rules that the database itself holds, whoever writes."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from orders.models import EntitlementUse, ObligationEvent, OrderEvent, VisitEvent
from tests.orders import make

pytestmark = pytest.mark.django_db

SEPTEMBER = date(2026, 9, 1)


def use(entitlement, visit, minutes, **fields):
    values = {"month": SEPTEMBER, "status": "reserved"} | fields
    return EntitlementUse.objects.create(entitlement=entitlement, visit=visit, minutes=minutes, **values)


@pytest.mark.parametrize("model", [OrderEvent, VisitEvent])
def test_events_cannot_be_changed_or_deleted(model):
    make.visit(make.elder(), make.item())
    before = list(model.objects.values())

    for attempt in (lambda: model.objects.update(reason="forged"), lambda: model.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()

    assert list(model.objects.values()) == before


@pytest.mark.parametrize(
    ("start", "end", "allowed"),
    [
        (date(2026, 1, 1), date(2026, 6, 30), False),  # the very same days
        (date(2026, 6, 30), None, False),  # shares the last day
        (date(2025, 12, 1), date(2026, 1, 1), False),  # shares the first day
        (date(2025, 1, 1), None, False),  # swallows it
        (date(2026, 7, 1), None, True),  # begins the day after
        (date(2025, 1, 1), date(2025, 12, 31), True),  # ends the day before
    ],
)
class TestDatesMustNotOverlap:
    def test_versions_of_a_service(self, start, end, allowed):
        make.item(effective_to=date(2026, 6, 30))
        other = make.item("MEAL", effective_from=start, effective_to=end)

        if allowed:
            make.item(effective_from=start, effective_to=end)
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                make.item(effective_from=start, effective_to=end)
            with pytest.raises(IntegrityError), transaction.atomic():
                type(other).objects.filter(pk=other.pk).update(code="CLEAN")

    def test_entitlements_of_a_category(self, start, end, allowed):
        elder = make.elder()
        make.entitlement(elder, valid_to=date(2026, 6, 30))
        make.entitlement(elder, category="DISABLED", valid_from=start, valid_to=end)  # another category may
        make.entitlement(make.elder("E2"), valid_from=start, valid_to=end)  # and another elder

        if allowed:
            make.entitlement(elder, valid_from=start, valid_to=end)
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                make.entitlement(elder, valid_from=start, valid_to=end)


def test_a_version_may_be_changed_within_its_own_days():
    item = make.item(effective_to=date(2026, 6, 30))

    item.effective_to = date(2026, 7, 31)
    item.save()

    item.refresh_from_db()
    assert item.effective_to == date(2026, 7, 31)


def test_uses_of_a_month_cannot_exceed_the_entitlement():
    elder, item = make.elder(), make.item(subsidised=False)
    first, second = make.visit(elder, item), make.visit(elder, item, start="12:00", end="13:00")
    entitlement = make.entitlement(elder, 100)
    kept = use(entitlement, first, 60, status="consumed")

    with pytest.raises(IntegrityError), transaction.atomic():
        use(entitlement, second, 41)
    with pytest.raises(IntegrityError), transaction.atomic():
        EntitlementUse.objects.filter(pk=kept.pk).update(minutes=101)
    use(entitlement, second, 41, status="returned")  # a returned one takes nothing
    use(entitlement, second, 100, month=date(2026, 10, 1))  # another month is another purse
    use(entitlement, first, 40, status="returned")

    assert EntitlementUse.objects.exclude(status="returned").filter(month=SEPTEMBER).get() == kept


def test_minutes_in_use_cannot_be_taken_away():
    elder = make.elder()
    entitlement = make.entitlement(elder, 100)
    make.visit(elder, make.item())

    with pytest.raises(IntegrityError), transaction.atomic():
        type(entitlement).objects.filter(pk=entitlement.pk).update(minutes_per_month=59)
    assert type(entitlement).objects.filter(pk=entitlement.pk).update(minutes_per_month=60) == 1


def test_obligation_events_are_append_only_too():
    assert ObligationEvent._meta.db_table in tables_with_triggers()


def tables_with_triggers():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT DISTINCT event_object_table FROM information_schema.triggers")
        else:
            cursor.execute("SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_the_last_minutes_at_once_only_as_many_succeed_as_fit():
    """100 minutes, eight rivals who each want 30 straight from the table: three succeed (90), five are refused."""
    elder, item = make.elder(), make.item(subsidised=False)
    visits = [make.visit(elder, item, start=f"{hour:02d}:00", end=f"{hour:02d}:30") for hour in range(8, 16)]
    entitlement = make.entitlement(elder, 100)
    start, outcomes = Barrier(len(visits)), []

    def rival(visit):
        try:
            start.wait(timeout=10)
            with transaction.atomic():
                use(entitlement, visit, 30)
            outcomes.append("took")
        except IntegrityError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=rival, args=[visit]) for visit in visits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["refused"] * 5 + ["took"] * 3
    assert sum(EntitlementUse.objects.values_list("minutes", flat=True)) == 90
