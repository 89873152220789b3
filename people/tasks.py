"""Edges for beat: each is safe to run twice."""

from celery import shared_task

from people import clock
from people.idempotency import forget_old


@shared_task(name="people.tasks.forget_old_requests", ignore_result=True)
def forget_old_requests() -> None:
    """Delete what is kept of requests with a key that are older than a month."""
    forget_old(now=clock.now())
