"""Periodic work of the order side. A task only calls a service and reports; all are safe to run twice.

The visits of recurring orders are made by dispatch (`dispatch.visits.tasks`), which lets time credits pay them.
"""

from celery import shared_task

from orders.services import call_hooks, obligations
from orders.wall_clock import month_of
from people import clock


@shared_task(name="orders.tasks.fix_obligations")
def fix_obligations() -> int:
    """Fix this month's list of owed welfare visits if that is not yet done; returns how many were added."""
    now = clock.now()
    return obligations.fix_list(month=month_of(clock.local_date(now)), actor=None, now=now)


@shared_task(name="orders.tasks.end_forgotten_calls")
def end_forgotten_calls() -> int:
    """End the calls whose hang-up was lost on the way; returns how many."""
    return call_hooks.end_forgotten_calls(now=clock.now())
