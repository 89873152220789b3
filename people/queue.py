"""How work is handed to Celery: by the task's name, after the commit, with one id. The rooms' `queue.py` say what.

The rows are the record. If the broker is away the message is lost, not the work: beat finds it again
(docs/mechanisms/outbox.md).
"""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

_log = structlog.get_logger(__name__)


def send_after_commit(task: str, pk: int) -> None:
    """Once this transaction has committed, ask a worker to run the task on the row with this key."""
    transaction.on_commit(partial(_send, task, pk), robust=True)


def _send(task: str, pk: int) -> None:
    try:
        current_app.send_task(task, args=[pk], retry=False)
    except OperationalError:
        _log.warning("broker_away", task=task, pk=pk)
