"""Hands runs to the workers, by task name and after the commit. The run's row is the record: what the broker loses,
the watchdog sends again."""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

SOLVE = "dispatch.planning.tasks.solve_plan"

_log = structlog.get_logger(__name__)


def solve_soon(run_id: int) -> None:
    """Once this transaction has committed, ask a worker to solve the run."""
    transaction.on_commit(partial(_send, run_id), robust=True)


def _send(run_id: int) -> None:
    try:
        current_app.send_task(SOLVE, args=[run_id], retry=False)
    except OperationalError:
        _log.warning("broker_away", run=run_id)
