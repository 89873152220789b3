"""The edge for beat, safe to run twice."""

from celery import shared_task

from dispatch.confirmations.services import deliver
from people import clock


@shared_task(name="dispatch.confirmations.tasks.deliver_due", ignore_result=True)
def deliver_due() -> None:
    """Hand the messages that are due to the provider."""
    deliver.deliver_due(now=clock.now())
