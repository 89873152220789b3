"""Holding a visit while its work changes: rivals for one visit, or for a linked pair, pass one after the other.

The locks only save rivals the work: what they may do is decided by compare-and-set and by the unique rules. On SQLite
the immediate transaction does the same. Lock order everywhere: orders, visits, time accounts, each by key.
"""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from orders.models import Order, Visit, VisitLink


@dataclass(frozen=True, slots=True)
class Held:
    """A visit as the database has it now, and the visits that stand or fall with it (itself included)."""

    visit: Visit
    together: tuple[Visit, ...]


def hold_visit(visit_id: int) -> Held:
    """Lock a visit and the one linked to it, with their orders; call it inside a transaction."""
    linked = VisitLink.objects.filter(Q(first_id=visit_id) | Q(second_id=visit_id)).values_list("first_id", "second_id")
    keys = {visit_id, *(key for pair in linked for key in pair)}
    if connection.features.has_select_for_update:
        orders = Visit.objects.filter(pk__in=keys).values_list("order_item__order_id", flat=True)
        list(Order.objects.select_for_update().filter(pk__in=set(orders)).order_by("pk").values_list("pk"))
    rows = Visit.objects.select_for_update(of=("self",)).select_related("item", "elder", "order_item")
    visits = tuple(rows.filter(pk__in=keys).order_by("pk"))
    return Held(visit=next(visit for visit in visits if visit.pk == visit_id), together=visits)
