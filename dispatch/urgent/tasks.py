"""Edge for beat: safe to run twice."""

from celery import shared_task

from dispatch.urgent.services import escalate
from people import clock


@shared_task(name="dispatch.urgent.tasks.escalate_due", ignore_result=True)
def escalate_due() -> None:
    """Ask the next carers and raise the alarms that are due."""
    escalate.escalate_due(now=clock.now())
