"""Edges for beat: each is safe to run twice."""

import structlog
from celery import shared_task

from dispatch.visits.services import credit_hold, paid_orders
from people import clock

log = structlog.get_logger()


@shared_task(name="dispatch.visits.tasks.materialise_series")
def materialise_series() -> int:
    """Make the coming visits of every recurring order; returns how many were made."""
    made = paid_orders.materialise_paid_series(now=clock.now())
    for warning in made.warnings:
        log.warning("series_needs_a_look", warning=warning)
    return len(made.visits)


@shared_task(name="dispatch.visits.tasks.put_credit_holds_right")
def put_credit_holds_right() -> int:
    """Free, post or renew the held time credits that orders' own pages left behind; returns for how many visits."""
    return credit_hold.put_credit_holds_right(now=clock.now())
