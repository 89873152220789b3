"""Reading urgent calls: everything starts from what a user may see."""

from django.db.models import QuerySet

from dispatch.urgent.models import UrgentCall
from orders.models import Elder
from people.selectors import AnyUser, towns_visible_to


def urgent_visible_to(user: AnyUser) -> QuerySet[UrgentCall]:
    """The urgent calls a user may see, by the town of their elder: all for the county's desks, a dispatcher's own."""
    return UrgentCall.objects.filter(elder__town__in=towns_visible_to(user))


def running_for(elder: Elder) -> UrgentCall | None:
    """The elder's urgent call that still runs, or None."""
    rows = UrgentCall.objects.select_related("visit__order_item__order")
    return rows.filter(elder=elder, status__in=UrgentCall.RUNNING).first()


def alarms_visible_to(user: AnyUser) -> QuerySet[UrgentCall]:
    """The alarms a user may see, the oldest first."""
    rows = urgent_visible_to(user).filter(status=UrgentCall.Status.ALARMED)
    return rows.select_related("elder__person", "elder__town", "acknowledged_by").order_by("alarmed_at", "pk")
