"""Asking the whole database: has anything changed, and does it all hang together."""

from collections import Counter

from django.apps import apps
from django.db import connection

from dispatch.confirmations.models import Confirmation
from dispatch.offers.models import Offer
from dispatch.planning.models import PlanRun
from dispatch.visits.models import Assignment
from orders.models import EntitlementUse, Order, Visit

# What a request writes without being a change: the session's own row, and what the login counts.
_BOOKKEEPING = {"django_session", "axes_accesslog", "axes_accessattempt", "axes_accessfailurelog", "django_admin_log"}


def everything() -> Counter[tuple[str, ...]]:
    """Every row of every table, as the database holds it."""
    rows: Counter[tuple[str, ...]] = Counter()
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in _BOOKKEEPING:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                rows.update((table, *map(str, row)) for row in cursor.fetchall())
    return rows


def assert_sound() -> None:
    """Nothing is half done: statuses follow their events, and visits, promises, questions and minutes agree."""
    for model in (Order, Visit, EntitlementUse, Assignment, Offer, PlanRun, Confirmation):
        for subject in model.objects.prefetch_related("events"):
            _assert_chain(subject)
    for visit in Visit.objects.prefetch_related("assignments", "offers"):
        _assert_agreement(visit)


def _assert_chain(subject: Order | Visit | EntitlementUse | Assignment | Offer | PlanRun | Confirmation) -> None:
    """Each event begins where the one before it ended; the last one ended where the row stands."""
    at = ""
    for event in sorted(subject.events.all(), key=lambda event: event.pk):
        assert event.old == at, f"{subject!r}: {event.old} → {event.new} after {at}"
        at = event.new
    assert at == subject.status, subject


def _assert_agreement(visit: Visit) -> None:
    live = [each.leg for each in visit.assignments.all() if each.status in Assignment.LIVE]
    asked = [each.leg for each in visit.offers.all() if each.status == Offer.Status.SENT]
    kept = EntitlementUse.objects.filter(visit=visit).exclude(status=EntitlementUse.Status.RETURNED)
    assert len(live) == len(set(live)), f"{visit!r} has two carers for one leg"
    if visit.status in (Visit.Status.CANCELLED, Visit.Status.UNSERVED, Visit.Status.NOT_DONE):
        assert (live, asked, kept.count()) == ([], [], 0), visit
    if visit.status in (Visit.Status.PLANNED, Visit.Status.RESERVED):
        assert sorted(live) == list(range(1, visit.carers_needed + 1)), visit
    if visit.status == Visit.Status.OPEN:
        assert live == [], visit
