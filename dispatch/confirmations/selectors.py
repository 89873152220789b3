"""Reads of confirmations."""

from django.db.models import QuerySet

from dispatch.confirmations.models import Confirmation
from people.selectors import AnyUser, towns_visible_to


def confirmations_visible_to(user: AnyUser) -> QuerySet[Confirmation]:
    """The messages a user may see, by the town of the order's elder."""
    return Confirmation.objects.filter(order__elder__town__in=towns_visible_to(user))
