"""What the carer has seen in the app."""

from datetime import datetime

from django.db import transaction

from dispatch.notices.models import Notice
from people.transitions import move_all
from volunteers.models import Carer


@transaction.atomic
def mark_read(*, carer: Carer, up_to: int, now: datetime) -> None:
    """Everything the carer was told up to this notice (its key) has been read, and is thereby delivered.

    What still waits, or failed, is not sent any more. Reading again changes nothing.
    """
    unread = Notice.objects.filter(carer=carer, pk__lte=up_to, read_at=None)
    rows = list(unread.select_for_update().order_by("pk"))  # two taps, one after the other
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(read_at=now)
    settled = [row for row in rows if Notice.Status.DELIVERED in Notice.MOVES[row.status]]  # not what is being sent now
    move_all(settled, Notice.Status.DELIVERED, actor=carer.person.user, now=now, reason="read in the app")
