"""Who else is at an elder's card. A warning only: what keeps two from overwriting each other is the version."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from dispatch.console.models import Editing
from orders.models import Elder

FRESH = timedelta(seconds=10)
SAID_AGAIN = timedelta(seconds=3)
KEPT = timedelta(hours=1)


def at_card(user: User, elder: Elder, now: datetime) -> list[User]:
    """The others who were at the card within the last 10 seconds; that the user is there is noted.

    Within three seconds it is not noted again: one query then. A new card forgets old ones.
    """
    there = list(Editing.objects.filter(elder=elder, seen_at__gt=now - FRESH).select_related("user").order_by("pk"))
    mine = next((row for row in there if row.user_id == user.pk), None)
    if mine is None:
        _begin(user, elder, now)
    elif mine.seen_at <= now - SAID_AGAIN:
        Editing.objects.filter(pk=mine.pk).update(seen_at=now)
    return [row.user for row in there if row is not mine]


def _begin(user: User, elder: Elder, now: datetime) -> None:
    if not Editing.objects.filter(user=user, elder=elder).update(seen_at=now):
        Editing.objects.filter(user=user, seen_at__lt=now - KEPT).delete()
        Editing.objects.bulk_create([Editing(user=user, elder=elder, seen_at=now)], ignore_conflicts=True)
