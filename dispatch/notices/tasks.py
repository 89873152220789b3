"""The edges for beat, safe to run twice."""

from celery import shared_task

from dispatch.notices.services import certificates, deliver
from people import clock


@shared_task(name="dispatch.notices.tasks.deliver_due", ignore_result=True)
def deliver_due() -> None:
    """Hand the notices that are due to their providers."""
    deliver.deliver_due(now=clock.now())


@shared_task(name="dispatch.notices.tasks.remind_of_certificates", ignore_result=True)
def remind_of_certificates() -> None:
    """Tell carers which of their certificates lapse soon."""
    certificates.remind_of_certificates(now=clock.now())
