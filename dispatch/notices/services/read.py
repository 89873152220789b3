"""What the carer has seen in the app."""

from datetime import datetime

from django.db import transaction

from dispatch.notices.models import Notice
from people.transitions import move_all
from volunteers.models import Carer


@transaction.atomic
def mark_read(*, carer: Carer, up_to: int, now: datetime) -> None:
    """Everything the carer was told up to this notice (its key) has been read; what had been sent is thereby delivered.

    A push that still waits is not sent any more. Reading again changes nothing.
    """
    unread = Notice.objects.filter(carer=carer, pk__lte=up_to, read_at=None)
    rows = list(unread.select_for_update().order_by("pk"))  # two taps, one after the other
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(read_at=now)
    sent = [row for row in rows if row.status == Notice.Status.SENT]
    move_all(sent, Notice.Status.DELIVERED, actor=carer.person.user, now=now, reason="read in the app")
