"""Periodic work of the order side. A task only calls a service and reports; all are safe to run twice."""

import structlog
from celery import shared_task

from orders.services import obligations, series
from orders.wall_clock import month_of
from people import clock

log = structlog.get_logger()


@shared_task(name="orders.tasks.materialise_series")
def materialise_series() -> int:
    """Make the coming visits of every recurring order; returns how many were made."""
    made = series.materialise_series(now=clock.now())
    for warning in made.warnings:
        log.warning("series_needs_a_look", warning=warning)
    return len(made.visits)


@shared_task(name="orders.tasks.fix_obligations")
def fix_obligations() -> int:
    """Fix this month's list of owed welfare visits if that is not yet done; returns how many were added."""
    now = clock.now()
    return obligations.fix_list(month=month_of(clock.local_date(now)), actor=None, now=now)
