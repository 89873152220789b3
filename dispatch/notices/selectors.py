"""Reads of notices."""

from django.contrib.auth.models import User
from django.db.models import QuerySet

from dispatch.notices.models import Notice
from people.selectors import AnyUser
from volunteers.selectors import carers_visible_to

Status = Notice.Status


def notices_visible_to(user: AnyUser) -> QuerySet[Notice]:
    """The notices a user may see, by their carers."""
    return Notice.objects.filter(carer__in=carers_visible_to(user))


def own_notices(user: User) -> QuerySet[Notice]:
    """What a carer has to know: everything told, or about to be, but what was dropped before it was."""
    return Notice.objects.filter(carer__person__user=user).exclude(
        status__in=[Status.CANCELLED, Status.EXPIRED], read_at=None
    )
