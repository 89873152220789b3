"""What the end of a day does: visits that nobody promised become unserved, and whoever was still asked is let go."""

from datetime import datetime

from django.db import transaction

from dispatch.confirmations.services.tell import tell_not_served
from dispatch.notices.models import Notice
from dispatch.offers.services.together import WAITING, release_all
from dispatch.visits.hold import hold_visit
from dispatch.visits.services.credit_hold import sync_credit_holds
from orders.models import Visit
from orders.services.visits import day_passed
from people.clock import local_date


def give_up_passed_days(*, now: datetime) -> int:
    """The number of visits of past days that became unserved, each with its reasons; running it again finds none.

    A window over midnight is waited for.
    Promised visits stay: their evidence may still come from a phone without signal, or a dispatcher reports a no-show.
    """
    due = Visit.objects.filter(status__in=WAITING, service_date__lt=local_date(now), window_end__lte=now).order_by("pk")
    return sum(_give_up(pk, now) for pk in due.values_list("pk", flat=True))


def _give_up(pk: int, now: datetime) -> int:
    with transaction.atomic():
        held = hold_visit(pk)
        if held.visit.status not in WAITING:
            return 0
        release_all(held.visit, reason="day passed", actor=None, now=now, told=Notice.Kind.CANCELLED)
        given_up = day_passed(visits=Visit.objects.filter(pk=pk), actor=None, now=now)
        sync_credit_holds(visits=given_up, actor=None, now=now)
        tell_not_served(visits=given_up, actor=None, now=now)
        return len(given_up)
