"""Asking planning to fill a hole, by task name and after the commit: offers never imports planning.

The event rows are the record. If the broker is away the request is lost, not the hole: the visit stays open and the
next plan finds it.
"""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

REPAIR = "dispatch.planning.tasks.repair_hole"
log = logging.getLogger(__name__)


def ask_repair(visit_id: int) -> None:
    """Once this transaction has committed, ask for the next best carer of an open visit."""
    transaction.on_commit(partial(_send, visit_id), robust=True)


def _send(visit_id: int) -> None:
    try:
        current_app.send_task(REPAIR, args=[visit_id], retry=False)
    except OperationalError:
        log.warning("broker away: visit %s waits for the next plan", visit_id)
