"""Holding a visit while its work changes: rivals for one visit, or for a linked pair, pass one after the other.

The locks only save rivals the work: what they may do is decided by compare-and-set and by the unique rules. On SQLite
the immediate transaction does the same. Lock order everywhere: orders, visits, organisations (in publishing, where no
row rule could count the minutes of a day), the elder's entitlements, time accounts, each by key.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from orders.models import Order, Visit, VisitLink


@dataclass(frozen=True, slots=True)
class Held:
    """A visit as the database has it now, and the visits that stand or fall with it (itself included)."""

    visit: Visit
    together: tuple[Visit, ...]

    @property
    def in_company(self) -> tuple[Visit, ...]:
        """Those of them that no carer does alone: a double-up, or two linked visits."""
        pair = len(self.together) > 1
        return tuple(visit for visit in self.together if pair or visit.carers_needed > 1)


def hold_visit(visit_id: int) -> Held:
    """Lock a visit and the one linked to it, with their orders; call it inside a transaction."""
    return hold_visits([visit_id])[visit_id]


def hold_visits(visit_ids: Collection[int]) -> dict[int, Held]:
    """`hold_visit` for many at once, by key: two queries, or three where rows are locked."""
    linked = VisitLink.objects.filter(Q(first__in=visit_ids) | Q(second__in=visit_ids))
    pairs = list(linked.values_list("first_id", "second_id"))
    keys = {*visit_ids, *(key for pair in pairs for key in pair)}
    if connection.features.has_select_for_update:
        orders = Visit.objects.filter(pk__in=keys).values("order_item__order_id")
        list(Order.objects.select_for_update().filter(pk__in=orders).order_by("pk").values_list("pk"))
    rows = Visit.objects.select_for_update(of=("self",)).select_related("item", "elder", "order_item", "place")
    visits = {visit.pk: visit for visit in rows.filter(pk__in=keys).order_by("pk")}
    return {key: Held(visits[key], _together(key, pairs, visits)) for key in visit_ids}


def _together(visit_id: int, pairs: list[tuple[int, int]], visits: dict[int, Visit]) -> tuple[Visit, ...]:
    """The visit and those linked to it, by key."""
    keys = {visit_id, *(key for pair in pairs if visit_id in pair for key in pair)}
    return tuple(visits[key] for key in sorted(keys))
